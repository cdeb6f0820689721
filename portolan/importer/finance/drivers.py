"""Driver values: what a draft of a charge-back shares its pools by, for the divisions that a file names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portolan.importer.carrying import Refusal, Step, take
from portolan.importer.file_load import FileLoad
from portolan.importer.finance.mapping import DriverMapping
from portolan.importer.finance.rows import DriverRow
from portolan.importer.pipeline import PORTION
from portolan.importer.sending import Command, Outcome, several

FIELDS = {"pools": "value"}
KEPT = ("name", "period", "currency", "method", "receivers")


@dataclass(frozen=True)
class Valued:
    """A charge-back with the values that a file has for it."""

    id: UUID
    known: Mapping[str, Any]
    rows: Sequence[DriverRow]


def take_values(
    load: FileLoad[DriverRow], mapping: DriverMapping, rows: Sequence[DriverRow]
) -> tuple[Sequence[DriverRow], Sequence[str]]:
    """Write the drafts again with these values; what a file does not name stays as it is."""
    finance = load.services["finance"]
    known = finance.read_many("charge-backs", sorted({row.charge_back for row in rows}))
    groups: dict[UUID, list[DriverRow]] = {}
    for row in rows:
        if (flaw := flaw_of(row, known.get(row.charge_back), mapping)) is None:
            groups.setdefault(row.charge_back, []).append(row)
        else:
            field, reason = flaw
            load.reject(row, reason, load.file.column(field))

    def redraft(valued: Valued, _before: Sequence[Outcome]) -> Sequence[Command]:
        body = {name: valued.known[name] for name in KEPT} | {"pools": pools_with(valued, mapping)}
        return [Command("redraft_charge_back", valued.id, body, FIELDS)]

    def refuse(valued: Valued, refusal: Refusal) -> None:
        for row in valued.rows:
            load.refuse(row, refusal)

    accepted: list[DriverRow] = []
    found = [Valued(id, known[id], its) for id, its in groups.items()]
    for portion in several(found, PORTION):
        for valued in take(portion, [Step[Valued](finance, redraft, lambda _: "charge-backs")], refuse, load.tally):
            accepted += valued.rows
    return accepted, ()


def flaw_of(row: DriverRow, charge: Mapping[str, Any] | None, mapping: DriverMapping) -> tuple[str, str] | None:
    """The field and the reason for which a row is of no use."""
    if charge is None:
        return "charge_back", "There is no such charge-back."
    if row.pool not in [pool["name"] for pool in charge["pools"]]:
        return "pool", "The charge-back has no such pool."
    bearing = {*charge["receivers"], *(pool["division_id"] for pool in charge["pools"])}
    if str(mapping.division_id(row.division)) not in bearing:
        return "division", "The charge-back charges nothing to this division."
    return None


def pools_with(valued: Valued, mapping: DriverMapping) -> list[dict[str, Any]]:
    """The pools, with the file's values in place of those that the draft has for the same divisions."""
    found = []
    for pool in valued.known["pools"]:
        values = {each["division_id"]: each["value"] for each in pool["values"]}
        its = [row for row in valued.rows if row.pool == pool["name"]]
        values |= {str(mapping.division_id(row.division)): f"{row.value:f}" for row in its}
        said = [{"division_id": id, "value": value} for id, value in values.items()]
        found.append({**pool, "values": said})
    return found
