"""Whole lives of projects: some told, many generated."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import BaseModel

from chassis.domain.decider import SYSTEM, NotFound, Refused
from contracts import portfolio
from contracts.roles import Role
from contracts.values import Grade, Money
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project import delegation, specification, work
from services.portfolio.projects.domain.project import model as project_model
from services.portfolio.projects.domain.project.accountability import EscalateAccountability, HandOverAccountability
from services.portfolio.projects.domain.project.founding import VERDICT_GAP
from services.portfolio.projects.domain.project.rules import PROJECT, ProjectCommand
from tests.examples import examples
from tests.portfolio.projects.story import (
    ACCEPTED,
    APPROVED,
    ASKED,
    BOARD,
    CANCELLED,
    CHIEF,
    CLOSE,
    CLOSED,
    CLOSING,
    CRITERIA,
    FUNDED,
    HELD,
    HISTORIES,
    MANAGER,
    OFFER,
    OFFERED,
    OTHER,
    PLAN,
    PROPOSE,
    PROPOSED,
    RECOVERY,
    RESPECIFIED,
    SENIOR,
    SIGNED,
    SPECIFIED,
    SPONSOR,
    STARTED,
    TODAY,
    TOMORROW,
    VERDICTS,
    WRITE,
    YESTERDAY,
    chief,
    facts,
    manager,
    other,
    senior,
    take_over,
    taken_over,
)

START = work.StartProject(effective_on=STARTED.effective_on)


def live(*steps: tuple[ProjectCommand, project_model.ProjectFacts]) -> tuple[project_model.Project, list[BaseModel]]:
    """The project and its events after these steps, none of which may be refused or change nothing."""
    state: project_model.Project | None = None
    events: list[BaseModel] = []
    for command, known in steps:
        decided = PROJECT.decide(state, command, known)
        assert decided, f"{command!r} changed nothing"
        state = PROJECT.fold(decided, state)
        events.extend(decided)
    assert state is not None
    return state, events


def names(events: Sequence[BaseModel]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_project_lives_from_its_proposal_to_its_success() -> None:
    project, events = live(
        (PROPOSE, facts(SENIOR)),
        (WRITE, facts(SENIOR)),
        (specification.SignSpecification(version=1), facts(SPONSOR)),
        (specification.ApproveProject(), facts(CHIEF)),
        (specification.ReturnToSpecification(reason="too much"), facts()),
        (WRITE.model_copy(update={"scope": "Half the payslips"}), facts(SENIOR)),
        (specification.SignSpecification(version=2), facts(SPONSOR)),
        (specification.ApproveProject(), facts(CHIEF)),
        (specification.ConfirmFunding(granted=ASKED), facts()),
        (START, facts(SENIOR)),
        (OFFER, facts(SENIOR)),
        (delegation.AcceptDelegation(), facts(MANAGER)),
        (
            work.ReportProgress(
                as_of=YESTERDAY, percent_complete=Decimal(50), health=portfolio.Health.AT_RISK, recovery=RECOVERY
            ),
            facts(MANAGER),
        ),
        (work.PutProjectOnHold(reason="winter"), facts(MANAGER)),
        (work.ResumeProject(), facts(MANAGER)),
        (EscalateAccountability(leaver_id=SENIOR, reason="left"), facts(successor=chief)),
        (work.BeginClosing(), facts(MANAGER)),
        (CLOSE, facts(CHIEF)),
    )
    assert (project.stage, project.outcome, project.accountable_id) == (
        portfolio.Stage.CLOSED,
        portfolio.Outcome.SUCCEEDED,
        CHIEF,
    )
    assert (project.approved_version, project.granted, project.plan) == (2, ASKED, PLAN)
    assert (project.delegation, project.responsible_id) == (None, CHIEF)
    assert names(events)[-3:] == ["ProjectClosing", "DelegationEnded", "ProjectClosed"]


def test_a_project_taken_over_in_progress_lives_to_its_failure() -> None:
    missed = (VERDICTS[0], portfolio.Verdict(criterion="no paper", met=False, evidence="piles"))
    failed = CLOSE.model_copy(update={"outcome": portfolio.Outcome.FAILED, "verdicts": missed})
    project, _ = live(
        (take_over(accountable_id=None, gaps=("no sponsor",)), facts()),
        (HandOverAccountability(accountable_id=OTHER, reason="found"), facts(accountable=other)),
        (work.ReportProgress(as_of=TODAY, note="as found"), facts(OTHER)),
        (work.BeginClosing(), facts(OTHER)),
        (failed, facts(OTHER)),
    )
    assert (project.stage, project.outcome, project.gaps) == (
        portfolio.Stage.CLOSED,
        portfolio.Outcome.FAILED,
        ("no sponsor",),
    )


def test_a_project_taken_over_as_approved_lives_to_its_end_elsewhere() -> None:
    project, events = live(
        (take_over(stage=portfolio.Stage.APPROVED), facts()),
        (START, facts(SENIOR)),
        (take_over(stage=portfolio.Stage.CLOSED), facts()),
        (work.ReportProgress(as_of=TODAY, percent_complete=Decimal(100)), facts("importer")),
    )
    assert (project.stage, project.outcome, project.gaps) == (
        portfolio.Stage.CLOSED,
        portfolio.Outcome.NOT_RECORDED,
        (VERDICT_GAP,),
    )
    assert names(events) == ["ProjectTakenOver", "ProjectStarted", "TakeOverCorrected", "ProgressReported"]


@pytest.mark.parametrize(
    "command", [WRITE, START, OFFER, delegation.AcceptDelegation(), work.CancelProject(reason="none")]
)
def test_what_never_began_does_not_exist(command: ProjectCommand) -> None:
    with pytest.raises(NotFound):
        PROJECT.decide(None, command, facts(SENIOR))


def test_every_event_of_a_project_is_published() -> None:
    assert set(PROJECT.types.values()) <= set(portfolio.EVENTS)


EVERY_EVENT: tuple[project_model.ProjectEvent, ...] = (
    PROPOSED,
    taken_over(),
    portfolio.TakeOverCorrected(
        name="Pay",
        summary="",
        initiative_id=None,
        stage=portfolio.Stage.CLOSED,
        plan=None,
        accountable_id=None,
        gaps=(),
    ),
    portfolio.SponsorNamed(sponsor_id=OTHER),
    SPECIFIED,
    SIGNED,
    RESPECIFIED,
    APPROVED,
    FUNDED,
    portfolio.ProjectReturned(reason="none"),
    STARTED,
    portfolio.ProgressReported(as_of=TODAY, percent_complete=None, expected_completion=None, health=None, note="none"),
    HELD,
    portfolio.ProjectResumed(),
    CLOSING,
    CLOSED,
    CANCELLED,
    portfolio.AccountabilityWaived(accountable_id=CHIEF, reason="none"),
    portfolio.AccountabilityTransferred(from_id=SENIOR, accountable_id=OTHER, basis="escalated", reason="left"),
    portfolio.AccountabilityUnresolved(accountable_id=SENIOR, reason="left"),
    OFFERED,
    ACCEPTED,
    portfolio.DelegationDeclined(delegate_id=MANAGER, reason="busy"),
    portfolio.DelegationEnded(delegate_id=MANAGER, how="expired", reason="over"),
)


def test_any_event_can_follow_any_history_of_a_project() -> None:
    assert {type(event) for event in EVERY_EVENT} == set(PROJECT.types.values())
    for history in (*HISTORIES.values(), (taken_over(),)):
        for event in EVERY_EVENT:
            project = PROJECT.fold([*history, event])
            assert project is not None
            assert project.accountable_id is not None


EVERY_ROLE = frozenset({*Role, SYSTEM})
PEOPLE = (CHIEF, SENIOR, MANAGER, SPONSOR, OTHER, BOARD)
WHEN = st.sampled_from((date(2026, 2, 1), YESTERDAY, TODAY, TOMORROW))
WHO = st.sampled_from(PEOPLE)
GRANTED = st.sampled_from((ASKED, Money(amount=Decimal(1), currency="EUR")))
MET = st.tuples(st.booleans(), st.booleans())
REASON = st.just("reason")


class Condition(StrEnum):
    """What portfolio knows of a person: usually what one would expect."""

    EXPECTED = "expected"
    GONE = "gone"
    OF_ANOTHER_GRADE = "of another grade"
    INELIGIBLE = "ineligible"
    IN_ANOTHER_LINE = "in another line"
    UNKNOWN = "unknown"


CONDITION = st.one_of(st.just(Condition.EXPECTED), st.sampled_from(Condition))


def row(id: UUID, usual: KnownPerson, condition: Condition) -> KnownPerson | None:
    """This person in this condition."""
    conditions: dict[Condition, KnownPerson | None] = {
        Condition.EXPECTED: replace(usual, id=id),
        Condition.GONE: replace(usual, id=id, active=False),
        Condition.OF_ANOTHER_GRADE: replace(usual, id=id, grade=Grade.STAFF),
        Condition.INELIGIBLE: replace(usual, id=id, eligible_for_senior=False),
        Condition.IN_ANOTHER_LINE: replace(usual, id=id, line=(BOARD,)),
        Condition.UNKNOWN: None,
    }
    return conditions[condition]


class Asker(StrEnum):
    """Who asks, seen from the project."""

    ACCOUNTABLE = "accountable"
    DELEGATE = "delegate"
    SPONSOR = "sponsor"
    BOARD = "board"
    SOMEBODY = "somebody"


COMMANDS: st.SearchStrategy[ProjectCommand] = st.one_of(
    st.builds(
        take_over,
        name=st.sampled_from(("Payroll", "Pay")),
        stage=st.sampled_from(portfolio.Stage),
        plan=st.sampled_from((PLAN, None)),
        accountable_id=st.one_of(st.none(), WHO),
    ),
    st.just(PROPOSE),
    st.builds(specification.NameSponsor, sponsor_id=WHO),
    st.sampled_from((WRITE, WRITE.model_copy(update={"scope": "Other"}))),
    st.builds(specification.SignSpecification, version=st.integers(1, 3)),
    st.just(specification.ApproveProject()),
    st.builds(specification.ConfirmFunding, granted=GRANTED),
    st.builds(specification.ReturnToSpecification, reason=REASON),
    st.builds(work.StartProject, effective_on=WHEN),
    st.builds(work.ReportProgress, as_of=WHEN, percent_complete=st.sampled_from((None, Decimal(5), Decimal(99)))),
    st.builds(work.PutProjectOnHold, reason=REASON),
    st.just(work.ResumeProject()),
    st.just(work.BeginClosing()),
    st.builds(
        lambda outcome, met, on: CLOSE.model_copy(
            update={
                "outcome": outcome,
                "verdicts": tuple(
                    portfolio.Verdict(criterion=one, met=yes, evidence="-")
                    for one, yes in zip(CRITERIA, met, strict=True)
                ),
                "effective_on": on,
            }
        ),
        st.sampled_from(portfolio.Outcome),
        MET,
        WHEN,
    ),
    st.builds(HandOverAccountability, accountable_id=WHO, reason=REASON),
    st.builds(EscalateAccountability, leaver_id=WHO, reason=REASON),
    st.builds(
        delegation.OfferDelegation, delegate_id=WHO, until=st.one_of(st.none(), WHEN), scope=st.just("all of it")
    ),
    st.just(delegation.AcceptDelegation()),
    st.builds(delegation.DeclineDelegation, reason=REASON),
    st.builds(delegation.ReturnDelegation, reason=REASON),
    st.builds(delegation.RevokeDelegation, reason=REASON),
    st.builds(delegation.EndDelegationOfLeaver, person_id=WHO, reason=REASON),
    st.just(delegation.ExpireDelegation()),
)


def named(command: ProjectCommand, field: str, otherwise: UUID) -> UUID:
    """The person the command names in this field, otherwise the project's own."""
    person: UUID | None = getattr(command, field, None)
    return person or otherwise


