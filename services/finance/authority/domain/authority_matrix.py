"""AuthorityMatrix: who may approve how much, in versions that hold from a day on; there is one, with a fixed id."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, NotFound, Refused, State, existing
from contracts.base import Value
from contracts.finance import authority
from contracts.values import Day, Line
from services.finance.authority.domain.approval import check_entries

MATRIX_ID = UUID(int=0)
MOST_AHEAD, MOST_KEPT = 12, 24
Entries = Annotated[tuple[authority.AuthorityEntry, ...], Field(max_length=200)]


class Version(Value):
    """The matrix from a day on; it holds once somebody else than who set it approved it."""

    valid_from: date
    entries: tuple[authority.AuthorityEntry, ...]
    set_by: str
    set_for: str | None
    approved: bool = False


class AuthorityMatrix(State):
    """The versions by their first day: those to come, and the last ones that held."""

    versions: tuple[Version, ...] = ()

    def entries(self, day: date) -> tuple[authority.AuthorityEntry, ...]:
        """The entries that hold on a day; none: there is no matrix then."""
        held = [each for each in self.versions if each.approved and each.valid_from <= day]
        return held[-1].entries if held else ()

    def version_of(self, valid_from: date) -> Version | None:
        """The version of a day."""
        return next((each for each in self.versions if each.valid_from == valid_from), None)

    def having(self, version: Version) -> "AuthorityMatrix":
        """The matrix with this version in place of the one of its day; of those that held, the last ones are kept."""
        kept = sorted([*self.without(version.valid_from).versions, version], key=lambda each: each.valid_from)
        return self.but(versions=tuple(kept[-MOST_KEPT:]))

    def without(self, valid_from: date) -> "AuthorityMatrix":
        """The matrix without the version of a day."""
        return self.but(versions=tuple(each for each in self.versions if each.valid_from != valid_from))


class SetAuthorityMatrix(Command):
    """Set who may approve how much from a day on; it holds once somebody else approved it. No entries: no matrix.

    Setting the same day again replaces what nobody approved yet.
    """

    valid_from: Day
    entries: Entries
    reason: Line


class ApproveAuthorityMatrix(Command):
    """Approve the version of a day that somebody else set."""

    valid_from: Day


class WithdrawAuthorityMatrix(Command):
    """Withdraw a version that does not hold yet."""

    valid_from: Day
    reason: Line


AuthorityMatrixCommand = SetAuthorityMatrix | ApproveAuthorityMatrix | WithdrawAuthorityMatrix
AuthorityMatrixEvent = (
    authority.AuthorityMatrixSet | authority.AuthorityMatrixApproved | authority.AuthorityMatrixWithdrawn
)
Events = Sequence[AuthorityMatrixEvent]


def decide(state: AuthorityMatrix | None, command: AuthorityMatrixCommand, facts: Facts) -> Events:
    """The events of a command; there is no other matrix than the one."""
    if facts.id != MATRIX_ID:
        raise NotFound
    matrix = state or AuthorityMatrix()
    match command:
        case SetAuthorityMatrix():
            return put(matrix, command, facts)
        case ApproveAuthorityMatrix(valid_from=valid_from):
            return approve(matrix, valid_from, facts)
        case WithdrawAuthorityMatrix(valid_from=valid_from, reason=reason):
            version = of_day(matrix, valid_from)
            if version.approved and valid_from <= facts.today:
                detail = f"The version of {valid_from} holds, or has held."
                raise Refused("version-held", detail, "Set another version from a day on.")
            return [authority.AuthorityMatrixWithdrawn(valid_from=valid_from, reason=reason)]
        case _:
            assert_never(command)


def put(matrix: AuthorityMatrix, command: SetAuthorityMatrix, facts: Facts) -> Events:
    """What is set holds from today or later; what was approved is not replaced."""
    check_ahead(command.valid_from, facts)
    check_entries(command.entries)
    known = matrix.version_of(command.valid_from)
    if known is not None and known.entries == command.entries:
        return []
    if known is not None and known.approved:
        detail = f"The version of {command.valid_from} is approved."
        raise Refused("version-approved", detail, "Withdraw it while it does not hold, or set one from another day on.")
    ahead = [each for each in matrix.versions if not each.approved or each.valid_from > facts.today]
    if known is None and len(ahead) >= MOST_AHEAD:
        detail = f"{len(ahead)} versions do not hold yet."
        raise Refused("too-many-versions", detail, "Withdraw one of them.")
    by, for_whom = facts.actor.id, facts.actor.for_whom
    return [authority.AuthorityMatrixSet(**vars(command), set_by=by, set_for=for_whom)]


def approve(matrix: AuthorityMatrix, valid_from: date, facts: Facts) -> Events:
    """A version is approved before its first day is over: nothing that was decided was decided by it."""
    version = of_day(matrix, valid_from)
    if version.approved:
        return []
    check_ahead(valid_from, facts)
    by, for_whom = facts.actor.id, facts.actor.for_whom
    return [authority.AuthorityMatrixApproved(valid_from=valid_from, approved_by=by, approved_for=for_whom)]


def check_ahead(valid_from: date, facts: Facts) -> None:
    if valid_from < facts.today:
        detail = f"It is {facts.today} today; what was approved before is not judged again."
        raise Refused("matrix-lies-ahead", detail, "Set it from today or a later day on.")


def of_day(matrix: AuthorityMatrix, valid_from: date) -> Version:
    version = matrix.version_of(valid_from)
    if version is None:
        raise Refused("version-unknown", f"No version is set from {valid_from} on.", "Name the first day of one.")
    return version


def evolve(state: AuthorityMatrix | None, event: AuthorityMatrixEvent) -> AuthorityMatrix:
    match event:
        case authority.AuthorityMatrixSet(valid_from=valid_from):
            known = {name: getattr(event, name) for name in ("entries", "set_by", "set_for")}
            return (state or AuthorityMatrix()).having(Version(valid_from=valid_from, **known))
    matrix = existing(state)
    match event:
        case authority.AuthorityMatrixApproved(valid_from=valid_from):
            version = matrix.version_of(valid_from)
            return matrix.having(version.model_copy(update={"approved": True})) if version else matrix
        case authority.AuthorityMatrixWithdrawn(valid_from=valid_from):
            return matrix.without(valid_from)
        case _:
            assert_never(event)


AUTHORITY_MATRIX = Decider(
    kind="authority-matrix", state=AuthorityMatrix, events=AuthorityMatrixEvent, decide=decide, evolve=evolve
)
