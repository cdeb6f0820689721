"""The command table of rates."""

from chassis.commands.table import Aggregate, CommandRow
from services.finance.currencies import access
from services.finance.currencies.domain import rate
from services.finance.currencies.domain.rate import RATE

RATES = Aggregate(
    RATE,
    path="rates",
    commands=[
        CommandRow("state", rate.StateRate, access.STATES, creates=True, id_of=rate.id_of),
        CommandRow("correct", rate.CorrectRate, access.STATES),
    ],
    filters=["base", "quote", "day"],
    sorts=["day"],
)
