"""Whatever happens, a project has exactly one accountable senior manager at every moment, and the ledger says who."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chassis.domain.decider import Actor, Command, Refused
from contracts import portfolio
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.projects.domain.ledger import tenures
from services.portfolio.projects.domain.project import accountability, delegation, work
from services.portfolio.projects.domain.project.founding import ProposeProject
from services.portfolio.projects.domain.project.model import Project, ProjectEvent, ProjectFacts, evolve
from services.portfolio.projects.domain.project.rules import PROJECT

CHIEF, SENIOR, OTHER, MANAGER, JUNIOR, SPONSOR = (UUID(int=number) for number in range(1, 7))
MANAGERS = (CHIEF, SENIOR, OTHER, MANAGER, JUNIOR)
MINUTE = timedelta(minutes=1)
PROPOSE = ProposeProject(name="Payroll", summary="", division_id=UUID(int=9), sponsor_id=SPONSOR, accountable_id=SENIOR)
React = Callable[["Company"], Command | None]


@dataclass(frozen=True)
class Member:
    """Somebody as people published them."""

    grade: Grade
    manager: UUID | None
    active: bool = True
    eligible: bool = True


@dataclass
class Company:
    """The persons as portfolio knows them, one project, and the news that its reactions have not applied yet."""

    members: dict[UUID, Member] = field(
        default_factory=lambda: {
            CHIEF: Member(Grade.EXECUTIVE, None),
            SENIOR: Member(Grade.SENIOR_MANAGER, CHIEF),
            OTHER: Member(Grade.SENIOR_MANAGER, CHIEF),
            MANAGER: Member(Grade.MANAGER, SENIOR),
            JUNIOR: Member(Grade.JUNIOR_MANAGER, MANAGER),
            SPONSOR: Member(Grade.STAFF, CHIEF),
        }
    )
    history: list[tuple[ProjectEvent, datetime]] = field(default_factory=list)
    news: deque[React] = field(default_factory=deque)
    now: datetime = datetime(2026, 11, 30, 9, tzinfo=UTC)
    state: Project | None = None

    def known(self, id: UUID | None) -> KnownPerson | None:
        if id is None:
            return None
        member, line = self.members[id], self.line(id)
        return KnownPerson(id, member.grade, member.active, tuple(line), member.eligible)

    def line(self, id: UUID) -> list[UUID]:
        found: list[UUID] = []
        above = self.members[id].manager
        while above is not None and above not in found:
            found.append(above)
            above = self.members[above].manager
        return found

    def facts(self, command: Command, actor: UUID = CHIEF) -> ProjectFacts:
        """What the command table gathers for such a command."""
        named = getattr(command, "accountable_id", None) or (self.state.accountable_id if self.state else None)
        leaver = getattr(command, "leaver_id", None)
        present = self.state.delegation.delegate_id if self.state and self.state.delegation else None
        above = [self.known(id) for id in self.line(leaver)] if leaver else []
        return ProjectFacts(
            Actor(str(actor)),
            self.now,
            UUID(int=100),
            accountable=self.known(named),
            sponsor=self.known(SPONSOR),
            delegate=self.known(getattr(command, "delegate_id", None) or present),
            leaver=self.known(leaver),
            successor=next((each for each in above if each is not None and each.can_answer), None),
            division_open=True,
        )

    def give(self, command: Command) -> None:
        """Carry a command out; what a rule refuses changes nothing."""
        try:
            events = PROJECT.decide(self.state, command, self.facts(command))
        except Refused as refused:
            event(f"refused by {refused.rule}")
            return
        for each in events:
            self.state = evolve(self.state, each)  # type: ignore[arg-type]
            self.history.append((each, self.now))  # type: ignore[arg-type]
            self.check()
            if isinstance(each, portfolio.AccountabilityTransferred) and self.state.delegation is not None:
                delegate_id = self.state.delegation.delegate_id
                assert each.accountable_id in self.line(delegate_id), "a delegate reports to who is accountable"
        self.now += MINUTE

    def check(self) -> None:
        """There is one accountable person, and responsibility by delegation is somebody else's."""
        assert self.state is not None
        assert self.state.accountable_id in self.members
        assert self.state.delegate_id != self.state.accountable_id
        assert self.state.responsible_id == (self.state.delegate_id or self.state.accountable_id)

    def hear(self) -> None:
        """React to the oldest news."""
        if self.news and (command := self.news.popleft()(self)) is not None:
            self.give(command)

    def change(self, id: UUID, **changes: object) -> None:
        """People say something of somebody; a reaction will apply it."""
        before = self.members[id]
        self.members[id] = after = replace(before, **changes)  # type: ignore[arg-type]
        if not after.active:
            self.news += [escalating(id), ending_of(id)]
        elif after.eligible and after.grade in (Grade.SENIOR_MANAGER, Grade.EXECUTIVE):
            self.news.append(resolving)
        else:
            self.news.append(escalating(id))
        if after.manager != before.manager:
            self.news.append(resolving)


def escalating(id: UUID) -> React:
    def react(company: Company) -> Command | None:
        if company.state is None or company.state.ended or company.state.accountable_id != id:
            return None
        return accountability.EscalateAccountability(leaver_id=id, reason="Cannot answer.")

    return react


def ending_of(id: UUID) -> React:
    return lambda _company: delegation.EndDelegationOfLeaver(person_id=id, reason="Left.")


def resolving(company: Company) -> Command | None:
    if company.state is None or company.state.ended or not company.state.unresolved:
        return None
    return accountability.EscalateAccountability(leaver_id=company.state.accountable_id, reason="Somebody new.")


