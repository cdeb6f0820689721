"""Rates: stated once for a pair and a day, and corrected where a file has another one."""

from collections.abc import Sequence

from contracts.finance.currencies import rate_id
from portolan.importer.carrying import Step, take
from portolan.importer.divisions import KNOWN_ALREADY
from portolan.importer.file_load import FileLoad
from portolan.importer.finance.mapping import RateMapping
from portolan.importer.finance.rows import RateRow
from portolan.importer.pipeline import PORTION
from portolan.importer.sending import Command, Outcome, several

FIELDS = {name: name for name in ("base", "quote", "day", "rate")}


def take_rates(
    load: FileLoad[RateRow], mapping: RateMapping, rows: Sequence[RateRow]
) -> tuple[Sequence[RateRow], Sequence[str]]:
    """State every rate; one that was stated otherwise before is corrected."""

    def state(row: RateRow, _before: Sequence[Outcome]) -> Sequence[Command]:
        body = {"base": row.base, "quote": row.quote, "day": str(row.day), "rate": f"{row.rate:f}"}
        return [
            Command(
                "state_rate",
                rate_id(row.base, row.quote, row.day),
                {**body, "source": mapping.source},
                FIELDS,
                first_version=1,
            )
        ]

    def correct(row: RateRow, before: Sequence[Outcome]) -> Sequence[Command]:
        if not any(outcome.refused for outcome in before):
            return []
        return [
            Command(
                "correct_rate",
                rate_id(row.base, row.quote, row.day),
                {"rate": f"{row.rate:f}", "reason": f"According to {mapping.source}."},
                FIELDS,
            )
        ]

    finance = load.services["finance"]
    steps = [
        Step[RateRow](finance, state, lambda _: "rates", standing=KNOWN_ALREADY),
        Step[RateRow](finance, correct, lambda _: "rates"),
    ]
    accepted: list[RateRow] = []
    for portion in several(rows, PORTION):
        accepted += take(portion, steps, load.refuse, load.tally)
    return accepted, ()
