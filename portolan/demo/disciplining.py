"""Demo data for people: three disciplinary cases, one closed, one before the hearing, one under investigation.

A hearing is held two days or more after the allegation was sent, so none of them has a decision on the day they are
told of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import person_id, record_id
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand, Json


@dataclass(frozen=True)
class Case:
    """A case about a person, so many days ago; each part is None until its step is taken."""

    person: str
    days: int
    reported_by: str
    report: str
    investigator: str
    hearer: str | None = None
    findings: str | None = None
    allegation: str | None = None
    dropped: str | None = None


# fmt: off
CASES = (
    Case("emeka", 13, "lucia",
         "Data of a partner was copied from the test system to a private account. The person is suspended until it is "
         "clear what was copied, and why.", "ilse"),
    Case("mateusz", 31, "ravi",
         "The configuration of two depot switches was changed outside the agreed window, without a record. Scanners "
         "at the depot were down for forty minutes.", "henrik", "joost",
         "The change was made at 14:10 by the person, who had the rights to do so. There was no emergency. The person "
         "said at once what had happened and restored the service.",
         "That on the day of the report you changed the configuration of two depot switches outside the agreed window "
         "and without a record. You may bring a colleague or a representative to the hearing."),
    Case("liv", 58, "amelie", "A notebook meant for disposal was seen in a private car.", "andrei", None,
         "The disposal form allows staff to buy old devices; the form for this one was signed two days before. It had "
         "not been entered in the list.",
         dropped="There is nothing to answer for. The list is kept daily from now on."),
)
# fmt: on


def cases(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (look_into(case, calendar) for case in CASES)


def look_into(case: Case, calendar: Calendar) -> Sequence[DemoCommand]:
    id = record_id("disciplinary case", f"{case.person} {case.days}")

    def order(actor: str, command: str, body: Json) -> DemoCommand:
        return DemoCommand(actor, f"{command}_disciplinary_case", id, "a disciplinary case", body)

    person, on = str(person_id(case.person)), calendar.ago(case.days).isoformat()
    orders = [
        order(case.reported_by, "report", {"person_id": person, "report": case.report, "occurred_on": on}),
        order(PERSONNEL, "begin_investigation", {"investigator_id": str(person_id(case.investigator))}),
    ]
    if case.hearer:
        orders.append(order(PERSONNEL, "name_hearer", {"hearer_id": str(person_id(case.hearer))}))
    if case.findings:
        orders.append(order(case.investigator, "record_findings", {"findings": case.findings}))
    if case.allegation:
        orders.append(order(PERSONNEL, "send_allegation", {"allegation": case.allegation}))
    if case.dropped:
        orders.append(order(PERSONNEL, "drop", {"reason": case.dropped}))
    return orders