ONWARD: dict[portfolio.Stage, ProjectCommand] = {
    portfolio.Stage.PROPOSED: WRITE,
    portfolio.Stage.APPROVED: specification.ConfirmFunding(granted=ASKED),
    portfolio.Stage.FUNDED: START,
    portfolio.Stage.IN_PROGRESS: work.BeginClosing(),
    portfolio.Stage.ON_HOLD: work.ResumeProject(),
    portfolio.Stage.CLOSING: CLOSE,
}


def onward(project: project_model.Project) -> tuple[ProjectCommand, UUID]:
    """What brings a project to its next stage, and who may ask for it."""
    latest = project.specification
    if project.stage is not portfolio.Stage.SPECIFIED or latest is None:
        return ONWARD.get(project.stage, WRITE), project.accountable_id
    if latest.signed_by is None and project.sponsor_id is not None:
        return specification.SignSpecification(version=latest.version), project.sponsor_id
    return specification.ApproveProject(), BOARD


class ProjectLives(RuleBasedStateMachine):
    """Whatever is asked, by whomever, knowing whatever: exactly one answers, and the events tell the whole state."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[project_model.ProjectEvent] = []
        self.project: project_model.Project | None = None
        self.refusals: list[Refused] = []

    @initialize(began=st.sampled_from((PROPOSE, PROPOSE, take_over(), take_over(accountable_id=None))))
    def begin(self, began: ProjectCommand) -> None:
        self.record(PROJECT.decide(None, began, facts()))

    @rule(
        command=COMMANDS,
        asker=st.sampled_from(Asker),
        conditions=st.tuples(CONDITION, CONDITION, CONDITION, CONDITION),
        successor=WHO,
        division_open=st.sampled_from((True, True, False, None)),
    )
    def ask(
        self,
        command: ProjectCommand,
        asker: Asker,
        conditions: tuple[Condition, Condition, Condition, Condition],
        successor: UUID,
        division_open: bool | None,
    ) -> None:
        assert self.project is not None
        project = self.project
        accountable = named(command, "accountable_id", project.accountable_id)
        delegate = named(command, "delegate_id", project.delegation.delegate_id if project.delegation else MANAGER)
        askers = {
            Asker.ACCOUNTABLE: project.accountable_id,
            Asker.DELEGATE: delegate,
            Asker.SPONSOR: project.sponsor_id or SPONSOR,
            Asker.BOARD: BOARD,
            Asker.SOMEBODY: successor,
        }
        line = [above for above in (project.accountable_id, CHIEF) if above != delegate]
        known = facts(
            askers[asker],
            accountable=row(accountable, senior, conditions[0]),
            sponsor=row(named(command, "sponsor_id", SPONSOR), chief, conditions[1]),
            delegate=row(delegate, replace(manager, line=tuple(line)), conditions[2]),
            division_head=chief,
            successor=row(successor, senior, conditions[3]),
            gate_authorities=frozenset({BOARD}),
            division_open=division_open,
        )
        self.decide(command, known)

    @rule()
    def go_on(self) -> None:
        assert self.project is not None
        command, actor = onward(self.project)
        self.decide(command, facts(actor, gate_authorities=frozenset({BOARD})))

    @rule(until=st.one_of(st.none(), st.just(TODAY)))
    def delegate(self, until: date | None) -> None:
        assert self.project is not None
        below = replace(manager, line=(self.project.accountable_id,))
        offer = delegation.OfferDelegation(delegate_id=MANAGER, until=until, scope="all of it")
        self.decide(offer, facts(self.project.accountable_id, delegate=below))
        self.decide(delegation.AcceptDelegation(), facts(MANAGER, delegate=below))

    @rule()
    def leave(self) -> None:
        assert self.project is not None
        leaver = self.project.accountable_id
        successor = replace(senior, id=CHIEF if leaver != CHIEF else OTHER)
        self.decide(EscalateAccountability(leaver_id=leaver, reason="left"), facts(successor=successor))

    def decide(self, command: ProjectCommand, known: project_model.ProjectFacts) -> None:
        try:
            events = PROJECTS.decide(
                self.project, command, replace(known, actor=replace(known.actor, roles=EVERY_ROLE))
            )
        except Refused as refused:
            self.refusals.append(refused)
        else:
            self.record(events)

    def record(self, events: Sequence[BaseModel]) -> None:
        for event in events:
            before, self.project = self.project, PROJECT.evolve(self.project, event)
            self.events.append(type(event).model_validate_json(event.model_dump_json()))  # type: ignore[arg-type]
            self.check_answers(before, event)

    def check_answers(self, before: project_model.Project | None, event: BaseModel) -> None:
        """Accountability moves by a transfer only, from the one who had it to the one who has it."""
        assert self.project is not None
        if isinstance(event, portfolio.AccountabilityTransferred):
            assert before is not None
            assert (before.accountable_id, event.accountable_id) == (event.from_id, self.project.accountable_id)
        elif not isinstance(event, portfolio.ProjectTakenOver) and before is not None:
            assert self.project.accountable_id == before.accountable_id
        if isinstance(event, portfolio.TakeOverCorrected):
            assert self.project.source is not None

    @invariant()
    def exactly_one_answers(self) -> None:
        if self.project is not None:
            assert isinstance(self.project.accountable_id, UUID)
            assert self.project.delegate_id != self.project.accountable_id

    @invariant()
    def nothing_is_delegated_after_the_end(self) -> None:
        if self.project is not None and self.project.ended:
            assert self.project.delegation is None

    @invariant()
    def a_delegation_has_one_of_its_states(self) -> None:
        if self.project is not None and self.project.delegation is not None:
            assert self.project.delegation.status in project_model.DelegationStatus

    @invariant()
    def every_refusal_has_a_rule_a_sentence_and_a_remedy(self) -> None:
        for refused in self.refusals:
            assert refused.rule == refused.rule.lower().replace(" ", "-")
            assert refused.detail.endswith(".")
            assert refused.remedy.endswith(".")

    def teardown(self) -> None:
        """What was stored tells the whole state."""
        assert PROJECT.fold(self.events) == self.project
        if self.project is not None:
            assert project_model.Project.model_validate_json(self.project.model_dump_json()) == self.project


ProjectLives.TestCase.settings = settings(max_examples=examples(100), stateful_step_count=25, deadline=None)
TestProjectLives = ProjectLives.TestCase
