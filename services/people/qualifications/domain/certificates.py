"""Certificates: recorded, verified, renewed, revoked; commands and rules."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts import people
from contracts.values import Day, Line, Name, Personal
from services.people.organisation.domain.certificate_scheme import CertificateScheme
from services.people.organisation.domain.days import months_after
from services.people.qualifications.domain import model
from services.people.qualifications.domain.credits import shortfall


class RecordCertificate(Command):
    """Record an awarded certificate; one recorded by its holder counts once somebody else has verified it."""

    certificate_id: UUID
    scheme_id: UUID
    number: Personal[Name | None] = None
    awarded_on: Day


class VerifyCertificate(Command):
    """Verify a certificate that a person recorded."""

    certificate_id: UUID


class RecordCredits(Command):
    """Record an activity for a certificate's renewal, with its day and credits."""

    credit_id: UUID
    certificate_id: UUID
    earned_on: Day
    credits: people.Credits
    what: Personal[Line]


class CorrectCredits(Command):
    """Correct the day or the credits of an activity that was recorded wrongly; no credits strike it out."""

    credit_id: UUID
    certificate_id: UUID
    earned_on: Day
    credits: model.CorrectedCredits
    reason: Personal[Line]


class RenewCertificate(Command):
    """Renew a certificate for another term, once this term's credits are earned."""

    certificate_id: UUID
    effective_on: Day


class RevokeCertificate(Command):
    """Revoke a certificate, or reject an unverified one."""

    certificate_id: UUID
    reason: Personal[Line]
    effective_on: Day


MOST_CERTIFICATES, MOST_CREDITS = 100, 300


