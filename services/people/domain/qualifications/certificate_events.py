"""What happens to certificates, and how it changes them."""

from datetime import date
from uuid import UUID

from chassis.domain.decider import PrivateEvent
from contracts.people import (
    CertificateAwarded,
    CertificateExpired,
    CertificateExpiring,
    CertificateRenewed,
    CertificateRevoked,
    Credits,
)
from contracts.values import Line, Name, Personal
from services.people.domain.qualifications.state import Certificate, CertificateStatus, Credit, Qualifications


class CertificateRecorded(PrivateEvent):
    """A person was awarded a certificate, says somebody; it counts for nothing until verified."""

    certificate_id: UUID
    scheme_id: UUID
    number: Personal[Name | None]
    effective_on: date
    expires_on: date | None


class CertificateRejected(PrivateEvent):
    """Nobody vouches for a certificate that was recorded: it is struck out."""

    certificate_id: UUID
    reason: Personal[Line]


class CreditsRecorded(PrivateEvent):
    """The person did something to keep a certificate."""

    credit_id: UUID
    certificate_id: UUID
    credits: Credits
    what: Personal[Line]
    effective_on: date


class CertificateRevocationExplained(PrivateEvent):
    """Why a certificate was taken away."""

    certificate_id: UUID
    reason: Personal[Line]


class NoticeDaysSet(PrivateEvent):
    """Notice is given so many days before a certificate expires, from now on."""

    days: tuple[int, ...]


CertificateEvent = (
    CertificateRecorded
    | CertificateRejected
    | CertificateAwarded
    | CreditsRecorded
    | CertificateRenewed
    | CertificateExpiring
    | CertificateExpired
    | CertificateRevoked
    | CertificateRevocationExplained
    | NoticeDaysSet
)


def with_certificate(qualifications: Qualifications, event: CertificateEvent) -> Qualifications:
    """The certificates after an event."""
    match event:
        case CertificateRecorded():
            return qualifications.but(certificates=(*qualifications.certificates, from_record(event)))
        case CertificateRejected(certificate_id=id):
            kept = tuple(each for each in qualifications.certificates if each.certificate_id != id)
            return qualifications.but(certificates=kept)
        case CertificateAwarded():
            return changed(qualifications, event.certificate_id, status=CertificateStatus.HELD)
        case CreditsRecorded():
            return with_credits(qualifications, event)
        case CertificateRenewed():
            return with_renewal(qualifications, event)
        case CertificateExpiring():
            return changed(qualifications, event.certificate_id, noticed=event.days)
        case CertificateExpired():
            return changed(qualifications, event.certificate_id, status=CertificateStatus.EXPIRED)
        case CertificateRevoked():
            return changed(qualifications, event.certificate_id, status=CertificateStatus.REVOKED)
        case CertificateRevocationExplained():
            return qualifications
        case NoticeDaysSet(days=days):
            return qualifications.but(notice_days=days)


def from_record(event: CertificateRecorded) -> Certificate:
    """The certificate as it was recorded."""
    return Certificate(
        certificate_id=event.certificate_id,
        scheme_id=event.scheme_id,
        number=event.number,
        awarded_on=event.effective_on,
        starts_on=event.effective_on,
        expires_on=event.expires_on,
    )


def with_credits(qualifications: Qualifications, event: CreditsRecorded) -> Qualifications:
    """The certificate with one more entry."""
    credit = Credit(credit_id=event.credit_id, earned_on=event.effective_on, credits=event.credits, what=event.what)
    before = qualifications.certificate(event.certificate_id)
    return changed(qualifications, event.certificate_id, credits=(*(before.credits if before else ()), credit))


def with_renewal(qualifications: Qualifications, event: CertificateRenewed) -> Qualifications:
    """The next term begins where the last one ends, with none of its credits."""
    before = qualifications.certificate(event.certificate_id)
    starts_on = (before.expires_on if before else None) or event.effective_on
    return changed(
        qualifications,
        event.certificate_id,
        status=CertificateStatus.HELD,
        starts_on=starts_on,
        expires_on=event.expires_on,
        noticed=None,
        credits=(),
    )


def changed(qualifications: Qualifications, certificate_id: UUID, **changes: object) -> Qualifications:
    """The same with one certificate changed."""
    return qualifications.but(
        certificates=tuple(
            each.model_copy(update=changes) if each.certificate_id == certificate_id else each
            for each in qualifications.certificates
        )
    )