persons, seniors = st.sampled_from(MANAGERS), st.sampled_from((SENIOR, OTHER, CHIEF))
COMMANDS = st.one_of(
    st.builds(accountability.HandOverAccountability, accountable_id=persons, reason=st.just("Yours.")),
    st.builds(
        delegation.OfferDelegation,
        delegate_id=persons,
        until=st.sampled_from([None, date(2026, 11, 30), date(2026, 12, 2)]),
        scope=st.just("All of it."),
    ),
    st.just(delegation.AcceptDelegation()),
    st.just(delegation.DeclineDelegation(reason="No.")),
    st.just(delegation.ReturnDelegation(reason="Too much.")),
    st.just(delegation.RevokeDelegation(reason="Enough.")),
    st.just(delegation.ExpireDelegation()),
    # News that comes late or twice.
    st.builds(accountability.EscalateAccountability, leaver_id=persons, reason=st.just("Left long ago.")),
    st.builds(delegation.EndDelegationOfLeaver, person_id=persons, reason=st.just("Left long ago.")),
)
END = st.just(work.CancelProject(reason="Enough."))
STEPS = st.one_of(
    st.tuples(st.just("give"), COMMANDS),
    st.tuples(st.just("race"), st.tuples(COMMANDS, COMMANDS)),
    st.tuples(st.just("leaves"), persons),
    st.tuples(st.just("comes back"), persons),
    st.tuples(st.just("loses eligibility"), seniors),
    st.tuples(st.just("gains eligibility"), seniors),
    st.tuples(st.just("demoted"), seniors),
    st.tuples(st.just("promoted"), persons),
    st.tuples(st.just("moves"), st.tuples(persons, persons)),
    st.tuples(st.just("hear"), st.none()),
    st.tuples(st.just("a day passes"), st.none()),
)


def step(company: Company, what: str, of: Any) -> None:
    match what, of:
        case "give", command:
            company.give(command)
        case "race", (first, second):
            # Both were decided on the same state; the append takes one, and the other is decided again.
            company.give(first)
            company.give(second)
        case "leaves", UUID() as id:
            company.change(id, active=False)
        case "comes back", UUID() as id:
            company.change(id, active=True)
        case (("loses eligibility" | "gains eligibility"), UUID() as id):
            company.change(id, eligible=what.startswith("gains"))
        case "demoted", UUID() as id:
            company.change(id, grade=Grade.MANAGER)
        case "promoted", UUID() as id:
            company.change(id, grade=Grade.SENIOR_MANAGER)
        case "moves", (UUID() as id, UUID() as below):
            if id != below and id not in company.line(below):
                company.change(id, manager=below)
        case "hear", _:
            company.hear()
        case _:
            company.now += timedelta(days=1)


@settings(max_examples=400)
@given(st.lists(STEPS, max_size=40), st.one_of(st.none(), END))
def test_exactly_one_senior_manager_is_accountable_at_every_moment(
    steps: list[tuple[str, Any]], end: Command | None
) -> None:
    company = Company()
    company.give(PROPOSE)
    for what, of in steps:
        step(company, what, of)
    while company.news:
        company.hear()
    assert company.state is not None
    accountable = company.known(company.state.accountable_id)
    assert accountable is not None
    assert accountable.can_answer or company.state.unresolved, "who cannot answer is known not to"
    if not accountable.can_answer:
        above = [company.known(id) for id in company.line(accountable.id)]
        assert not any(each is not None and each.can_answer for each in above), "it passes up where it can"
    if end is not None:
        company.give(end)
    check_ledger(company)


def check_ledger(company: Company) -> None:
    """At each moment up to the end the ledger has one accountable person, and they are who the state says."""
    found = tenures(company.history)
    accountable = [each for each in found if each.role == "accountable"]
    assert accountable[0].since == company.history[0][1]
    assert all(before.until == after.since for before, after in pairwise(accountable)), "no gap, no overlap"
    assert company.state is not None
    last = accountable[-1]
    if company.state.ended:
        assert last.until == company.history[-1][1]
    else:
        assert (last.until, last.person_id) == (None, company.state.accountable_id)
        assert last.unresolved == company.state.unresolved
    present = [each.person_id for each in found if each.role == "responsible" and each.until is None]
    assert present == ([company.state.delegate_id] if company.state.delegate_id and not company.state.ended else [])


def test_an_end_ends_the_ledger_of_a_project() -> None:
    company = Company()
    for command in (PROPOSE, work.CancelProject(reason="Enough.")):
        company.give(command)
    (only,) = tenures(company.history)
    assert (only.person_id, only.basis, only.until) == (SENIOR, "proposed", company.history[-1][1])


def test_the_ledger_names_how_each_time_of_answering_began() -> None:
    company = Company()
    offer = delegation.OfferDelegation(delegate_id=MANAGER, scope="All of it.")
    for command in (PROPOSE, offer, delegation.AcceptDelegation()):
        company.give(command)
    company.change(SENIOR, active=False)
    company.hear()
    told = [(each.person_id, each.role, each.basis, each.until is None) for each in tenures(company.history)]
    assert told == [
        (SENIOR, "accountable", "proposed", False),
        (MANAGER, "responsible", "delegated", True),
        (CHIEF, "accountable", "escalated", True),
    ]


def test_who_cannot_answer_any_more_is_told_apart_in_the_ledger() -> None:
    company = Company()
    company.give(PROPOSE)
    company.change(CHIEF, active=False)
    company.change(SENIOR, active=False)
    while company.news:
        company.hear()
    told = [(each.person_id, each.basis, each.unresolved) for each in tenures(company.history)]
    assert told == [(SENIOR, "proposed", False), (SENIOR, "unresolved", True)]
    assert isinstance(company.history[-1][0], portfolio.AccountabilityUnresolved)
