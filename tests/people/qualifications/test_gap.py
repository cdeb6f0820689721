"""What a position requires against what a person holds: the gap, and what is about to be lost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Grade, SkillLevel
from services.people.organisation.domain.person import model as person_model
from services.people.qualifications.domain import gap
from services.people.qualifications.domain import model as qualifications_model

ADA, SCHEME, CERTIFICATE = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
STALE = 24
REQUIRED = gap.Required((SkillLevel(skill="ITMG", level=5),), (SCHEME,))


def skill(level: int | None, on: date | None = TODAY, claimed: int | None = None) -> qualifications_model.Skill:
    return qualifications_model.Skill(skill="itmg", claimed=claimed, level=level, assessed_on=on if level else None)


def certificate(expires_on: date | None, **different: Any) -> qualifications_model.Certificate:
    same: dict[str, Any] = {
        "certificate_id": CERTIFICATE,
        "scheme_id": SCHEME,
        "number": None,
        "awarded_on": date(2024, 1, 1),
        "starts_on": date(2024, 1, 1),
        "expires_on": expires_on,
        "status": qualifications_model.CertificateStatus.HELD,
    }
    return qualifications_model.Certificate(**(same | different))


def holding(
    *skills: qualifications_model.Skill, certificates: tuple[qualifications_model.Certificate, ...] = ()
) -> qualifications_model.Qualifications:
    return qualifications_model.Qualifications(person_id=ADA, skills=skills, certificates=certificates)


def the_gap(held: qualifications_model.Qualifications | None, on: date = TODAY) -> gap.Gap:
    return gap.gap(REQUIRED, held, on, STALE, 90)


FAR = certificate(TODAY + 91 * DAY)


def test_whoever_holds_nothing_lacks_everything() -> None:
    missing = gap.MissingSkill(skill="ITMG", required=5, held=None)
    assert the_gap(None) == gap.Gap(missing_skills=(missing,), missing_certificates=(SCHEME,))
    assert gap.gap(gap.Required(), None, TODAY, STALE, 90) == gap.Gap()


def test_whoever_holds_what_is_required_lacks_nothing() -> None:
    for level in (5, 6):
        assert the_gap(holding(skill(level), certificates=(FAR,))) == gap.Gap()


@pytest.mark.parametrize(("found", "held"), [(skill(4), 4), (skill(None, claimed=7), None)])
def test_a_skill_below_the_level_or_only_claimed_is_missing(
    found: qualifications_model.Skill, held: int | None
) -> None:
    missing = gap.MissingSkill(skill="ITMG", required=5, held=held)
    assert the_gap(holding(found, certificates=(FAR,))) == gap.Gap(missing_skills=(missing,))


def test_a_skill_that_was_assessed_too_long_ago_is_stale() -> None:
    stale = gap.StaleSkill(skill="ITMG", required=5, stale_on=TODAY)
    assert the_gap(holding(skill(5, date(2024, 11, 22)), certificates=(FAR,))) == gap.Gap(stale_skills=(stale,))
    assert the_gap(holding(skill(5, date(2024, 11, 23)), certificates=(FAR,))) == gap.Gap()


@pytest.mark.parametrize(
    "held",
    [
        certificate(TODAY),
        certificate(None, status=qualifications_model.CertificateStatus.RECORDED),
        certificate(None, status=qualifications_model.CertificateStatus.REVOKED),
        certificate(None, awarded_on=TODAY + DAY),
        certificate(None, scheme_id=UUID(int=9)),
    ],
)
def test_a_certificate_that_is_not_held_on_the_day_is_missing(held: qualifications_model.Certificate) -> None:
    assert the_gap(holding(skill(5), certificates=(held,))) == gap.Gap(missing_certificates=(SCHEME,))


def test_a_certificate_that_expires_soon_is_named() -> None:
    soon = gap.ExpiringCertificate(scheme_id=SCHEME, certificate_id=CERTIFICATE, expires_on=TODAY + 90 * DAY)
    assert the_gap(holding(skill(5), certificates=(certificate(TODAY + 90 * DAY),))) == gap.Gap(
        expiring_certificates=(soon,)
    )
    assert the_gap(holding(skill(5), certificates=(certificate(None),))) == gap.Gap()


def test_what_goes_within_the_days_is_forecast_the_first_first() -> None:
    held = holding(skill(5, date(2024, 12, 10)), certificates=(certificate(TODAY + 10 * DAY),))
    assert gap.losses(REQUIRED, held, TODAY, 90, STALE) == (
        gap.Loss(kind=gap.LossKind.CERTIFICATE, on=TODAY + 10 * DAY, scheme_id=SCHEME),
        gap.Loss(kind=gap.LossKind.SKILL, on=date(2026, 12, 10), skill="ITMG"),
    )
    assert gap.losses(REQUIRED, held, TODAY, 9, STALE) == ()
    assert gap.losses(REQUIRED, holding(skill(5, date(2024, 11, 22))), TODAY, 90, STALE) == (), "stale already"
    assert gap.losses(gap.Required(), held, TODAY, 90, STALE) == ()


@given(st.dates(date(2024, 1, 1), date(2029, 1, 1)), st.integers(1, 366), st.integers(1, 48), st.integers(0, 1500))
def test_what_is_forecast_is_no_gap_on_the_day_before_and_one_on_its_day(
    on: date, days: int, months: int, age: int
) -> None:
    held = holding(skill(5, on - age * DAY), certificates=(certificate(on + age * DAY // 3),))

    def lacking(day: date) -> set[gap.LossKind]:
        found = gap.gap(REQUIRED, held, day, months, 0)
        skills = {gap.LossKind.SKILL} if found.stale_skills else set()
        return skills | ({gap.LossKind.CERTIFICATE} if found.missing_certificates else set())

    found = {loss.kind: loss.on for loss in gap.losses(REQUIRED, held, on, days, months)}
    expected = {}
    for ahead in range(1, days + 1):
        day = on + ahead * DAY
        for kind in lacking(day) - lacking(day - DAY):
            expected[kind] = day
    assert found == expected


def senior(verified_days: int, until: date, **different: Any) -> person_model.Person:
    worked = person_model.Experience(
        experience_id=UUID(int=7),
        employer="Acme",
        role="IT",
        it_management=True,
        started_on=until - (verified_days - 1) * DAY,
        ended_on=until,
        verified_until=until,
    )
    held = person_model.Appointment(
        position_id=UUID(int=8), title="Head", division_id=UUID(int=9), grade=Grade.SENIOR_MANAGER
    )
    same: dict[str, Any] = {
        "name": "Ada",
        "hired_on": until,
        "last_on": until,
        "appointment": held,
        "experience": (worked,),
    }
    return person_model.Person(**(same | different))


def test_whoever_is_eligible_stays_so_as_time_passes() -> None:
    person, on = senior(365, date(2027, 12, 31)), date(2028, 1, 15)
    assert all(gap.eligible_on(person, on + ahead * DAY, Decimal(1), barred=False) for ahead in range(800))


def test_whoever_is_barred_is_eligible_on_no_day_with_the_years_and_with_a_waiver() -> None:
    on = date(2028, 1, 15)
    for person in (senior(365, date(2027, 12, 31)), senior(1, date(2027, 12, 31), gate_waived=True)):
        for ahead in (0, 1, 60):
            assert not gap.eligible_on(person, on + ahead * DAY, Decimal(1), barred=True)
