"""What a decision about somebody's qualifications may know, and the dates it may carry."""

from dataclasses import dataclass
from datetime import date

from chassis.domain.decider import Refused
from services.people.domain.certificate_scheme import CertificateScheme
from services.people.domain.line import LineFacts
from services.people.domain.staffing_policy import StaffingPolicy

DEFAULTS = StaffingPolicy()


@dataclass(frozen=True)
class QualificationFacts(LineFacts):
    """``scheme`` is that of the certificate the command is about; None where there is none.

    ``assessor_level`` is the level at which whoever acts was found to have the skill in question, 0 for none at all;
    None where they need not have it: they are in the line above, or HR. ``assessor_employed``: whether the assessor
    the command names works here.
    """

    scheme: CertificateScheme | None = None
    assessor_level: int | None = None
    assessor_employed: bool = False
    notice_days: tuple[int, ...] = DEFAULTS.certificate_notice_days


def check_past(on: date, facts: QualificationFacts) -> None:
    """Nothing is recorded before it happens."""
    if on > facts.today:
        raise Refused("not-in-the-future", f"{on} has yet to come.", "Record it on the day.")
