"""The rules of certificate schemes, with those of the field as their data."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts
from chassis.domain.scenarios import given
from contracts.people import (
    CertificateSchemeDefined,
    CertificateSchemeRetired,
    CertificateSchemeRevised,
    RenewalRule,
)
from services.people.domain.certificate_scheme import (
    CERTIFICATE_SCHEME,
    DefineCertificateScheme,
    RetireCertificateScheme,
    ReviseCertificateScheme,
)

FACTS = Facts(actor=Actor("hr"), at=datetime(2026, 11, 22, tzinfo=UTC), id=UUID(int=1))


def rule(unit: str, credits: int, months: int, yearly: int | None = None) -> RenewalRule:
    minimum = None if yearly is None else Decimal(yearly)
    return RenewalRule(unit=unit, credits=Decimal(credits), period_months=months, minimum_per_year=minimum)


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


DEFINED = CertificateSchemeDefined(**described())
RETIRED = CertificateSchemeRetired(reason="Nobody asks for it.")


@pytest.mark.parametrize("name", KNOWN)
def test_the_schemes_of_the_field_can_be_defined(name: str) -> None:
    issuer, months, renewal = KNOWN[name]
    known = described(name=name, issuer=issuer, valid_months=months, renewal=renewal)
    given(CERTIFICATE_SCHEME).when(DefineCertificateScheme(**known), FACTS).then(CertificateSchemeDefined(**known))


def test_a_certificate_may_last_for_ever() -> None:
    ever = described(valid_months=None, renewal=None)
    given(CERTIFICATE_SCHEME).when(DefineCertificateScheme(**ever), FACTS).then(CertificateSchemeDefined(**ever))


def test_what_lasts_for_ever_has_no_renewal_rule() -> None:
    ever = DefineCertificateScheme(**described(valid_months=None))
    given(CERTIFICATE_SCHEME).when(ever, FACTS).then_refused("renewal-needs-an-end")


@pytest.mark.parametrize(
    ("renewal", "refusal"),
    [
        (rule("CPE", 120, 37), "period-within-validity"),
        (rule("CPE", 120, 30, 20), "period-in-whole-years"),
        (rule("CPE", 120, 36, 41), "minimum-within-credits"),
    ],
)
def test_a_renewal_rule_can_be_kept(renewal: RenewalRule, refusal: str) -> None:
    asked = described(renewal=renewal)
    given(CERTIFICATE_SCHEME).when(DefineCertificateScheme(**asked), FACTS).then_refused(refusal)
    given(CERTIFICATE_SCHEME, DEFINED).when(ReviseCertificateScheme(**asked), FACTS).then_refused(refusal)


def test_the_yearly_minimum_may_be_all_there_is_to_it() -> None:
    asked = described(renewal=rule("CPD", 60, 36, 20))
    given(CERTIFICATE_SCHEME).when(DefineCertificateScheme(**asked), FACTS).then(CertificateSchemeDefined(**asked))


def test_defining_it_again_changes_nothing_and_another_one_is_refused() -> None:
    given(CERTIFICATE_SCHEME, DEFINED).when(DefineCertificateScheme(**described()), FACTS).then()
    other = DefineCertificateScheme(**described(name="CISM"))
    given(CERTIFICATE_SCHEME, DEFINED).when(other, FACTS).then_refused("already-exists")


def test_a_scheme_is_revised() -> None:
    longer = described(valid_months=48)
    revise = ReviseCertificateScheme(**longer)
    given(CERTIFICATE_SCHEME, DEFINED).when(revise, FACTS).then(CertificateSchemeRevised(**longer))
    given(CERTIFICATE_SCHEME, DEFINED, CertificateSchemeRevised(**longer)).when(revise, FACTS).then()


def test_a_retired_scheme_stays_as_it_is() -> None:
    retire = RetireCertificateScheme(reason=RETIRED.reason)
    given(CERTIFICATE_SCHEME, DEFINED).when(retire, FACTS).then(RETIRED)
    given(CERTIFICATE_SCHEME, DEFINED, RETIRED).when(retire, FACTS).then()
    longer = ReviseCertificateScheme(**described(valid_months=48))
    given(CERTIFICATE_SCHEME, DEFINED, RETIRED).when(longer, FACTS).then_refused("scheme-retired")
