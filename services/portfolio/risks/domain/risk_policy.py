"""RiskPolicy: scales, matrix, appetite and review intervals by which risks of a category are scored, in versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, assert_never
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from chassis.domain.decider import Command, Decider, Facts, Invalid, Refused, State, existing, new
from contracts.base import Value
from contracts.portfolio import risks
from contracts.values import Line, Name, Share
from services.portfolio.organisation.domain.known import check_division


class RiskPolicy(State):
    """The latest version of a policy; ``division_id`` is None for the one that holds where no division has its own."""

    category: risks.RiskCategory
    division_id: UUID | None
    policy_version: int
    likelihood: tuple[risks.ScaleStep, ...]
    impact: tuple[risks.ScaleStep, ...]
    levels: tuple[risks.RiskLevel, ...]
    matrix: tuple[tuple[risks.RiskCell, ...], ...]
    appetite: risks.Points
    withdrawn: bool = False


class CellGiven(Value):
    """A cell as it is stated; without a number, that is the product of the two steps."""

    level: Name
    number: risks.Points | None = None


def _ascending(steps: tuple[risks.ScaleStep, ...]) -> tuple[risks.ScaleStep, ...]:
    numbers = [step.number for step in steps]
    if numbers != sorted(set(numbers)) or len({step.name.casefold() for step in steps}) < len(steps):
        raise ValueError("a scale goes from its lowest step to its highest, each with a name and a number of its own")
    return steps


def _distinct(levels: tuple[risks.RiskLevel, ...]) -> tuple[risks.RiskLevel, ...]:
    if len({level.name for level in levels}) < len(levels):
        raise ValueError("each level has a name of its own")
    return levels


EXAMPLE_SCALE = [{"name": name, "number": str(number)} for number, name in enumerate(["low", "medium", "high"], 1)]
EXAMPLE_LEVELS = [
    {"name": "low", "review_days": 365},
    {"name": "medium", "review_days": 90},
    {"name": "high", "review_days": 30},
]
EXAMPLE_MATRIX = [
    [{"level": level} for level in row.split()] for row in ("low low medium", "low medium high", "medium high high")
]

Scale = Annotated[
    tuple[risks.ScaleStep, ...],
    Field(min_length=2, max_length=10, examples=[EXAMPLE_SCALE]),
    AfterValidator(_ascending),
]
Levels = Annotated[
    tuple[risks.RiskLevel, ...],
    Field(min_length=1, max_length=10, examples=[EXAMPLE_LEVELS]),
    AfterValidator(_distinct),
]
Matrix = Annotated[tuple[tuple[CellGiven, ...], ...], Field(min_length=2, max_length=10, examples=[EXAMPLE_MATRIX])]


class Rules(Command):
    """What a version of a policy says."""

    likelihood: Scale
    impact: Scale
    levels: Levels
    matrix: Matrix
    appetite: risks.Points
    reason: Line

    @field_validator("matrix")
    @classmethod
    def _fits(
        cls, matrix: tuple[tuple[CellGiven, ...], ...], info: ValidationInfo
    ) -> tuple[tuple[CellGiven, ...], ...]:
        if not {"likelihood", "impact", "levels"} <= info.data.keys():
            return matrix
        columns = len(info.data["impact"])
        if len(matrix) != len(info.data["likelihood"]) or any(len(row) != columns for row in matrix):
            raise ValueError("the matrix has a row for each step of likelihood and a column for each step of impact")
        cells = [cell for row in matrix for cell in row]
        if strange := sorted({cell.level for cell in cells} - {level.name for level in info.data["levels"]}):
            raise ValueError(f"the matrix names what is not among the levels: {len(strange)} of them")
        if len({cell.number is None for cell in cells}) > 1:
            raise ValueError("either every cell has a number, or none has and the numbers are products")
        return matrix


class DefineRiskPolicy(Rules):
    """Define the policy for a category, in a division and those below it, or in all where none is named."""

    category: risks.RiskCategory
    division_id: UUID | None = None


class ReviseRiskPolicy(Rules):
    """Write the next version of the policy; what was scored keeps its version."""


class WithdrawRiskPolicy(Command):
    """Withdraw the policy: that of the division above, or the general one, holds instead."""

    reason: Line


RiskPolicyCommand = DefineRiskPolicy | ReviseRiskPolicy | WithdrawRiskPolicy
RiskPolicyEvent = risks.RiskPolicyDefined | risks.RiskPolicyWithdrawn


@dataclass(frozen=True)
class RiskPolicyFacts(Facts):
    """``division_open``: whether the division named is open, None where it is unknown."""

    division_open: bool | None = None


def decide(state: RiskPolicy | None, command: RiskPolicyCommand, facts: RiskPolicyFacts) -> Sequence[RiskPolicyEvent]:
    match command:
        case DefineRiskPolicy():
            return define(state, command, facts)
        case ReviseRiskPolicy():
            return revise(existing(state), command)
        case WithdrawRiskPolicy(reason=reason):
            return [] if existing(state).withdrawn else [risks.RiskPolicyWithdrawn(reason=reason)]
        case _:
            assert_never(command)


def define(
    state: RiskPolicy | None, command: DefineRiskPolicy, facts: RiskPolicyFacts
) -> Sequence[risks.RiskPolicyDefined]:
    """One policy for a category and division."""
    defined = version(command, command.category, command.division_id, 1)
    if state == evolve(None, defined):
        return []
    new(state, "risk policy")
    if command.division_id is not None:
        check_division(facts.division_open)
    return [defined]


def revise(policy: RiskPolicy, command: ReviseRiskPolicy) -> Sequence[risks.RiskPolicyDefined]:
    """The next version differs from the one in force."""
    if policy.withdrawn:
        raise Refused("risk-policy-withdrawn", "The policy was withdrawn.", "Define another one.")
    revised = version(command, policy.category, policy.division_id, policy.policy_version + 1)
    return [] if evolve(policy, revised).but(policy_version=policy.policy_version) == policy else [revised]


def version(
    said: Rules, category: risks.RiskCategory, division_id: UUID | None, number: int
) -> risks.RiskPolicyDefined:
    """A version with the number of every cell."""
    return risks.RiskPolicyDefined(
        category=category,
        division_id=division_id,
        version=number,
        likelihood=said.likelihood,
        impact=said.impact,
        levels=said.levels,
        matrix=tuple(
            tuple(
                risks.RiskCell(
                    level=cell.level, number=row.number * column.number if cell.number is None else cell.number
                )
                for column, cell in zip(said.impact, cells, strict=True)
            )
            for row, cells in zip(said.likelihood, said.matrix, strict=True)
        ),
        appetite=said.appetite,
        reason=said.reason,
    )


def evolve(state: RiskPolicy | None, event: RiskPolicyEvent) -> RiskPolicy:
    match event:
        case risks.RiskPolicyDefined():
            said = {name: value for name, value in vars(event).items() if name not in ("reason", "version")}
            return RiskPolicy(**said, policy_version=event.version)
        case risks.RiskPolicyWithdrawn():
            return existing(state).but(withdrawn=True)
        case _:
            assert_never(event)


RISK_POLICY = Decider(kind="risk-policy", state=RiskPolicy, events=RiskPolicyEvent, decide=decide, evolve=evolve)


def _as_text(given: Any) -> Any:
    return str(given) if isinstance(given, int | float | Decimal) and not isinstance(given, bool) else given


Step = Annotated[
    Name,
    BeforeValidator(_as_text),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "number"}], "examples": ["2"]}
    ),
]
"""A step of a scale, by its name or by its number."""


class Position(Value):
    """Where a risk lies in the matrix."""

    likelihood: Step
    impact: Step


def score(policy: RiskPolicy, policy_id: UUID, at: Position, field: str) -> risks.RiskScore:
    """The score of a cell: its level is read from the matrix, never computed."""
    row = place(policy.likelihood, at.likelihood, f"{field}.likelihood")
    column = place(policy.impact, at.impact, f"{field}.impact")
    cell = policy.matrix[row][column]
    return risks.RiskScore(
        likelihood=policy.likelihood[row].name,
        impact=policy.impact[column].name,
        number=cell.number,
        level=cell.level,
        **judged_by(policy, policy_id, cell.level),
    )


def controlled(policy: RiskPolicy, policy_id: UUID, inherent: risks.RiskScore, effectiveness: Share) -> risks.RiskScore:
    """What controls of such an effectiveness leave of the inherent score: number x (100 - effectiveness) / 100.

    It may lie between the cells; its level is that of the nearest cell at or above it, the highest where several are.
    """
    number = inherent.number * (100 - effectiveness) / 100
    cells = [cell for row in policy.matrix for cell in row if cell.number >= number]
    nearest = min((cell.number for cell in cells), default=None)
    rank = {level.name: place for place, level in enumerate(policy.levels)}
    level = max(
        (cell.level for cell in cells if cell.number == nearest), key=rank.__getitem__, default=policy.levels[-1].name
    )
    return risks.RiskScore(
        likelihood=None,
        impact=None,
        effectiveness=effectiveness,
        number=number,
        level=level,
        **judged_by(policy, policy_id, level),
    )


def judged_by(policy: RiskPolicy, policy_id: UUID, level: str) -> dict[str, Any]:
    """What a score keeps of the version it was made by."""
    review_days = next(each.review_days for each in policy.levels if each.name == level)
    return {
        "appetite": policy.appetite,
        "review_days": review_days,
        "policy_id": policy_id,
        "policy_version": policy.policy_version,
    }


def place(scale: Sequence[risks.ScaleStep], given: str, field: str) -> int:
    """The step that is named, by its name or its number; refused where it is off the scale or between two steps."""
    for number, step in enumerate(scale):
        if given.casefold() == step.name.casefold() or as_number(given) == step.number:
            return number
    steps = ", ".join(f"{step.number.normalize():f} {step.name}" for step in scale)
    raise Invalid(
        "on-the-scale", f"The scale has these steps and none between them: {steps}.", "Name one of them.", field
    )


def as_number(given: str) -> Decimal | None:
    """The number that a text is, if it is a plain one."""
    return Decimal(given) if given.replace(".", "", 1).isdecimal() and given.isascii() else None
