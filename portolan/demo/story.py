"""The whole story of the demo company, scene by scene: who does what, and what must follow before it goes on."""

from collections.abc import Sequence
from datetime import date

from portolan.demo.accounting import closing, framing, running_costs
from portolan.demo.budgeting import asked_for, budgeting, closing_of_budgets, funding, spending
from portolan.demo.calendar import Calendar
from portolan.demo.delivering import ending, proposing, reporting, working
from portolan.demo.earning import earning
from portolan.demo.founding import founding, leaving
from portolan.demo.governing import ends
from portolan.demo.promising import promising
from portolan.demo.scenes import Scene
from portolan.demo.staffing import staffing
from portolan.demo.steering import steering


def story(today: date) -> Sequence[Scene]:
    """All scenes, with every date counted from this day."""
    calendar = Calendar(today)
    return [
        *founding(calendar),
        *framing(calendar),
        *budgeting(calendar),
        *proposing(calendar, asked_for()),
        *funding(calendar),
        *working(calendar),
        *spending(calendar),
        *running_costs(calendar),
        *earning(calendar),
        *reporting(calendar),
        *leaving(calendar),
        *ends(),
        *ending(calendar, closing_of_budgets()),
        *closing(calendar),
        *staffing(calendar),
        *promising(calendar),
        *steering(calendar),
    ]
