"""The rules of certificate schemes, with those of the field as their data."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts
from contracts import people
from services.people.organisation.domain import certificate_scheme
from tests.scenarios import given

FACTS = Facts(actor=Actor("hr"), at=datetime(2026, 11, 22, tzinfo=UTC), id=UUID(int=1))


def rule(unit: str, credits: int, months: int, yearly: int | None = None) -> people.RenewalRule:
    minimum = None if yearly is None else Decimal(yearly)
    return people.RenewalRule(unit=unit, credits=Decimal(credits), period_months=months, minimum_per_year=minimum)


KNOWN = {
    "PMP": ("PMI", 36, rule("PDU", 60, 36)),
    "CISSP": ("ISC2", 36, rule("CPE", 120, 36)),
    "CISA": ("ISACA", 36, rule("CPE", 120, 36, 20)),
    "CSM": ("Scrum Alliance", 24, rule("SEU", 20, 24)),
    "ITIL": ("PeopleCert", 36, rule("CPD", 60, 36, 20)),
}


def described(**different: Any) -> dict[str, Any]:
    issuer, months, renewal = KNOWN["CISA"]
    same = {"name": "CISA", "issuer": issuer, "valid_months": months, "renewal": renewal, "budget_management": False}
    return same | different


DEFINED = people.CertificateSchemeDefined(**described())
RETIRED = people.CertificateSchemeRetired(reason="Nobody asks for it.")


@pytest.mark.parametrize("name", KNOWN)
def test_the_schemes_of_the_field_can_be_defined(name: str) -> None:
    issuer, months, renewal = KNOWN[name]
    known = described(name=name, issuer=issuer, valid_months=months, renewal=renewal)
    given(certificate_scheme.CERTIFICATE_SCHEME).when(certificate_scheme.DefineCertificateScheme(**known), FACTS).then(
        people.CertificateSchemeDefined(**known)
    )


def test_a_certificate_may_last_for_ever() -> None:
    ever = described(valid_months=None, renewal=None)
    given(certificate_scheme.CERTIFICATE_SCHEME).when(certificate_scheme.DefineCertificateScheme(**ever), FACTS).then(
        people.CertificateSchemeDefined(**ever)
    )


def test_what_lasts_for_ever_has_no_renewal_rule() -> None:
    ever = certificate_scheme.DefineCertificateScheme(**described(valid_months=None))
    given(certificate_scheme.CERTIFICATE_SCHEME).when(ever, FACTS).then_refused("renewal-needs-an-end")


@pytest.mark.parametrize(
    ("renewal", "refusal"),
    [
        (rule("CPE", 120, 37), "period-within-validity"),
        (rule("CPE", 120, 30, 20), "period-in-whole-years"),
        (rule("CPE", 120, 36, 41), "minimum-within-credits"),
    ],
)
def test_a_renewal_rule_can_be_kept(renewal: people.RenewalRule, refusal: str) -> None:
    asked = described(renewal=renewal)
    given(certificate_scheme.CERTIFICATE_SCHEME).when(
        certificate_scheme.DefineCertificateScheme(**asked), FACTS
    ).then_refused(refusal)
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED).when(
        certificate_scheme.ReviseCertificateScheme(**asked), FACTS
    ).then_refused(refusal)


def test_the_yearly_minimum_may_be_all_there_is_to_it() -> None:
    asked = described(renewal=rule("CPD", 60, 36, 20))
    given(certificate_scheme.CERTIFICATE_SCHEME).when(certificate_scheme.DefineCertificateScheme(**asked), FACTS).then(
        people.CertificateSchemeDefined(**asked)
    )


def test_defining_it_again_changes_nothing_and_another_one_is_refused() -> None:
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED).when(
        certificate_scheme.DefineCertificateScheme(**described()), FACTS
    ).then()
    other = certificate_scheme.DefineCertificateScheme(**described(name="CISM"))
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED).when(other, FACTS).then_refused("already-exists")


def test_a_scheme_is_revised() -> None:
    longer = described(valid_months=48)
    revise = certificate_scheme.ReviseCertificateScheme(**longer)
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED).when(revise, FACTS).then(
        people.CertificateSchemeRevised(**longer)
    )
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED, people.CertificateSchemeRevised(**longer)).when(
        revise, FACTS
    ).then()


def test_a_retired_scheme_stays_as_it_is() -> None:
    retire = certificate_scheme.RetireCertificateScheme(reason=RETIRED.reason)
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED).when(retire, FACTS).then(RETIRED)
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED, RETIRED).when(retire, FACTS).then()
    longer = certificate_scheme.ReviseCertificateScheme(**described(valid_months=48))
    given(certificate_scheme.CERTIFICATE_SCHEME, DEFINED, RETIRED).when(longer, FACTS).then_refused("scheme-retired")
