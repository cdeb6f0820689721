"""The tables reporting folds from everyone's events: the organisation, the portfolio, the money, who answered when."""

from typing import Any

from chassis.consumers.projection import Fold
from services.reporting.read_models.accountability import ACCOUNTABILITY
from services.reporting.read_models.money import DIVISION_BUDGETS, PROJECT_MONEY
from services.reporting.read_models.organisation import DIVISIONS, PERSONS, forget
from services.reporting.read_models.portfolio import INITIATIVES, PROJECTS

__all__ = ["TABLES", "forget"]

TABLES: list[Fold[Any]] = [
    DIVISIONS,
    PERSONS,
    INITIATIVES,
    PROJECTS,
    ACCOUNTABILITY,
    PROJECT_MONEY,
    DIVISION_BUDGETS,
]
