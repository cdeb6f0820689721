"""The public events of income sources and charge-backs."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from contracts.base import PublicEvent, Value
from contracts.values import Amount, Line, Money, Name, Period, Share


class IncomeSourceOpened(PublicEvent):
    """A division expects income from this source in a period, in one currency."""

    division_id: UUID
    name: Name
    currency: str
    period: Period


class IncomeForecast(PublicEvent):
    """This is expected for a period; it takes the place of what was expected for the same period before."""

    period: Period
    amount: Money
    replaced: Money | None
    reason: Line
    total: Money


class IncomeEarned(PublicEvent):
    """An amount is owed for what was delivered; ``earned`` is all of the source after it.

    ``recorded_for``: whom the recorder stood in for.
    """

    entry_id: UUID
    amount: Money
    earned_on: date
    reference: Line
    earned: Money
    recorded_by: str
    recorded_for: str | None


class IncomeEarnedReversed(PublicEvent):
    """An entry was wrong: it is taken back whole."""

    entry_id: UUID
    amount: Money
    reason: Line
    earned: Money


class IncomeReceived(PublicEvent):
    """Money came in for an earned entry; ``received`` is all of the source after it."""

    receipt_id: UUID
    entry_id: UUID
    amount: Money
    received_on: date
    reference: Line
    received: Money


class IncomeReceivedReversed(PublicEvent):
    """A receipt was wrong: it is taken back whole, and its entry is open again."""

    receipt_id: UUID
    entry_id: UUID
    amount: Money
    reason: Line
    received: Money


class IncomeWrittenOff(PublicEvent):
    """What is open of an earned entry will not come; ``written_off`` is all of the source after it."""

    entry_id: UUID
    amount: Money
    reason: Line
    written_off: Money


class Driver(StrEnum):
    """What a cost is shared by: the receivers' headcount, users or consumption, or weights that finance sets."""

    HEADCOUNT = "headcount"
    USERS = "users"
    CONSUMPTION = "consumption"
    MANUAL = "manual"


class ChargeBackMethod(StrEnum):
    """Direct: pools go to receivers alone. Step-down: also to the pools that come after, in the stated order."""

    DIRECT = "direct"
    STEP_DOWN = "step-down"


class DriverValue(Value):
    """The value of a pool's driver for a receiving division in the period."""

    division_id: UUID
    value: Amount


class CostPool(Value):
    """A cost to be shared; ``division_id``: the service division it arises in, which earlier pools may charge."""

    name: Name
    division_id: UUID | None
    amount: Money
    driver: Driver
    values: tuple[DriverValue, ...]


class PoolShare(Value):
    """What a receiver bears of a pool; ``share`` in per cent, and all shares of a pool sum to 100."""

    pool: Name
    division_id: UUID
    share: Share
    amount: Money


class StatementLine(Value):
    """What a receiving division is charged in all."""

    division_id: UUID
    amount: Money


class ChargeBackDrafted(PublicEvent):
    """The costs of a division for a period are to be charged to others; the draft holds the driver values.

    ``replaces``: the charge-back that this one revises.
    """

    division_id: UUID
    name: Name
    period: Period
    currency: str
    method: ChargeBackMethod
    receivers: tuple[UUID, ...]
    pools: tuple[CostPool, ...]
    replaces: UUID | None


class ChargeBackCalculated(PublicEvent):
    """Every pool is shared out to the cent; the lines sum to the cost."""

    shares: tuple[PoolShare, ...]
    lines: tuple[StatementLine, ...]
    total: Money


class ChargeBackIssued(PublicEvent):
    """The statement is with its receivers, and does not move any more."""

    division_id: UUID
    period: Period
    lines: tuple[StatementLine, ...]
    total: Money
    issued_by: str
    issued_for: str | None


class ChargeAccepted(PublicEvent):
    """A receiving division accepts its line."""

    division_id: UUID
    accepted_by: str
    accepted_for: str | None


class ChargeDisputed(PublicEvent):
    """A receiving division does not accept its line."""

    division_id: UUID
    reason: Line


class ChargeUpheld(PublicEvent):
    """Finance answered a dispute: the line holds."""

    division_id: UUID
    reason: Line


class ChargeBackReplaced(PublicEvent):
    """A revised charge-back takes the place of this one."""

    by: UUID


class ChargeBackSettled(PublicEvent):
    """Every line is accepted or upheld, and the charge is booked."""

    total: Money


EVENTS: tuple[type[PublicEvent], ...] = (
    IncomeSourceOpened,
    IncomeForecast,
    IncomeEarned,
    IncomeEarnedReversed,
    IncomeReceived,
    IncomeReceivedReversed,
    IncomeWrittenOff,
    ChargeBackDrafted,
    ChargeBackCalculated,
    ChargeBackIssued,
    ChargeAccepted,
    ChargeDisputed,
    ChargeUpheld,
    ChargeBackReplaced,
    ChargeBackSettled,
)
