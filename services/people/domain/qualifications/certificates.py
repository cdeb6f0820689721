"""Certificates: recorded, verified, kept by credits, renewed, expired with notice before, revoked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from chassis.decider import PrivateEvent, Refused
from contracts.people import (
    CertificateAwarded,
    CertificateExpired,
    CertificateExpiring,
    CertificateRenewed,
    CertificateRevoked,
    Credits,
)
from contracts.values import Line, Name, Personal
from services.people.domain.certificate_scheme import CertificateScheme
from services.people.domain.line import check_another
from services.people.domain.months import months_after
from services.people.domain.qualifications.commands import (
    RecordCertificate,
    RecordCredits,
    RenewCertificate,
    RevokeCertificate,
    VerifyCertificate,
)
from services.people.domain.qualifications.credits import shortfall
from services.people.domain.qualifications.facts import QualificationFacts, check_past
from services.people.domain.qualifications.state import Certificate, CertificateStatus, Credit, Qualifications

MOST_CERTIFICATES, MOST_CREDITS = 100, 300


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


def record(
    qualifications: Qualifications, command: RecordCertificate, facts: QualificationFacts
) -> Sequence[CertificateEvent]:
    """Whoever records somebody else's certificate vouches for it."""
    known = qualifications.certificate(command.certificate_id)
    if known is not None:
        if vars(command).items() <= vars(known).items():
            return []
        raise Refused("certificate-known", "Another certificate has this id.", "Choose another id.")
    scheme = open_scheme(facts)
    check_past(command.awarded_on, facts)
    check_only_one(qualifications, command.scheme_id)
    if len(qualifications.certificates) >= MOST_CERTIFICATES:
        many = f"There are {MOST_CERTIFICATES} certificates already."
        raise Refused("certificates-bounded", many, "Leave out what does not matter for a position.")
    events = recorded(command.certificate_id, command.scheme_id, scheme, command.awarded_on, command.number)
    return events[:1] if facts.themself else events


def recorded(
    certificate_id: UUID, scheme_id: UUID, scheme: CertificateScheme, awarded_on: date, number: str | None = None
) -> Sequence[CertificateEvent]:
    """A certificate that lasts as long as its scheme says, first recorded and then awarded."""
    expires_on = None if scheme.valid_months is None else months_after(awarded_on, scheme.valid_months)
    first = CertificateRecorded(
        certificate_id=certificate_id,
        scheme_id=scheme_id,
        number=number,
        effective_on=awarded_on,
        expires_on=expires_on,
    )
    return [first, awarded(first.certificate_id, scheme_id, awarded_on, expires_on)]


def awarded(certificate_id: UUID, scheme_id: UUID, on: date, expires_on: date | None) -> CertificateAwarded:
    """Everybody may rely on the certificate."""
    return CertificateAwarded(
        certificate_id=certificate_id, scheme_id=scheme_id, effective_on=on, expires_on=expires_on
    )


def verify(
    qualifications: Qualifications, command: VerifyCertificate, facts: QualificationFacts
) -> Sequence[CertificateEvent]:
    """Somebody else vouches for it, once."""
    certificate = known_certificate(qualifications, command.certificate_id)
    check_another(facts, "verifies their own certificate")
    if certificate.status is not CertificateStatus.RECORDED:
        return []
    return [awarded(certificate.certificate_id, certificate.scheme_id, certificate.awarded_on, certificate.expires_on)]


def record_credits(
    qualifications: Qualifications, command: RecordCredits, facts: QualificationFacts
) -> Sequence[CertificateEvent]:
    """Credits are earned in the present term of a certificate, each once."""
    certificate = known_certificate(qualifications, command.certificate_id)
    known = next((each for each in certificate.credits if each.credit_id == command.credit_id), None)
    if known is not None:
        if vars(known).items() <= vars(command).items():
            return []
        raise Refused("credits-known", "Other credits have this id.", "Choose another id.")
    check_past(command.earned_on, facts)
    if not in_term(certificate, command.earned_on):
        term = f"The present term goes from {certificate.starts_on} to the day before {certificate.expires_on}."
        raise Refused("credits-in-term", term, "Give a day of the present term.")
    if len(certificate.credits) >= MOST_CREDITS:
        many = f"There are {MOST_CREDITS} entries in this term already."
        raise Refused("credits-bounded", many, "Record several days' credits together.")
    told = {name: value for name, value in vars(command).items() if name != "earned_on"}
    return [CreditsRecorded(**told, effective_on=command.earned_on)]


def renew(
    qualifications: Qualifications, command: RenewCertificate, facts: QualificationFacts
) -> Sequence[CertificateEvent]:
    """A certificate is renewed in its term, with its credits earned; telling of it later does no harm."""
    certificate = known_certificate(qualifications, command.certificate_id)
    check_another(facts, "renews their own certificate")
    expires_on = certificate.expires_on
    if certificate.status not in (CertificateStatus.HELD, CertificateStatus.EXPIRED) or expires_on is None:
        stands = "for ever" if expires_on is None else certificate.status
        raise Refused("certificate-held", f"The certificate is {stands}: nothing to renew.", "Verify or record it.")
    check_past(command.effective_on, facts)
    if not in_term(certificate, command.effective_on):
        term = f"The present term goes from {certificate.starts_on} to the day before {expires_on}."
        raise Refused("renewed-in-term", term, "Give a day of the present term, or record a new certificate.")
    if certificate.status is CertificateStatus.EXPIRED:
        check_only_one(qualifications, certificate.scheme_id)
    scheme = open_scheme(facts)
    check_credits(certificate, scheme, command.effective_on)
    longer = None if scheme.valid_months is None else months_after(expires_on, scheme.valid_months)
    return [renewed(certificate, command.effective_on, longer)]


