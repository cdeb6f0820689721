"""The rules of skills, certificates and education."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor, Forbidden
from contracts import people
from contracts.values import SkillLevel
from services.people.organisation.domain.certificate_scheme import CertificateScheme
from services.people.organisation.domain.line import Above
from services.people.qualifications.commands import QUALIFICATIONS_OF_PERSONS
from services.people.qualifications.domain import certificates, skills
from services.people.qualifications.domain import model as qualifications_model
from services.people.qualifications.domain.education import RecordDegree, VerifyDegree
from services.people.qualifications.domain.notices import ReviewCertificates
from services.people.qualifications.domain.rules import FIRST_DAY, QUALIFICATIONS, QualificationsCommand
from services.people.qualifications.domain.training import CreditTraining
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

ADA, BOSS, EXPERT = UUID(int=1), UUID(int=2), UUID(int=3)
CERTIFICATE, SCHEME, OTHER = UUID(int=10), UUID(int=11), UUID(int=12)
TODAY = date(2026, 11, 22)
AWARDED_ON, EXPIRES_ON = date(2025, 1, 15), date(2028, 1, 15)
RULE = people.RenewalRule(unit="PDU", credits=Decimal(60), period_months=36, minimum_per_year=None)
PMP = CertificateScheme(name="PMP", issuer="PMI", valid_months=36, renewal=RULE, budget_management=False)
DAYS = (90, 30, 7)


def facts(actor: UUID = BOSS, on: date = TODAY, **known: Any) -> qualifications_model.QualificationFacts:
    usual: dict[str, Any] = {"subject": ADA, "employed": True, "line": (Above(BOSS),), "scheme": PMP}
    at = datetime.combine(on, time(12), UTC)
    return qualifications_model.QualificationFacts(actor=Actor(str(actor)), at=at, id=ADA, **(usual | known))


OPENED = qualifications_model.QualificationsOpened(person_id=ADA, effective_on=FIRST_DAY)
RECORDED = qualifications_model.CertificateRecorded(
    certificate_id=CERTIFICATE, scheme_id=SCHEME, number="4711", effective_on=AWARDED_ON, expires_on=EXPIRES_ON
)
AWARDED = people.CertificateAwarded(
    certificate_id=CERTIFICATE, scheme_id=SCHEME, effective_on=AWARDED_ON, expires_on=EXPIRES_ON
)
NOTICES = qualifications_model.NoticeDaysSet(days=DAYS)
HELD: tuple[BaseModel, ...] = (OPENED, RECORDED, AWARDED, NOTICES)
EXPIRED = people.CertificateExpired(certificate_id=CERTIFICATE, scheme_id=SCHEME, effective_on=EXPIRES_ON)
RECORD = certificates.RecordCertificate(
    certificate_id=CERTIFICATE, scheme_id=SCHEME, number="4711", awarded_on=AWARDED_ON
)


def assessed(level: int, on: date = TODAY, skill: str = "ITMG") -> people.SkillAssessed:
    return people.SkillAssessed(skill=skill, level=level, effective_on=on)


def assess(level: int, on: date = TODAY, skill: str = "ITMG") -> skills.AssessSkill:
    return skills.AssessSkill(skill=skill, level=level, effective_on=on)


def expiring(days: int) -> people.CertificateExpiring:
    return people.CertificateExpiring(certificate_id=CERTIFICATE, scheme_id=SCHEME, days=days, expires_on=EXPIRES_ON)


SLIP = "A slip of the pen."


def credits(amount: int, on: date, number: int = 1) -> qualifications_model.CreditsRecorded:
    return qualifications_model.CreditsRecorded(
        credit_id=UUID(int=100 + number),
        certificate_id=CERTIFICATE,
        credits=Decimal(amount),
        what="A course.",
        effective_on=on,
    )


def renew(on: date = TODAY) -> certificates.RenewCertificate:
    return certificates.RenewCertificate(certificate_id=CERTIFICATE, effective_on=on)


def renewed(on: date = TODAY, expires_on: date | None = date(2031, 1, 15)) -> people.CertificateRenewed:
    return people.CertificateRenewed(
        certificate_id=CERTIFICATE, scheme_id=SCHEME, effective_on=on, expires_on=expires_on
    )


def after(*events: BaseModel) -> qualifications_model.Qualifications:
    state = QUALIFICATIONS.fold(events)
    assert state is not None
    return state


# Skills


def test_a_person_claims_a_skill() -> None:
    claimed = qualifications_model.SkillClaimed(skill="ITMG", level=5, effective_on=TODAY)
    claim = skills.ClaimSkill(skill="ITMG", level=5)
    given(QUALIFICATIONS).when(claim, facts(ADA)).then(OPENED, claimed)
    given(QUALIFICATIONS, OPENED, claimed).when(claim, facts(ADA)).then()
    assert after(OPENED, claimed).skills == (qualifications_model.Skill(skill="ITMG", claimed=5),)


def test_a_skill_is_one_however_it_is_capitalised() -> None:
    claimed = qualifications_model.SkillClaimed(skill="Python", level=5, effective_on=TODAY)
    (skill,) = after(OPENED, claimed, assessed(4, skill="PYTHON")).skills
    assert (skill.claimed, skill.level) == (5, 4)


def test_somebody_in_the_line_above_or_hr_assesses_at_any_level() -> None:
    given(QUALIFICATIONS).when(assess(7), facts()).then(OPENED, assessed(7))


def test_assessing_again_on_the_same_day_changes_nothing() -> None:
    given(QUALIFICATIONS, OPENED, assessed(4)).when(assess(4), facts()).then()
    given(QUALIFICATIONS, OPENED, assessed(4)).when(assess(3), facts()).then(assessed(3))


@pytest.mark.parametrize(("own", "may"), [(5, True), (4, False), (3, False)])
def test_an_assessor_outside_the_line_holds_the_skill_at_a_higher_level(own: int, may: bool) -> None:
    asked = who_may(QUALIFICATIONS_OF_PERSONS, OPENED).when(assess(4), facts(EXPERT, assessor_level=own))
    if may:
        asked.then(assessed(4))
    else:
        asked.then_refused("assessor-holds-more")


def test_nobody_assesses_their_own_skills() -> None:
    refused = who_may(QUALIFICATIONS_OF_PERSONS, OPENED).when(assess(4), in_hr(facts(ADA, assessor_level=7)))
    assert isinstance(refused.then_refused("nobody-on-themself"), Forbidden)


def test_assessments_come_in_the_order_of_their_days_and_not_before_them() -> None:
    before, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    given(QUALIFICATIONS, OPENED, assessed(4)).when(assess(5, before), facts()).then_refused("dates-in-order")
    given(QUALIFICATIONS, OPENED).when(assess(5, tomorrow), facts()).then_refused("not-in-the-future")


def correct(level: int, on: date = TODAY) -> skills.CorrectAssessment:
    return skills.CorrectAssessment(skill="ITMG", level=level, effective_on=on, reason=SLIP)


def corrected(on: date, number: int = 1) -> qualifications_model.AssessmentCorrected:
    return qualifications_model.AssessmentCorrected(corrects=number, skill="ITMG", effective_on=on, reason=SLIP)


def dated(on: date, number: int = 1) -> people.EffectiveDayCorrected:
    return people.EffectiveDayCorrected(corrects=number, effective_on=on)


def test_the_last_assessment_of_a_skill_is_corrected_in_its_level_and_day_with_the_reason() -> None:
    before, last = TODAY - timedelta(days=1), qualifications_model.LastAssessment((1,), None)
    known = facts(last_assessment=last)
    given(QUALIFICATIONS, OPENED, assessed(4)).when(correct(4), known).then()
    given(QUALIFICATIONS, OPENED, assessed(4)).when(correct(4, before), known).then(corrected(before), dated(before))
    given(QUALIFICATIONS, OPENED, assessed(4)).when(correct(5), known).then(corrected(TODAY), assessed(5))
    both = given(QUALIFICATIONS, OPENED, assessed(4)).when(correct(5, before), known)
    both.then(corrected(before), dated(before), assessed(5, before))
    state = both.then_state()
    assert isinstance(state, qualifications_model.Qualifications)
    assert [(each.level, each.assessed_on) for each in state.skills] == [(5, before)]
    twice = facts(last_assessment=qualifications_model.LastAssessment((1, 2), None))
    given(QUALIFICATIONS, OPENED, assessed(3), assessed(4)).when(correct(4, before), twice).then(
        corrected(before, 2), dated(before, 1), dated(before, 2)
    )


def test_a_corrected_assessment_is_past_and_not_before_the_one_before_it() -> None:
    first = TODAY - timedelta(days=10)
    known = facts(last_assessment=qualifications_model.LastAssessment((2,), first))
    twice = (OPENED, assessed(3, first), assessed(4))
    given(QUALIFICATIONS, *twice).when(correct(4, first), known).then(corrected(first, 2), dated(first, 2))
    given(QUALIFICATIONS, *twice).when(correct(4, first - timedelta(days=1)), known).then_refused("dates-in-order")
    given(QUALIFICATIONS, *twice).when(correct(4, TODAY + timedelta(days=1)), known).then_refused("not-in-the-future")
    claimed = qualifications_model.SkillClaimed(skill="ITMG", level=5, effective_on=TODAY)
    given(QUALIFICATIONS, OPENED, claimed).when(correct(4), facts()).then_refused("skill-assessed")
    itself = who_may(QUALIFICATIONS_OF_PERSONS, OPENED, assessed(4)).when(correct(5), in_hr(facts(ADA)))
    itself.then_refused("nobody-on-themself")


def test_there_are_two_hundred_skills_at_most() -> None:
    many = [assessed(1, skill=f"S{number}") for number in range(200)]
    given(QUALIFICATIONS, OPENED, *many).when(assess(1), facts()).then_refused("skills-bounded")
    given(QUALIFICATIONS, OPENED, *many).when(skills.ClaimSkill(skill="x", level=1), facts(ADA)).then_refused(
        "skills-bounded"
    )
    given(QUALIFICATIONS, OPENED, *many).when(assess(2, skill="S7"), facts()).then(assessed(2, skill="S7"))


def test_a_skill_is_stale_from_the_day_on_which_its_months_are_over() -> None:
    skill = qualifications_model.Skill(skill="ITMG", level=4, assessed_on=date(2024, 11, 30))
    assert not skills.is_stale(skill, date(2026, 11, 29), 24)
    assert skills.is_stale(skill, date(2026, 11, 30), 24)
    assert skills.is_stale(skill, date(2025, 2, 28), 3), "where a month is too short, on its last day"
    assert not skills.is_stale(qualifications_model.Skill(skill="ITMG", claimed=4), date.max, 1), (
        "what nobody assessed cannot become stale"
    )


def test_somebody_else_who_works_here_is_asked_to_assess_until_it_is_done() -> None:
    ask = skills.RequestAssessment(skill="ITMG", assessor_id=EXPERT)
    asked = qualifications_model.AssessmentRequested(skill="ITMG", assessor_id=EXPERT)
    working = facts(ADA, assessor_employed=True)
    given(QUALIFICATIONS).when(ask, working).then(OPENED, asked)
    given(QUALIFICATIONS, OPENED, asked).when(ask, working).then()
    given(QUALIFICATIONS).when(ask, facts(ADA)).then_refused("assessor-employed")
    themself = skills.RequestAssessment(skill="ITMG", assessor_id=ADA)
    given(QUALIFICATIONS).when(themself, working).then_refused("assessor-is-another")
    assert after(OPENED, asked).assessment_requests
    assert not after(OPENED, asked, assessed(3)).assessment_requests


def test_who_was_asked_longest_ago_is_let_go() -> None:
    asked = [
        qualifications_model.AssessmentRequested(skill="ITMG", assessor_id=UUID(int=number)) for number in range(21)
    ]
    assert [each.assessor_id.int for each in after(OPENED, *asked).assessment_requests] == list(range(1, 21))


def test_who_does_not_work_here_gains_no_qualifications() -> None:
    given(QUALIFICATIONS).when(assess(4), facts(employed=False)).then_refused("person-employed")


# Certificates


def test_a_certificate_somebody_records_of_themself_waits_to_be_verified() -> None:
    given(QUALIFICATIONS).when(RECORD, facts(ADA)).then(OPENED, RECORDED, NOTICES)
    assert after(OPENED, RECORDED).certificates[0].status is qualifications_model.CertificateStatus.RECORDED
    assert after(OPENED, RECORDED).held(SCHEME) is None


def test_a_certificate_recorded_by_somebody_else_is_held_at_once() -> None:
    given(QUALIFICATIONS).when(RECORD, facts()).then(OPENED, RECORDED, AWARDED, NOTICES)
    assert after(*HELD).held(SCHEME) is not None


def test_recording_it_again_changes_nothing_and_another_one_under_its_id_is_refused() -> None:
    given(QUALIFICATIONS, *HELD).when(RECORD, facts()).then()
    other = RECORD.model_copy(update={"number": "4712"})
    given(QUALIFICATIONS, *HELD).when(other, facts()).then_refused("certificate-known")


def test_a_certificate_of_a_scheme_without_end_never_expires() -> None:
    ever = PMP.but(valid_months=None, renewal=None)
    state = given(QUALIFICATIONS).when(RECORD, facts(scheme=ever)).then_state()
    assert isinstance(state, qualifications_model.Qualifications)
    assert state.certificates[0].expires_on is None
    assert QUALIFICATIONS.due_at(state) is None


@pytest.mark.parametrize(("scheme", "rule"), [(None, "scheme-unknown"), (PMP.but(retired=True), "scheme-retired")])
def test_a_certificate_is_of_a_scheme_that_is_open(scheme: CertificateScheme | None, rule: str) -> None:
    given(QUALIFICATIONS).when(RECORD, facts(scheme=scheme)).then_refused(rule)
    given(QUALIFICATIONS, *HELD).when(renew(), facts(scheme=scheme)).then_refused(rule)


def test_a_certificate_is_not_recorded_before_it_is_awarded() -> None:
    early = RECORD.model_copy(update={"awarded_on": TODAY + timedelta(days=1)})
    given(QUALIFICATIONS).when(early, facts()).then_refused("not-in-the-future")


def test_there_is_one_certificate_of_a_scheme_at_a_time() -> None:
    another = RECORD.model_copy(update={"certificate_id": OTHER})
    for before in (HELD, (OPENED, RECORDED)):
        given(QUALIFICATIONS, *before).when(another, facts()).then_refused("one-certificate-of-a-scheme")
    state = given(QUALIFICATIONS, *HELD, EXPIRED).when(another, facts(on=EXPIRES_ON)).then_state()
    assert isinstance(state, qualifications_model.Qualifications)
    assert [each.status for each in state.certificates] == [
        qualifications_model.CertificateStatus.EXPIRED,
        qualifications_model.CertificateStatus.HELD,
    ]


def test_there_are_a_hundred_certificates_at_most() -> None:
    many = [
        RECORDED.model_copy(update={"certificate_id": UUID(int=n), "scheme_id": UUID(int=n)}) for n in range(200, 300)
    ]
    given(QUALIFICATIONS, OPENED, *many).when(RECORD, facts()).then_refused("certificates-bounded")


def test_somebody_else_verifies_a_certificate_once() -> None:
    verify = certificates.VerifyCertificate(certificate_id=CERTIFICATE)
    given(QUALIFICATIONS, OPENED, RECORDED, NOTICES).when(verify, facts()).then(AWARDED)
    given(QUALIFICATIONS, *HELD).when(verify, facts()).then()
    who_may(QUALIFICATIONS_OF_PERSONS, OPENED, RECORDED).when(verify, in_hr(facts(ADA))).then_refused(
        "nobody-on-themself"
    )
    given(QUALIFICATIONS, OPENED).when(verify, facts()).then_refused("certificate-unknown")


def test_credits_are_recorded_once_and_in_the_term() -> None:
    record = certificates.RecordCredits(
        credit_id=UUID(int=101), certificate_id=CERTIFICATE, earned_on=TODAY, credits=Decimal(8), what="A course."
    )
    given(QUALIFICATIONS, *HELD).when(record, facts(ADA)).then(credits(8, TODAY))
    given(QUALIFICATIONS, *HELD, credits(8, TODAY)).when(record, facts(ADA)).then()
    more = record.model_copy(update={"credits": Decimal(9)})
    given(QUALIFICATIONS, *HELD, credits(8, TODAY)).when(more, facts(ADA)).then_refused("credits-known")
    before = record.model_copy(update={"earned_on": AWARDED_ON - timedelta(days=1)})
    given(QUALIFICATIONS, *HELD).when(before, facts(ADA)).then_refused("credits-in-term")
    later = record.model_copy(update={"earned_on": EXPIRES_ON})
    given(QUALIFICATIONS, *HELD).when(later, facts(ADA)).then_refused("not-in-the-future")
    given(QUALIFICATIONS, *HELD).when(later, facts(ADA, EXPIRES_ON)).then_refused("credits-in-term")


def test_credits_that_were_recorded_wrongly_are_corrected_in_the_term_or_struck_out() -> None:
    def asked(amount: int, on: date, number: int = 1) -> certificates.CorrectCredits:
        told = {"credit_id": UUID(int=100 + number), "certificate_id": CERTIFICATE, "reason": SLIP}
        return certificates.CorrectCredits(earned_on=on, credits=Decimal(amount), **told)

    def told(amount: int, on: date, since: date) -> qualifications_model.CreditsCorrected:
        return qualifications_model.CreditsCorrected(**vars(asked(amount, on)), effective_on=since)

    before, day = (*HELD, credits(8, TODAY)), TODAY - timedelta(days=1)
    given(QUALIFICATIONS, *before).when(asked(8, TODAY), facts(ADA)).then()
    given(QUALIFICATIONS, *before).when(asked(9, day), facts(ADA)).then(told(9, day, day))
    given(QUALIFICATIONS, *HELD, credits(8, day)).when(asked(8, TODAY), facts(ADA)).then(told(8, TODAY, day))
    (certificate,) = after(*before, told(9, day, day)).certificates
    assert [(each.credits, each.earned_on) for each in certificate.credits] == [(Decimal(9), day)]
    (certificate,) = after(*before, told(0, TODAY, TODAY)).certificates
    assert certificate.credits == ()
    given(QUALIFICATIONS, *before).when(asked(9, TODAY, 2), facts(ADA)).then_refused("credits-unknown")
    early = asked(8, AWARDED_ON - timedelta(days=1))
    given(QUALIFICATIONS, *before).when(early, facts(ADA)).then_refused("credits-in-term")


def test_there_are_three_hundred_entries_of_credits_in_a_term_at_most() -> None:
    many = [credits(1, TODAY, number) for number in range(300)]
    record = certificates.RecordCredits(
        credit_id=OTHER, certificate_id=CERTIFICATE, earned_on=TODAY, credits=Decimal(1), what="One."
    )
    given(QUALIFICATIONS, *HELD, *many).when(record, facts(ADA)).then_refused("credits-bounded")


def test_a_certificate_is_renewed_for_the_term_after_this_one_once_its_credits_are_earned() -> None:
    given(QUALIFICATIONS, *HELD, credits(60, TODAY)).when(renew(), facts()).then(renewed())
    certificate = after(*HELD, credits(60, TODAY), renewed()).certificates[0]
    assert (certificate.starts_on, certificate.expires_on, certificate.credits) == (EXPIRES_ON, date(2031, 1, 15), ())


def test_a_renewal_says_how_many_credits_are_missing() -> None:
    refused = given(QUALIFICATIONS, *HELD, credits(48, TODAY)).when(renew(), facts()).then_refused("credits-met")
    assert "12 PDU" in refused.detail


def test_a_renewal_says_how_many_credits_are_missing_in_which_year() -> None:
    yearly = PMP.but(renewal=RULE.model_copy(update={"minimum_per_year": Decimal(20)}))
    earned = (credits(50, AWARDED_ON), credits(15, TODAY, 2))
    asked = given(QUALIFICATIONS, *HELD, *earned).when(renew(), facts(scheme=yearly))
    detail = asked.then_refused("credits-met").detail
    assert detail == (
        "25 PDU are missing to renew: 5 of them in the year from 2026-01-15; 20 of them in the year from 2027-01-15."
    )


def test_no_credits_are_asked_for_in_years_after_the_end_of_a_certificate_whose_scheme_has_a_longer_period() -> None:
    longer = PMP.but(
        valid_months=60, renewal=RULE.model_copy(update={"period_months": 60, "minimum_per_year": Decimal(10)})
    )
    earned = [credits(20, AWARDED_ON + timedelta(days=400 * year), year + 1) for year in range(3)]
    on = EXPIRES_ON - timedelta(days=1)
    given(QUALIFICATIONS, *HELD, *earned).when(renew(on), facts(on=on, scheme=longer)).then(
        renewed(on, date(2033, 1, 15))
    )
    two = given(QUALIFICATIONS, *HELD, *earned[:2]).when(renew(on), facts(on=on, scheme=longer))
    assert two.then_refused("credits-met").detail.count("in the year from") == 1


def test_a_certificate_is_renewed_once_in_a_term() -> None:
    given(QUALIFICATIONS, *HELD, renewed()).when(renew(), facts()).then_refused("renewed-in-term")


def test_a_renewal_in_time_that_is_told_of_later_undoes_the_end() -> None:
    free, late = PMP.but(renewal=None), EXPIRES_ON + timedelta(days=9)
    told = facts(on=late, scheme=free)
    last = EXPIRES_ON - timedelta(days=1)
    given(QUALIFICATIONS, *HELD, EXPIRED).when(renew(last), told).then(renewed(last))
    assert after(*HELD, EXPIRED, renewed(last)).held(SCHEME) is not None
    given(QUALIFICATIONS, *HELD, EXPIRED).when(renew(EXPIRES_ON), told).then_refused("renewed-in-term")
    another = RECORDED.model_copy(update={"certificate_id": OTHER, "effective_on": EXPIRES_ON})
    given(QUALIFICATIONS, *HELD, EXPIRED, another).when(renew(last), told).then_refused("one-certificate-of-a-scheme")


def test_nobody_renews_their_own_certificate() -> None:
    who_may(QUALIFICATIONS_OF_PERSONS, *HELD, credits(60, TODAY)).when(renew(), in_hr(facts(ADA))).then_refused(
        "nobody-on-themself"
    )


def test_what_is_not_held_or_lasts_for_ever_is_not_renewed() -> None:
    given(QUALIFICATIONS, OPENED, RECORDED).when(renew(), facts()).then_refused("certificate-held")
    ever = RECORDED.model_copy(update={"expires_on": None})
    given(QUALIFICATIONS, OPENED, ever, AWARDED).when(renew(), facts()).then_refused("certificate-held")


REVOKE = certificates.RevokeCertificate(certificate_id=CERTIFICATE, reason="Forged.", effective_on=TODAY)
REVOKED = people.CertificateRevoked(certificate_id=CERTIFICATE, scheme_id=SCHEME, effective_on=TODAY)


def test_a_certificate_is_revoked_and_only_people_knows_why() -> None:
    why = qualifications_model.CertificateRevocationExplained(certificate_id=CERTIFICATE, reason="Forged.")
    given(QUALIFICATIONS, *HELD).when(REVOKE, facts()).then(REVOKED, why)
    given(QUALIFICATIONS, *HELD, REVOKED, why).when(REVOKE, facts()).then()
    assert after(*HELD, REVOKED, why).held(SCHEME) is None


def test_what_nobody_verified_is_struck_out_and_nobody_hears_of_it() -> None:
    rejected = qualifications_model.CertificateRejected(certificate_id=CERTIFICATE, reason="Forged.")
    given(QUALIFICATIONS, OPENED, RECORDED, NOTICES).when(REVOKE, facts()).then(rejected)
    assert after(OPENED, RECORDED, rejected).certificates == ()


def test_what_is_over_is_not_revoked() -> None:
    given(QUALIFICATIONS, *HELD, EXPIRED).when(REVOKE, facts()).then_refused("certificate-held")
    before = REVOKE.model_copy(update={"effective_on": AWARDED_ON - timedelta(days=1)})
    given(QUALIFICATIONS, *HELD).when(before, facts()).then_refused("certificate-held")
    who_may(QUALIFICATIONS_OF_PERSONS, *HELD).when(REVOKE, in_hr(facts(ADA))).then_refused("nobody-on-themself")


def test_a_certificate_is_revoked_before_the_term_it_was_renewed_for_begins() -> None:
    why = qualifications_model.CertificateRevocationExplained(certificate_id=CERTIFICATE, reason="Forged.")
    given(QUALIFICATIONS, *HELD, renewed()).when(REVOKE, facts()).then(REVOKED, why)


# Notices and the end


def review(*before: BaseModel, days_before: int, notices: tuple[int, ...] = DAYS) -> Any:
    on = EXPIRES_ON - timedelta(days=days_before)
    return given(QUALIFICATIONS, *before).when(ReviewCertificates(), facts(on=on, notice_days=notices))


def test_notice_is_given_on_its_day_and_once() -> None:
    review(*HELD, days_before=91).then()
    review(*HELD, days_before=90).then(expiring(90))
    review(*HELD, expiring(90), days_before=31).then()
    review(*HELD, expiring(90), days_before=30).then(expiring(30))
    review(*HELD, expiring(90), expiring(30), days_before=7).then(expiring(7))
    review(*HELD, expiring(90), expiring(30), expiring(7), days_before=1).then()


def test_a_certificate_expires_on_its_day() -> None:
    review(*HELD, expiring(7), days_before=0).then(EXPIRED)
    review(*HELD, expiring(7), EXPIRED, days_before=0).then()


def test_after_a_stop_only_the_nearest_notice_is_given_and_after_the_end_none() -> None:
    review(*HELD, days_before=20).then(expiring(30))
    review(*HELD, expiring(30), days_before=7).then(expiring(7))
    review(*HELD, days_before=-3).then(EXPIRED)


def test_after_a_renewal_notice_is_given_anew() -> None:
    later = date(2031, 1, 15)
    after_renewal = facts(on=later - timedelta(days=90))
    given(QUALIFICATIONS, *HELD, expiring(7), renewed()).when(ReviewCertificates(), after_renewal).then(
        expiring(90).model_copy(update={"expires_on": later})
    )


def test_notice_follows_the_policy() -> None:
    review(*HELD, days_before=60, notices=(60,)).then(qualifications_model.NoticeDaysSet(days=(60,)), expiring(60))
    review(OPENED, days_before=60, notices=(60,)).then()


def test_nothing_falls_due_of_what_is_not_held() -> None:
    for before in ((OPENED, RECORDED, NOTICES), (*HELD, EXPIRED), (*HELD, REVOKED)):
        assert QUALIFICATIONS.due_at(after(*before)) is None


@pytest.mark.parametrize(("given_before", "days"), [((), 90), ((90,), 30), ((30,), 7), ((7,), 0)])
def test_the_next_notice_or_the_end_falls_due_at_midnight_of_its_day(given_before: tuple[int, ...], days: int) -> None:
    due = QUALIFICATIONS.due_at(after(*HELD, *map(expiring, given_before)))
    assert due == datetime.combine(EXPIRES_ON - timedelta(days=days), time(), UTC)


# Training

PASSED = CreditTraining(
    reference=UUID(int=50), skills=(SkillLevel(skill="ITMG", level=4),), scheme_id=SCHEME, effective_on=TODAY
)
BY_TRAINING = uuid5(PASSED.reference, str(SCHEME))


def test_a_training_that_was_passed_gives_its_skills_and_its_certificate() -> None:
    recorded = qualifications_model.CertificateRecorded(
        certificate_id=BY_TRAINING, scheme_id=SCHEME, number=None, effective_on=TODAY, expires_on=date(2029, 11, 22)
    )
    awarded = people.CertificateAwarded(
        certificate_id=BY_TRAINING, scheme_id=SCHEME, effective_on=TODAY, expires_on=date(2029, 11, 22)
    )
    given(QUALIFICATIONS).when(PASSED, facts(employed=False)).then(OPENED, assessed(4), recorded, awarded, NOTICES)
    given(QUALIFICATIONS, OPENED, assessed(4), recorded, awarded, NOTICES).when(PASSED, facts()).then()


@pytest.mark.parametrize(
    ("level", "on", "gains"),
    [
        (5, TODAY - timedelta(days=900), False),
        (4, TODAY - timedelta(days=900), True),
        (3, TODAY - timedelta(days=900), True),
        (3, TODAY + timedelta(days=1), False),
    ],
)
def test_a_training_never_lowers_a_skill_and_refreshes_it_at_its_level(level: int, on: date, gains: bool) -> None:
    training = PASSED.model_copy(update={"scheme_id": None})
    expected = [assessed(4)] if gains else []
    given(QUALIFICATIONS, OPENED, assessed(level, on)).when(training, facts()).then(*expected)


def test_of_a_skill_trained_twice_the_higher_level_counts() -> None:
    twice = (SkillLevel(skill="itmg", level=2), SkillLevel(skill="ITMG", level=4), SkillLevel(skill="ITMG", level=3))
    training = PASSED.model_copy(update={"skills": twice, "scheme_id": None})
    given(QUALIFICATIONS, OPENED).when(training, facts()).then(assessed(4))


def test_a_training_gives_no_certificate_of_a_retired_or_unknown_scheme() -> None:
    training = PASSED.model_copy(update={"skills": ()})
    for scheme in (None, PMP.but(retired=True)):
        given(QUALIFICATIONS, OPENED).when(training, facts(scheme=scheme)).then()
        given(QUALIFICATIONS).when(training, facts(scheme=scheme)).then(OPENED)


def test_a_training_verifies_a_recorded_certificate_and_renews_one_that_asks_for_no_credits() -> None:
    training = PASSED.model_copy(update={"skills": ()})
    given(QUALIFICATIONS, OPENED, RECORDED, NOTICES).when(training, facts()).then(AWARDED)
    given(QUALIFICATIONS, *HELD).when(training, facts()).then()
    free = facts(scheme=PMP.but(renewal=None))
    given(QUALIFICATIONS, *HELD).when(training, free).then(renewed())
    given(QUALIFICATIONS, *HELD, renewed()).when(training, free).then()


# Education

DEGREE = RecordDegree(degree_id=UUID(int=60), title="MSc", institution="NTNU", field="Informatics", year=2001)
HAS_DEGREE = qualifications_model.DegreeRecorded(**vars(DEGREE), recorded_by=(str(ADA),))


def test_a_degree_is_recorded_once() -> None:
    given(QUALIFICATIONS).when(DEGREE, facts(ADA)).then(OPENED, HAS_DEGREE)
    given(QUALIFICATIONS, OPENED, HAS_DEGREE).when(DEGREE, facts(ADA)).then()
    other = DEGREE.model_copy(update={"title": "PhD"})
    given(QUALIFICATIONS, OPENED, HAS_DEGREE).when(other, facts(ADA)).then_refused("degree-known")


def test_whoever_recorded_a_degree_does_not_verify_it() -> None:
    by_boss = HAS_DEGREE.model_copy(update={"recorded_by": (str(BOSS),)})
    verify = VerifyDegree(degree_id=DEGREE.degree_id)
    verified = qualifications_model.DegreeVerified(degree_id=DEGREE.degree_id)
    recorded = who_may(QUALIFICATIONS_OF_PERSONS, OPENED, by_boss)
    recorded.when(verify, in_hr(facts(BOSS))).then_refused("recorder-does-not-verify")
    recorded.when(verify, in_hr(facts(BOSS, four_eyes=False))).then(verified)
    recorded.when(verify, in_hr(facts(EXPERT))).then(verified)


def test_a_degree_is_not_recorded_before_its_year() -> None:
    next_year = DEGREE.model_copy(update={"year": TODAY.year + 1})
    given(QUALIFICATIONS).when(next_year, facts(ADA)).then_refused("not-in-the-future")


def test_there_are_twenty_degrees_at_most() -> None:
    many = [HAS_DEGREE.model_copy(update={"degree_id": UUID(int=number)}) for number in range(200, 220)]
    given(QUALIFICATIONS, OPENED, *many).when(DEGREE, facts(ADA)).then_refused("education-bounded")


def test_somebody_else_verifies_a_degree_once() -> None:
    verify, verified = (
        VerifyDegree(degree_id=DEGREE.degree_id),
        qualifications_model.DegreeVerified(degree_id=DEGREE.degree_id),
    )
    given(QUALIFICATIONS, OPENED, HAS_DEGREE).when(verify, facts()).then(verified)
    given(QUALIFICATIONS, OPENED, HAS_DEGREE, verified).when(verify, facts()).then()
    who_may(QUALIFICATIONS_OF_PERSONS, OPENED, HAS_DEGREE).when(verify, in_hr(facts(ADA))).then_refused(
        "nobody-on-themself"
    )
    given(QUALIFICATIONS, OPENED).when(verify, facts()).then_refused("degree-unknown")


def test_what_is_known_of_a_person_goes_back_to_before_they_came() -> None:
    commands: list[QualificationsCommand] = [RECORD, DEGREE, assess(3), PASSED]
    for command in commands:
        (first, *_) = QUALIFICATIONS.decide(None, command, facts())
        assert first == OPENED
