"""Tells what became of the seeds: a line for each, and a page that sums them up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from tests.faults.away import Away
from tests.faults.faults import KINDS
from tests.faults.outages import Outage
from tests.faults.run import Verdict


def line(verdict: Verdict) -> str:
    """One seed."""
    outcome = "; ".join(verdict.violations[:5]) or "nothing lost"
    return (
        f"seed {verdict.seed}: {', '.join(verdict.faults) or 'no fault'}: {verdict.commands} commands,"
        f" {verdict.acknowledged} acknowledged, {verdict.unknown} unknown, {verdict.duplicates} came again,"
        f" {verdict.restarts} restarts, recovered after {verdict.recovery:.1f} s, {verdict.seconds:.1f} s: {outcome}"
    )


def page(verdicts: Sequence[Verdict], away: Away | None, outages: Sequence[Outage]) -> str:
    """The summary, as Markdown."""
    failed = [verdict.seed for verdict in verdicts if verdict.violations]
    kinds = Counter(kind for verdict in verdicts for kind in verdict.kinds)
    left_out = Counter(kind for verdict in verdicts for kind in verdict.left_out)
    rows: list[tuple[str, object]] = [
        ("seeds", len(verdicts)),
        ("seeds in which anything was lost, doubled or out of order", ", ".join(map(str, failed)) or 0),
        ("faults", kinds.total()),
        ("commands", sum(verdict.commands for verdict in verdicts)),
        ("acknowledged", sum(verdict.acknowledged for verdict in verdicts)),
        ("refused by a rule", sum(verdict.refused for verdict in verdicts)),
        ("unknown to their callers", sum(verdict.unknown for verdict in verdicts)),
        ("asked again with the same key", sum(verdict.asked_again for verdict in verdicts)),
        ("appends whose answer was lost", sum(verdict.answers_lost for verdict in verdicts)),
        ("events stored", sum(verdict.events for verdict in verdicts)),
        ("duplicates in Kafka, dropped by every reader", sum(verdict.duplicates for verdict in verdicts)),
        ("restarts of processes and servers", sum(verdict.restarts for verdict in verdicts)),
        ("longest recovery after the last fault", f"{max((v.recovery for v in verdicts), default=0):.1f} s"),
        ("longest seed", f"{max((v.seconds for v in verdicts), default=0):.1f} s"),
    ]
    rows += [(f"fault: {kind}", kinds[kind]) for kind in KINDS]
    rows += [(f"left out, as it takes the right to mount: {kind}", count) for kind, count in left_out.items()]
    if away:
        rows += [(f"broker away: {name.replace('_', ' ')}", told(value)) for name, value in asdict(away).items()]
    for outage in outages:
        rows += [(f"{outage.name}: {name}", told(value)) for name, value in asdict(outage).items() if name != "name"]
    return "\n".join(["| what | how much |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def told(value: object) -> object:
    """A figure, as a cell of the table."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    if isinstance(value, float):
        return f"{value:.1f} s"
    return "; ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else value
