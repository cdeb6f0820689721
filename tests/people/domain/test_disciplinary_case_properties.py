"""Disciplinary cases, whatever is asked in whatever order by whomever: the order of fairness is never broken."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.domain.decider import Actor, Command, Refused
from contracts.values import Grade
from services.people.domain.disciplinary_case import (
    DISCIPLINARY_CASE,
    NOTICE_DAYS,
    AllegationSent,
    AppealDecided,
    AppealDecision,
    BeginInvestigation,
    CarryOutConsequence,
    CaseAppealed,
    CaseDecided,
    CaseEvent,
    CaseFacts,
    CaseReported,
    CaseStatus,
    CloseCase,
    DecideAppeal,
    DecideCase,
    DisciplinaryCase,
    DropCase,
    FindingsRecorded,
    HearingHeld,
    LapseWarning,
    NameAppealHearer,
    NameHearer,
    Outcome,
    RecordFindings,
    RecordHearing,
    ReportCase,
    SendAllegation,
    Verdict,
)
from services.people.domain.line import Above

ADA = UUID(int=1)
PEOPLE = [UUID(int=n) for n in range(1, 6)]
GRADES = dict(
    zip(PEOPLE, [Grade.STAFF, Grade.MANAGER, Grade.MANAGER, Grade.SENIOR_MANAGER, Grade.EXECUTIVE], strict=True)
)
START = date(2026, 3, 1)
STATEMENTS = st.sampled_from(["One.", "Other."])
SOMEBODY = st.sampled_from(PEOPLE)
PLACES = st.sampled_from([None] * 6 + [*PEOPLE])
EARLIER = st.sampled_from([0, 0, 0, 1, 2, 3])
LATER = st.sampled_from([1, 1, 2, 3, 8, 200])


def commands(today: date) -> st.SearchStrategy[Command]:
    """Anything that a person can ask on a day."""
    days = EARLIER.map(lambda back: today - timedelta(days=back))
    return st.one_of(
        st.builds(ReportCase, person_id=st.just(ADA), report=STATEMENTS, occurred_on=days),
        st.builds(BeginInvestigation, investigator_id=SOMEBODY),
        st.builds(NameHearer, hearer_id=SOMEBODY),
        st.builds(NameAppealHearer, appeal_hearer_id=SOMEBODY),
        st.builds(RecordFindings, findings=STATEMENTS),
        st.builds(SendAllegation, allegation=STATEMENTS),
        st.builds(RecordHearing, held_on=days, record=STATEMENTS),
        st.builds(DecideCase, outcome=st.sampled_from(Outcome), reasons=STATEMENTS),
        st.builds(AppealDecision, grounds=STATEMENTS),
        st.builds(DecideAppeal, verdict=st.sampled_from(Verdict), reasons=STATEMENTS),
        st.builds(CloseCase),
    )


class Case(RuleBasedStateMachine):
    """One case about Ada; anybody asks for anything, and mostly those who may."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[CaseEvent] = []
        self.state: DisciplinaryCase | None = None
        self.today = START

    @initialize()
    def is_reported(self) -> None:
        self.ask(ReportCase(person_id=ADA, report="One.", occurred_on=START), Actor("hr"))

    @rule(days=LATER)
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(command=st.sampled_from([LapseWarning(), CarryOutConsequence()]))
    def the_service_itself_asks(self, command: Command) -> None:
        self.ask(command, Actor("people"))

    @rule(data=st.data(), who=SOMEBODY, place=PLACES)
    def somebody_asks(self, data: st.DataObject, who: UUID, place: UUID | None) -> None:
        actor = Actor(str(who), for_whom=str(place) if place else None)
        self.ask(data.draw(commands(self.today)), actor)

    @rule(data=st.data())
    def the_right_one_asks(self, data: st.DataObject) -> None:
        command = data.draw(commands(self.today))
        self.ask(command, self.right_one(command))

    @rule(said=STATEMENTS, outcome=st.sampled_from(Outcome), verdict=st.sampled_from(Verdict), days=LATER)
    def it_goes_on(self, said: str, outcome: Outcome, verdict: Verdict, days: int) -> None:
        assert self.state is not None
        steps: dict[CaseStatus, list[Command]] = {
            CaseStatus.REPORTED: [BeginInvestigation(investigator_id=PEOPLE[1])],
            CaseStatus.INVESTIGATING: [
                NameHearer(hearer_id=PEOPLE[2]),
                RecordFindings(findings=said),
                SendAllegation(allegation=said),
            ],
            CaseStatus.CHARGED: [RecordHearing(held_on=self.today, record=said)],
            CaseStatus.HEARING_HELD: [DecideCase(outcome=outcome, reasons=said)],
            CaseStatus.DECIDED: [AppealDecision(grounds=said), NameAppealHearer(appeal_hearer_id=PEOPLE[4])],
            CaseStatus.APPEALED: [DecideAppeal(verdict=verdict, reasons=said)],
        }
        for step in steps.get(self.state.status, []):
            self.ask(step, self.right_one(step))
        self.today += timedelta(days=days)

    @rule(reason=STATEMENTS, rarely=st.sampled_from([False] * 30 + [True]))
    def it_is_dropped(self, reason: str, rarely: bool) -> None:
        if rarely:
            self.ask(DropCase(reason=reason), Actor("hr"))

    def right_one(self, command: Command) -> Actor:
        """Whoever may, as the case stands."""
        assert self.state is not None
        match command:
            case RecordFindings():
                right = self.state.investigator_id
            case RecordHearing() | DecideCase():
                right = self.state.hearer_id
            case DecideAppeal():
                right = self.state.appeal_hearer_id
            case AppealDecision():
                right = ADA
            case _:
                right = None
        return Actor(str(right or "hr"))

    def ask(self, command: Command, actor: Actor) -> None:
        """What is decided happens."""
        named = next((GRADES[value] for value in vars(command).values() if value in PEOPLE), None)
        facts = CaseFacts(
            actor=actor,
            at=datetime.combine(self.today, time(12), UTC),
            id=UUID(int=99),
            subject=ADA,
            employed=True,
            grade=GRADES[ADA],
            line=(Above(PEOPLE[1]),),
            actor_grade=GRADES.get(actor.acts_as) if actor.acts_as else None,
            named_grade=named,
        )
        try:
            decided = DISCIPLINARY_CASE.decide(self.state, command, facts)
        except Refused as refused:
            event(f"refused: {refused.rule}")
            return
        for each in decided:
            event(f"happened: {type(each).__name__}")
            self.check(each, actor)
            self.events.append(each)  # type: ignore[arg-type]
        after = DISCIPLINARY_CASE.fold(decided, self.state)
        assert after is not None
        assert DISCIPLINARY_CASE.decide(after, command, facts) == []
        self.state = after

    def last(self, kind: type[CaseEvent]) -> CaseEvent | None:
        return next((each for each in reversed(self.events) if isinstance(each, kind)), None)

    def check(self, happened: object, actor: Actor) -> None:
        """What must have happened before, and who it must be that acts."""
        state = self.state
        if state is None:
            return
        assert isinstance(happened, CaseAppealed) or ADA not in actor.persons
        match happened:
            case AllegationSent():
                assert self.last(FindingsRecorded)
                assert not self.last(HearingHeld)
            case HearingHeld(effective_on=held_on):
                sent = self.last(AllegationSent)
                assert isinstance(sent, AllegationSent)
                assert held_on >= sent.effective_on + timedelta(days=NOTICE_DAYS)
                assert actor.person == state.hearer_id
            case CaseDecided():
                for step in (FindingsRecorded, AllegationSent, HearingHeld):
                    assert self.last(step), step
                assert not self.last(CaseDecided)
                assert actor.person == state.hearer_id
            case CaseAppealed(effective_on=on):
                assert self.last(CaseDecided)
                assert not self.last(CaseAppealed)
                assert actor.person == ADA
                assert state.appeal_until is not None
                assert on <= state.appeal_until
            case AppealDecided():
                assert self.last(CaseAppealed)
                assert not self.last(AppealDecided)
                assert actor.person == state.appeal_hearer_id
                assert actor.person not in (state.investigator_id, state.hearer_id)

    @invariant()
    def three_different_persons_judge_and_none_is_the_person_concerned(self) -> None:
        if self.state is not None:
            roles = (self.state.investigator_id, self.state.hearer_id, self.state.appeal_hearer_id)
            named = [role for role in roles if role is not None]
            assert len(named) == len(set(named))
            assert ADA not in named
            least = dict(zip(roles, (Grade.MANAGER, Grade.MANAGER, Grade.SENIOR_MANAGER), strict=True))
            assert all(GRADES[role].rank >= least[role].rank for role in named)

    @invariant()
    def what_bars_is_live_and_whatever_changed_waits_to_be_carried_out(self) -> None:
        if self.state is not None:
            assert self.state.live or not self.state.bars
            assert not self.state.live or self.last(CaseDecided)
            assert not self.state.bars or self.state.status not in (CaseStatus.OVERTURNED, CaseStatus.REPORTED)

    @invariant()
    def a_state_survives_being_stored(self) -> None:
        if self.state is not None:
            assert DisciplinaryCase.model_validate_json(self.state.model_dump_json()) == self.state
            assert isinstance(self.events[0], CaseReported)


Case.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCase = Case.TestCase
TestCase.__doc__ = "Nobody breaks the order of a case."