def renewed(certificate: Certificate, on: date, expires_on: date | None) -> CertificateRenewed:
    """The certificate lasts until another day."""
    return CertificateRenewed(
        certificate_id=certificate.certificate_id,
        scheme_id=certificate.scheme_id,
        effective_on=on,
        expires_on=expires_on,
    )


def check_credits(certificate: Certificate, scheme: CertificateScheme, on: date) -> None:
    """The credits of the period are earned, in each of its years."""
    if scheme.renewal is None:
        return
    missing = shortfall(certificate, scheme.renewal, on)
    if missing:
        raise Refused("credits-met", missing.said(scheme.renewal), "Record what was earned, or earn it.")


def revoke(
    qualifications: Qualifications, command: RevokeCertificate, facts: QualificationFacts
) -> Sequence[CertificateEvent]:
    """What is held is taken away, what nobody verified is struck out; what is over is over."""
    certificate = known_certificate(qualifications, command.certificate_id)
    check_another(facts, "revokes their own certificate")
    check_past(command.effective_on, facts)
    if certificate.status is CertificateStatus.RECORDED:
        return [CertificateRejected(certificate_id=command.certificate_id, reason=command.reason)]
    if certificate.status is CertificateStatus.REVOKED:
        return []
    if certificate.status is CertificateStatus.EXPIRED or not lasts_on(certificate, command.effective_on):
        over = f"The certificate is held from {certificate.awarded_on} to the day before {certificate.expires_on}."
        raise Refused("certificate-held", over, "Give a day on which it is held.")
    return [
        CertificateRevoked(
            certificate_id=command.certificate_id, scheme_id=certificate.scheme_id, effective_on=command.effective_on
        ),
        CertificateRevocationExplained(certificate_id=command.certificate_id, reason=command.reason),
    ]


def review(qualifications: Qualifications, facts: QualificationFacts) -> Sequence[CertificateEvent]:
    """What each certificate that is held owes its holder by today: the end, or the nearest notice of it."""
    days = notice_days(qualifications, facts)
    owed = (
        owes(each, days[0].days if days else qualifications.notice_days, facts.today)
        for each in qualifications.certificates
    )
    return [*days, *(event for event in owed if event is not None)]


def notice_days(qualifications: Qualifications, facts: QualificationFacts) -> Sequence[NoticeDaysSet]:
    """Whoever has certificates gets notice as the policy has it."""
    if not qualifications.certificates or qualifications.notice_days == facts.notice_days:
        return []
    return [NoticeDaysSet(days=facts.notice_days)]


def owes(certificate: Certificate, days: Sequence[int], today: date) -> CertificateExpired | CertificateExpiring | None:
    """The end of a certificate where it has come; else, of the notices due and not given, the nearest to the end."""
    end = certificate.expires_on
    if certificate.status is not CertificateStatus.HELD or end is None:
        return None
    about = {"certificate_id": certificate.certificate_id, "scheme_id": certificate.scheme_id}
    if end <= today:
        return CertificateExpired(**about, effective_on=end)
    due = [each for each in waiting(certificate, days) if end - timedelta(days=each) <= today]
    return CertificateExpiring(**about, days=min(due), expires_on=end) if due else None


def waiting(certificate: Certificate, days: Sequence[int]) -> Sequence[int]:
    """The notices that may still be given: those nearer to the end than the last one given."""
    return [each for each in days if certificate.noticed is None or each < certificate.noticed]


def due(qualifications: Qualifications) -> datetime | None:
    """When the next notice or the next end comes: at midnight (UTC) of its day."""
    days = [day for each in qualifications.certificates if (day := due_on(each, qualifications.notice_days))]
    return datetime.combine(min(days), time(), UTC) if days else None


def due_on(certificate: Certificate, days: Sequence[int]) -> date | None:
    """The day of a certificate's next notice, or of its end."""
    end = certificate.expires_on
    if certificate.status is not CertificateStatus.HELD or end is None:
        return None
    return end - timedelta(days=max(waiting(certificate, days), default=0))


def known_certificate(qualifications: Qualifications, certificate_id: UUID) -> Certificate:
    """The certificate with this id; refused where there is none."""
    certificate = qualifications.certificate(certificate_id)
    if certificate is None:
        raise Refused("certificate-unknown", "There is no such certificate.", "Record it first.")
    return certificate


def open_scheme(facts: QualificationFacts) -> CertificateScheme:
    """The scheme, where certificates of it are awarded."""
    if facts.scheme is None:
        raise Refused("scheme-unknown", "There is no such certificate scheme.", "Have it defined first.")
    if facts.scheme.retired:
        raise Refused("scheme-retired", "The certificate scheme is retired.", "Choose another one.")
    return facts.scheme


def check_only_one(qualifications: Qualifications, scheme_id: UUID) -> None:
    """One certificate of a scheme at a time."""
    live = (CertificateStatus.RECORDED, CertificateStatus.HELD)
    if any(each.scheme_id == scheme_id and each.status in live for each in qualifications.certificates):
        again = "There is a certificate of this scheme already."
        raise Refused("one-certificate-of-a-scheme", again, "Renew it, or have it revoked first.")


def in_term(certificate: Certificate, on: date) -> bool:
    """Whether a day lies in the present term."""
    return certificate.starts_on <= on and lasts_on(certificate, on)


def lasts_on(certificate: Certificate, on: date) -> bool:
    """Whether a day lies between its award and its end, whatever the term."""
    return certificate.awarded_on <= on and (certificate.expires_on is None or on < certificate.expires_on)


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
