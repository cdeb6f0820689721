"""What a decision about a development plan may know."""

from dataclasses import dataclass

from services.people.domain.certificate_scheme import CertificateScheme
from services.people.domain.line import LineFacts
from services.people.domain.qualifications import Qualifications
from services.people.domain.qualifications.gap import Required

NOTHING = Required()


@dataclass(frozen=True)
class PlanFacts(LineFacts):
    """``scheme`` is the one the command names; ``held``: what the person has; ``required``: what is asked of them."""

    scheme: CertificateScheme | None = None
    held: Qualifications | None = None
    required: Required = NOTHING
