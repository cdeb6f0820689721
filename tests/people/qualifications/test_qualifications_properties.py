"""Qualifications, whatever happens: credits against an oracle, notices and ends however time jumps."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import BaseModel

from chassis.domain.decider import Actor, Refused
from contracts import people
from services.people.organisation.domain.certificate_scheme import CertificateScheme
from services.people.organisation.domain.line import Above
from services.people.qualifications.domain import model as qualifications_model
from services.people.qualifications.domain.certificates import RecordCertificate, RenewCertificate, RevokeCertificate
from services.people.qualifications.domain.credits import shortfall
from services.people.qualifications.domain.notices import ReviewCertificates
from services.people.qualifications.domain.rules import QUALIFICATIONS, QualificationsCommand
from tests.examples import examples

DAY = timedelta(days=1)
ADA, BOSS, SCHEME, CERTIFICATE = (UUID(int=number) for number in range(1, 5))
START = date(2026, 3, 1)


def years_after(on: date, years: int) -> date:
    """The same day of another year; 28 February where it has no 29th."""
    try:
        return on.replace(year=on.year + years)
    except ValueError:
        return on.replace(year=on.year + years, day=28)


AWARDS = st.dates(date(2020, 1, 1), date(2026, 1, 1)) | st.just(date(2024, 2, 29))
EARNED = st.lists(st.tuples(st.integers(-30, 1500), st.integers(1, 80)), max_size=12)


@settings(deadline=None)
@given(AWARDS, EARNED, st.integers(1, 3), st.integers(0, 30), st.integers(0, 1200))
def test_credits_count_in_their_year_and_period_once_as_counted_day_by_day(
    awarded_on: date, earned: Sequence[tuple[int, int]], years: int, minimum: int, on_day: int
) -> None:
    expires_on, on = years_after(awarded_on, years), awarded_on + on_day * DAY
    rule = people.RenewalRule(
        unit="CPE",
        credits=Decimal(max(1, minimum * years, 60)),
        period_months=12 * years,
        minimum_per_year=Decimal(minimum) if minimum else None,
    )
    days = [(awarded_on + offset * DAY, amount) for offset, amount in earned]
    certificate = qualifications_model.Certificate(
        certificate_id=CERTIFICATE,
        scheme_id=SCHEME,
        number=None,
        awarded_on=awarded_on,
        starts_on=awarded_on,
        expires_on=expires_on,
        credits=tuple(
            qualifications_model.Credit(credit_id=UUID(int=number), earned_on=day, credits=Decimal(amount), what="x")
            for number, (day, amount) in enumerate(days)
        ),
    )
    bins = [0] * years
    for day, amount in days:
        for year in range(years):
            first, last = years_after(awarded_on, year), years_after(awarded_on, year + 1) - DAY
            if first <= day <= min(last, on):
                bins[year] += amount
    short = [max(0, minimum - got) for got in bins]
    missing = max(0, int(rule.credits) - sum(bins), sum(short))
    found = shortfall(certificate, rule, on)
    event(f"renewable: {missing == 0}")
    assert found.credits == missing
    assert dict(found.years) == {years_after(awarded_on, year): lack for year, lack in enumerate(short) if lack}
    assert bool(found) == (missing > 0)


def test_credits_of_an_anniversary_count_in_the_year_that_begins_and_those_of_the_end_in_none() -> None:
    rule = people.RenewalRule(unit="CPE", credits=Decimal(20), period_months=24, minimum_per_year=Decimal(10))

    def missing(earned_on: date) -> dict[date, Decimal]:
        credit = qualifications_model.Credit(credit_id=ADA, earned_on=earned_on, credits=Decimal(10), what="x")
        certificate = qualifications_model.Certificate(
            certificate_id=CERTIFICATE,
            scheme_id=SCHEME,
            number=None,
            awarded_on=START,
            starts_on=START,
            expires_on=years_after(START, 2),
            credits=(credit,),
        )
        return dict(shortfall(certificate, rule, date.max).years)

    first, second = START, years_after(START, 1)
    assert missing(second - DAY) == {second: 10}
    assert missing(second) == {first: 10}
    assert missing(years_after(START, 2)) == {first: 10, second: 10}


class Term(BaseModel):
    """What a test saw happen in one term of a certificate."""

    end: date
    notices: list[int] = []
    ended: date | None = None


class Notices(RuleBasedStateMachine):
    """A certificate while the days go by: reviewed when it falls due, sometimes much later, and renewed or revoked."""

    @initialize(
        months=st.sampled_from([1, 3, 6, 36]), days=st.lists(st.integers(1, 366), min_size=1, max_size=4, unique=True)
    )
    def awarded(self, months: int, days: list[int]) -> None:
        self.today, self.days = START, tuple(days)
        self.scheme = CertificateScheme(
            name="CSM", issuer="SA", valid_months=months, renewal=None, budget_management=False
        )
        self.state: qualifications_model.Qualifications | None = None
        self.terms: list[Term] = []
        self.revoked = False
        self.ask(RecordCertificate(certificate_id=CERTIFICATE, scheme_id=SCHEME, awarded_on=START))
        assert self.certificate.expires_on is not None
        self.terms.append(Term(end=self.certificate.expires_on))

    @property
    def certificate(self) -> qualifications_model.Certificate:
        assert self.state is not None
        return self.state.certificates[0]

    def ask(self, command: QualificationsCommand) -> None:
        known: dict[str, Any] = {"subject": ADA, "employed": True, "line": (Above(BOSS),)}
        facts = qualifications_model.QualificationFacts(
            actor=Actor(str(BOSS)),
            at=datetime.combine(self.today, time(9), UTC),
            id=ADA,
            scheme=self.scheme,
            notice_days=self.days,
            **known,
        )
        events = QUALIFICATIONS.decide(self.state, command, facts)
        if isinstance(command, ReviewCertificates):
            assert events, "a deadline whose command changes nothing is due for ever"
        for each in events:
            self.saw(each)
        self.state = QUALIFICATIONS.fold(events, self.state)

    def refusal(self, command: QualificationsCommand) -> str | None:
        """The rule that refuses it, if any does."""
        try:
            self.ask(command)
        except Refused as refused:
            return refused.rule
        return None

    def saw(self, each: BaseModel) -> None:
        match each:
            case people.CertificateExpiring(days=days, expires_on=end):
                term = self.terms[-1]
                assert end == term.end
                assert term.ended is None, "no notice after the end"
                assert self.today < end
                assert end - days * DAY <= self.today, "not before its day"
                assert not [d for d in self.days if d < days and end - d * DAY <= self.today], "the nearest one"
                term.notices.append(days)
            case people.CertificateExpired(effective_on=on):
                assert self.terms[-1].ended is None
                assert on == self.terms[-1].end <= self.today
                self.terms[-1].ended = on
            case people.CertificateRenewed(expires_on=end):
                assert end is not None
                self.terms.append(Term(end=end))
            case people.CertificateRevoked():
                self.revoked = True

    @rule(days=st.sampled_from([0, 1, 2, 7, 23, 30, 60, 90, 400]))
    def time_passes_while_nobody_looks(self, days: int) -> None:
        self.today += days * DAY

    @rule()
    def everything_due_is_done(self) -> None:
        for _ in range(20):
            assert self.state is not None
            due = QUALIFICATIONS.due_at(self.state)
            if due is None or due.date() > self.today:
                return
            self.ask(ReviewCertificates())
        raise AssertionError("it never ends")

    @rule(days=st.integers(0, 366))
    def time_passes_to_the_next_deadline(self, days: int) -> None:
        assert self.state is not None
        due = QUALIFICATIONS.due_at(self.state)
        if due is not None:
            self.today = max(self.today, due.date() + days * DAY)

    @precondition(lambda self: self.certificate.status is not qualifications_model.CertificateStatus.REVOKED)
    @rule()
    def it_is_renewed_if_it_may_be(self) -> None:
        asked = RenewCertificate(certificate_id=CERTIFICATE, effective_on=self.today)
        assert self.refusal(asked) in (None, "renewed-in-term")

    @precondition(
        lambda self: self.certificate.status is qualifications_model.CertificateStatus.HELD and len(self.terms) > 2
    )
    @rule()
    def it_is_revoked(self) -> None:
        asked = RevokeCertificate(certificate_id=CERTIFICATE, reason="Why.", effective_on=self.today)
        assert self.refusal(asked) in (None, "certificate-held")

    @rule(days=st.lists(st.integers(1, 366), min_size=1, max_size=4, unique=True))
    def the_policy_changes(self, days: list[int]) -> None:
        if tuple(days) != self.days:
            self.days = tuple(days)
            self.ask(ReviewCertificates())

    @invariant()
    def notices_come_once_each_and_nearer_to_the_end(self) -> None:
        for term in self.terms:
            assert term.notices == sorted(set(term.notices), reverse=True)

    @invariant()
    def nothing_is_due_once_it_is_over(self) -> None:
        if self.certificate.status in (
            qualifications_model.CertificateStatus.EXPIRED,
            qualifications_model.CertificateStatus.REVOKED,
        ):
            assert self.state is not None
            assert QUALIFICATIONS.due_at(self.state) is None


TestNotices = Notices.TestCase
TestNotices.settings = settings(deadline=None, max_examples=examples(60), stateful_step_count=30)