def record(
    qualifications: model.Qualifications, command: RecordCertificate, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """Recording somebody else's certificate vouches for it."""
    known = qualifications.certificate(command.certificate_id)
    if known is not None:
        if vars(command).items() <= vars(known).items():
            return []
        raise Refused("certificate-known", "Another certificate has this id.", "Choose another id.")
    scheme = open_scheme(facts)
    model.check_past(command.awarded_on, facts)
    check_only_one(qualifications, command.scheme_id)
    if len(qualifications.certificates) >= MOST_CERTIFICATES:
        detail = f"There are {MOST_CERTIFICATES} certificates already."
        raise Refused("certificates-bounded", detail, "Leave out what does not matter for a position.")
    events = recorded(command.certificate_id, command.scheme_id, scheme, command.awarded_on, command.number)
    return events[:1] if facts.themself else events


def recorded(
    certificate_id: UUID, scheme_id: UUID, scheme: CertificateScheme, awarded_on: date, number: str | None = None
) -> Sequence[model.CertificateEvent]:
    """A certificate that lasts as long as its scheme says, first recorded and then awarded."""
    expires_on = None if scheme.valid_months is None else months_after(awarded_on, scheme.valid_months)
    first = model.CertificateRecorded(
        certificate_id=certificate_id,
        scheme_id=scheme_id,
        number=number,
        effective_on=awarded_on,
        expires_on=expires_on,
    )
    return [first, awarded(first.certificate_id, scheme_id, awarded_on, expires_on)]


def awarded(certificate_id: UUID, scheme_id: UUID, on: date, expires_on: date | None) -> people.CertificateAwarded:
    """Everybody may rely on the certificate."""
    return people.CertificateAwarded(
        certificate_id=certificate_id, scheme_id=scheme_id, effective_on=on, expires_on=expires_on
    )


def verify(
    qualifications: model.Qualifications, command: VerifyCertificate, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """Somebody else vouches for it, once."""
    certificate = known_certificate(qualifications, command.certificate_id)
    if certificate.status is not model.CertificateStatus.RECORDED:
        return []
    return [awarded(certificate.certificate_id, certificate.scheme_id, certificate.awarded_on, certificate.expires_on)]


def record_credits(
    qualifications: model.Qualifications, command: RecordCredits, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """Credits are earned in the present term of a certificate, each once."""
    certificate = known_certificate(qualifications, command.certificate_id)
    known = next((each for each in certificate.credits if each.credit_id == command.credit_id), None)
    if known is not None:
        if vars(known).items() <= vars(command).items():
            return []
        raise Refused("credits-known", "Other credits have this id.", "Choose another id.")
    check_earned(certificate, command, facts)
    if len(certificate.credits) >= MOST_CREDITS:
        detail = f"There are {MOST_CREDITS} entries in this term already."
        raise Refused("credits-bounded", detail, "Record several days' credits together.")
    told = {name: value for name, value in vars(command).items() if name != "earned_on"}
    return [model.CreditsRecorded(**told, effective_on=command.earned_on)]


def check_earned(
    certificate: model.Certificate, command: RecordCredits | CorrectCredits, facts: model.QualificationFacts
) -> None:
    """Credits are earned on a past day of the present term."""
    model.check_past(command.earned_on, facts)
    if not in_term(certificate, command.earned_on):
        detail = f"The present term goes from {certificate.starts_on} to the day before {certificate.expires_on}."
        raise Refused("credits-in-term", detail, "Give a day of the present term.")


def correct_credits(
    qualifications: model.Qualifications, command: CorrectCredits, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """Credits of the present term that were recorded wrongly are corrected, with the reason."""
    certificate = known_certificate(qualifications, command.certificate_id)
    known = next((each for each in certificate.credits if each.credit_id == command.credit_id), None)
    if known is None:
        raise Refused("credits-unknown", "There are no such credits in the present term.", "Record them first.")
    if (known.earned_on, known.credits) == (command.earned_on, command.credits):
        return []
    check_earned(certificate, command, facts)
    return [model.CreditsCorrected(**vars(command), effective_on=min(known.earned_on, command.earned_on))]


def renew(
    qualifications: model.Qualifications, command: RenewCertificate, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """A certificate is renewed in its term, with its credits earned; telling of it later does no harm."""
    certificate = known_certificate(qualifications, command.certificate_id)
    expires_on = certificate.expires_on
    if certificate.status not in (model.CertificateStatus.HELD, model.CertificateStatus.EXPIRED) or expires_on is None:
        stands = "for ever" if expires_on is None else certificate.status
        raise Refused("certificate-held", f"The certificate is {stands} and cannot be renewed.", "Verify or record it.")
    model.check_past(command.effective_on, facts)
    if not in_term(certificate, command.effective_on):
        detail = f"The present term goes from {certificate.starts_on} to the day before {expires_on}."
        raise Refused("renewed-in-term", detail, "Give a day of the present term, or record a new certificate.")
    if certificate.status is model.CertificateStatus.EXPIRED:
        check_only_one(qualifications, certificate.scheme_id)
    scheme = open_scheme(facts)
    check_credits(certificate, scheme, command.effective_on)
    longer = None if scheme.valid_months is None else months_after(expires_on, scheme.valid_months)
    return [renewed(certificate, command.effective_on, longer)]


def renewed(certificate: model.Certificate, on: date, expires_on: date | None) -> people.CertificateRenewed:
    return people.CertificateRenewed(
        certificate_id=certificate.certificate_id,
        scheme_id=certificate.scheme_id,
        effective_on=on,
        expires_on=expires_on,
    )


def check_credits(certificate: model.Certificate, scheme: CertificateScheme, on: date) -> None:
    """The credits of the period are earned, in each of its years."""
    if scheme.renewal is None:
        return
    missing = shortfall(certificate, scheme.renewal, on)
    if missing:
        raise Refused("credits-met", missing.said(scheme.renewal), "Record the missing credits, or earn them.")


def revoke(
    qualifications: model.Qualifications, command: RevokeCertificate, facts: model.QualificationFacts
) -> Sequence[model.CertificateEvent]:
    """Revoke a certificate that is held, or reject an unverified one; an expired one stays expired."""
    certificate = known_certificate(qualifications, command.certificate_id)
    model.check_past(command.effective_on, facts)
    if certificate.status is model.CertificateStatus.RECORDED:
        return [model.CertificateRejected(certificate_id=command.certificate_id, reason=command.reason)]
    if certificate.status is model.CertificateStatus.REVOKED:
        return []
    if certificate.status is model.CertificateStatus.EXPIRED or not lasts_on(certificate, command.effective_on):
        detail = f"The certificate is held from {certificate.awarded_on} to the day before {certificate.expires_on}."
        raise Refused("certificate-held", detail, "Give a day on which it is held.")
    return [
        people.CertificateRevoked(
            certificate_id=command.certificate_id, scheme_id=certificate.scheme_id, effective_on=command.effective_on
        ),
        model.CertificateRevocationExplained(certificate_id=command.certificate_id, reason=command.reason),
    ]


def known_certificate(qualifications: model.Qualifications, certificate_id: UUID) -> model.Certificate:
    """The certificate with this id; refused where there is none."""
    certificate = qualifications.certificate(certificate_id)
    if certificate is None:
        raise Refused("certificate-unknown", "There is no such certificate.", "Record it first.")
    return certificate


def open_scheme(facts: model.QualificationFacts) -> CertificateScheme:
    """The scheme, where certificates of it are awarded."""
    if facts.scheme is None:
        raise Refused("scheme-unknown", "The certificate scheme does not exist.", "Have it defined first.")
    if facts.scheme.retired:
        raise Refused("scheme-retired", "The certificate scheme is retired.", "Choose another one.")
    return facts.scheme


def check_only_one(qualifications: model.Qualifications, scheme_id: UUID) -> None:
    """One certificate of a scheme at a time."""
    live = (model.CertificateStatus.RECORDED, model.CertificateStatus.HELD)
    if any(each.scheme_id == scheme_id and each.status in live for each in qualifications.certificates):
        detail = "There is a certificate of this scheme already."
        raise Refused("one-certificate-of-a-scheme", detail, "Renew it, or have it revoked first.")


def in_term(certificate: model.Certificate, on: date) -> bool:
    """Return whether a day lies in the present term."""
    return certificate.starts_on <= on and lasts_on(certificate, on)


def lasts_on(certificate: model.Certificate, on: date) -> bool:
    """Return whether a day lies between its award and its end, whatever the term."""
    return certificate.awarded_on <= on and (certificate.expires_on is None or on < certificate.expires_on)
