"""What a position requires against what a person holds: the gap, and what is about to be lost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Grade, SkillLevel
from services.people.domain.person import Appointment, Employment, Experience, Person
from services.people.domain.qualifications import Certificate, CertificateStatus, Qualifications, Skill
from services.people.domain.qualifications.gap import (
    ExpiringCertificate,
    Gap,
    Loss,
    LossKind,
    MissingSkill,
    Required,
    StaleSkill,
    eligible_on,
    gap,
    losses,
    lost_eligibility,
)

ADA, SCHEME, CERTIFICATE = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
STALE = 24
REQUIRED = Required((SkillLevel(skill="ITMG", level=5),), (SCHEME,))


def skill(level: int | None, on: date | None = TODAY, claimed: int | None = None) -> Skill:
    return Skill(skill="itmg", claimed=claimed, level=level, assessed_on=on if level else None)


def certificate(expires_on: date | None, **different: Any) -> Certificate:
    same: dict[str, Any] = {
        "certificate_id": CERTIFICATE,
        "scheme_id": SCHEME,
        "number": None,
        "awarded_on": date(2024, 1, 1),
        "starts_on": date(2024, 1, 1),
        "expires_on": expires_on,
        "status": CertificateStatus.HELD,
    }
    return Certificate(**(same | different))


def holding(*skills: Skill, certificates: tuple[Certificate, ...] = ()) -> Qualifications:
    return Qualifications(person_id=ADA, skills=skills, certificates=certificates)


def the_gap(held: Qualifications | None, on: date = TODAY) -> Gap:
    return gap(REQUIRED, held, on, STALE, 90)


FAR = certificate(TODAY + 91 * DAY)


def test_whoever_holds_nothing_lacks_everything() -> None:
    missing = MissingSkill(skill="ITMG", required=5, held=None)
    assert the_gap(None) == Gap(missing_skills=(missing,), missing_certificates=(SCHEME,))
    assert gap(Required(), None, TODAY, STALE, 90) == Gap()


def test_whoever_holds_what_is_required_lacks_nothing() -> None:
    for level in (5, 6):
        assert the_gap(holding(skill(level), certificates=(FAR,))) == Gap()


@pytest.mark.parametrize(("found", "held"), [(skill(4), 4), (skill(None, claimed=7), None)])
def test_a_skill_below_the_level_or_only_claimed_is_missing(found: Skill, held: int | None) -> None:
    missing = MissingSkill(skill="ITMG", required=5, held=held)
    assert the_gap(holding(found, certificates=(FAR,))) == Gap(missing_skills=(missing,))


def test_a_skill_that_was_assessed_too_long_ago_is_stale() -> None:
    stale = StaleSkill(skill="ITMG", required=5, stale_on=TODAY)
    assert the_gap(holding(skill(5, date(2024, 11, 22)), certificates=(FAR,))) == Gap(stale_skills=(stale,))
    assert the_gap(holding(skill(5, date(2024, 11, 23)), certificates=(FAR,))) == Gap()


@pytest.mark.parametrize(
    "held",
    [
        certificate(TODAY),
        certificate(None, status=CertificateStatus.RECORDED),
        certificate(None, status=CertificateStatus.REVOKED),
        certificate(None, awarded_on=TODAY + DAY),
        certificate(None, scheme_id=UUID(int=9)),
    ],
)
def test_a_certificate_that_is_not_held_on_the_day_is_missing(held: Certificate) -> None:
    assert the_gap(holding(skill(5), certificates=(held,))) == Gap(missing_certificates=(SCHEME,))


def test_a_certificate_that_expires_soon_is_named() -> None:
    soon = ExpiringCertificate(scheme_id=SCHEME, certificate_id=CERTIFICATE, expires_on=TODAY + 90 * DAY)
    assert the_gap(holding(skill(5), certificates=(certificate(TODAY + 90 * DAY),))) == Gap(
        expiring_certificates=(soon,)
    )
    assert the_gap(holding(skill(5), certificates=(certificate(None),))) == Gap()


def test_what_goes_within_the_days_is_forecast_the_first_first() -> None:
    held = holding(skill(5, date(2024, 12, 10)), certificates=(certificate(TODAY + 10 * DAY),))
    assert losses(REQUIRED, held, TODAY, 90, STALE) == (
        Loss(kind=LossKind.CERTIFICATE, on=TODAY + 10 * DAY, scheme_id=SCHEME),
        Loss(kind=LossKind.SKILL, on=date(2026, 12, 10), skill="ITMG"),
    )
    assert losses(REQUIRED, held, TODAY, 9, STALE) == ()
    assert losses(REQUIRED, holding(skill(5, date(2024, 11, 22))), TODAY, 90, STALE) == (), "stale already"
    assert losses(Required(), held, TODAY, 90, STALE) == ()


@given(st.dates(date(2024, 1, 1), date(2029, 1, 1)), st.integers(1, 366), st.integers(1, 48), st.integers(0, 1500))
def test_what_is_forecast_is_no_gap_on_the_day_before_and_one_on_its_day(
    on: date, days: int, months: int, age: int
) -> None:
    held = holding(skill(5, on - age * DAY), certificates=(certificate(on + age * DAY // 3),))

    def lacking(day: date) -> set[LossKind]:
        found = gap(REQUIRED, held, day, months, 0)
        skills = {LossKind.SKILL} if found.stale_skills else set()
        return skills | ({LossKind.CERTIFICATE} if found.missing_certificates else set())

    found = {loss.kind: loss.on for loss in losses(REQUIRED, held, on, days, months)}
    expected = {}
    for ahead in range(1, days + 1):
        day = on + ahead * DAY
        for kind in lacking(day) - lacking(day - DAY):
            expected[kind] = day
    assert found == expected


def senior(verified_days: int, until: date, **different: Any) -> Person:
    worked = Experience(
        experience_id=UUID(int=7),
        employer="Acme",
        role="IT",
        it_management=True,
        started_on=until - (verified_days - 1) * DAY,
        ended_on=until,
        verified_until=until,
    )
    held = Appointment(position_id=UUID(int=8), title="Head", division_id=UUID(int=9), grade=Grade.SENIOR_MANAGER)
    same: dict[str, Any] = {
        "name": "Ada",
        "hired_on": until,
        "last_on": until,
        "appointment": held,
        "experience": (worked,),
    }
    return Person(**(same | different))


def test_eligibility_that_goes_because_the_years_before_become_longer_is_forecast() -> None:
    # The year before 28 February 2028 has 365 days; that before the 29th goes back to the 28th and has 366.
    person = senior(365, date(2027, 12, 31))
    on = date(2028, 1, 15)
    assert eligible_on(person, on, Decimal(1), barred=False)
    assert lost_eligibility(person, on, 90, Decimal(1), barred=False) == (
        Loss(kind=LossKind.ELIGIBILITY, on=date(2028, 2, 29)),
    )
    assert lost_eligibility(person, on, 30, Decimal(1), barred=False) == ()


def test_no_eligibility_is_lost_where_there_is_enough_or_none_or_none_is_demanded() -> None:
    until = date(2027, 12, 31)
    assert lost_eligibility(senior(400, until), date(2028, 1, 15), 90, Decimal(1), barred=False) == ()
    assert lost_eligibility(senior(300, until), date(2028, 1, 15), 90, Decimal(1), barred=False) == ()
    waived = senior(365, until, gate_waived=True)
    assert lost_eligibility(waived, date(2028, 1, 15), 90, Decimal(1), barred=False) == ()
    staff = Appointment(position_id=UUID(int=8), title="Coder", division_id=UUID(int=9), grade=Grade.STAFF)
    assert (
        lost_eligibility(senior(365, until, appointment=staff), date(2028, 1, 15), 90, Decimal(1), barred=False) == ()
    )
    suspended = senior(365, until, employment=Employment.SUSPENDED)
    assert lost_eligibility(suspended, date(2028, 1, 15), 90, Decimal(1), barred=False) == ()


def test_whoever_is_barred_is_eligible_on_no_day_with_the_years_and_with_a_waiver() -> None:
    on = date(2028, 1, 15)
    for person in (senior(365, date(2027, 12, 31)), senior(1, date(2027, 12, 31), gate_waived=True)):
        for ahead in (0, 1, 60):
            assert not eligible_on(person, on + ahead * DAY, Decimal(1), barred=True)
        assert lost_eligibility(person, on, 90, Decimal(1), barred=True) == ()
