"""Notices about a person's qualifications."""

from collections.abc import Sequence
from datetime import date, timedelta

from chassis.domain.decider import Command, Deadline
from contracts.people import CertificateExpired, CertificateExpiring
from services.people.qualifications.domain import model


class ReviewCertificates(Command):
    """Issue due notices and expire certificates, by the current policy."""


def review(qualifications: model.Qualifications, facts: model.QualificationFacts) -> Sequence[model.CertificateEvent]:
    """Return the end of each certificate held, or the nearest notice of it, due by today."""
    days = notice_days(qualifications, facts)
    owed = (
        owes(each, days[0].days if days else qualifications.notice_days, facts.today)
        for each in qualifications.certificates
    )
    return [*days, *(event for event in owed if event is not None)]


def notice_days(qualifications: model.Qualifications, facts: model.QualificationFacts) -> Sequence[model.NoticeDaysSet]:
    """A person with certificates gets notice as the policy has it."""
    if not qualifications.certificates or qualifications.notice_days == facts.notice_days:
        return []
    return [model.NoticeDaysSet(days=facts.notice_days)]


def owes(
    certificate: model.Certificate, days: Sequence[int], today: date
) -> CertificateExpired | CertificateExpiring | None:
    """The end of a certificate where it has come; else, of the notices due and not given, the nearest to the end."""
    end = certificate.expires_on
    if certificate.status is not model.CertificateStatus.HELD or end is None:
        return None
    about = {"certificate_id": certificate.certificate_id, "scheme_id": certificate.scheme_id}
    if end <= today:
        return CertificateExpired(**about, effective_on=end)
    due = [each for each in waiting(certificate, days) if end - timedelta(days=each) <= today]
    return CertificateExpiring(**about, days=min(due), expires_on=end) if due else None


def waiting(certificate: model.Certificate, days: Sequence[int]) -> Sequence[int]:
    """The notices that may still be given: those nearer to the end than the last one given."""
    return [each for each in days if certificate.noticed is None or each < certificate.noticed]


def due(qualifications: model.Qualifications) -> Deadline | None:
    """The next notice or the next end comes at the beginning of its day; which one, the review finds."""
    days = [day for each in qualifications.certificates if (day := due_on(each, qualifications.notice_days))]
    return Deadline.on(min(days), ReviewCertificates()) if days else None


def due_on(certificate: model.Certificate, days: Sequence[int]) -> date | None:
    """The day of a certificate's next notice, or of its end."""
    end = certificate.expires_on
    if certificate.status is not model.CertificateStatus.HELD or end is None:
        return None
    return end - timedelta(days=max(waiting(certificate, days), default=0))
