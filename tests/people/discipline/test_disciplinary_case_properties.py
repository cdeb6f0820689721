"""Disciplinary cases, whatever is asked in whatever order by whomever: the order of fairness is never broken."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.domain.decider import SYSTEM, Actor, Command, Refused
from contracts.roles import Role
from contracts.values import Grade
from services.people.discipline.commands import DISCIPLINARY_CASES
from services.people.discipline.domain.disciplinary_case import model as disciplinary_case_model
from services.people.discipline.domain.disciplinary_case import rules as disciplinary_case
from services.people.organisation.domain.line import Above
from services.people.organisation.domain.staffing_policy import StaffingPolicy
from tests.examples import examples

ADA = UUID(int=1)
HR, ITSELF = Actor("hr", frozenset({Role.HR})), Actor("people", frozenset({SYSTEM}))
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
        st.builds(disciplinary_case.ReportCase, person_id=st.just(ADA), report=STATEMENTS, occurred_on=days),
        st.builds(disciplinary_case.BeginInvestigation, investigator_id=SOMEBODY),
        st.builds(disciplinary_case.NameHearer, hearer_id=SOMEBODY),
        st.builds(disciplinary_case.NameAppealHearer, appeal_hearer_id=SOMEBODY),
        st.builds(disciplinary_case.RecordFindings, findings=STATEMENTS),
        st.builds(disciplinary_case.SendAllegation, allegation=STATEMENTS),
        st.builds(disciplinary_case.RecordHearing, held_on=days, record=STATEMENTS),
        st.builds(
            disciplinary_case.DecideCase, outcome=st.sampled_from(disciplinary_case_model.Outcome), reasons=STATEMENTS
        ),
        st.builds(disciplinary_case.AppealDecision, grounds=STATEMENTS),
        st.builds(
            disciplinary_case.DecideAppeal, verdict=st.sampled_from(disciplinary_case_model.Verdict), reasons=STATEMENTS
        ),
        st.builds(disciplinary_case.CloseCase),
    )


class Case(RuleBasedStateMachine):
    """One case about Ada; anybody asks for anything, and mostly those who may."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[disciplinary_case_model.CaseEvent] = []
        self.state: disciplinary_case_model.DisciplinaryCase | None = None
        self.today = START

    @initialize()
    def is_reported(self) -> None:
        self.ask(disciplinary_case.ReportCase(person_id=ADA, report="One.", occurred_on=START), HR)

    @rule(days=LATER)
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def the_service_itself_asks(self) -> None:
        self.ask(disciplinary_case.LapseWarning(), ITSELF)

    @rule(data=st.data(), who=SOMEBODY, place=PLACES)
    def somebody_asks(self, data: st.DataObject, who: UUID, place: UUID | None) -> None:
        actor = Actor(str(who), for_whom=str(place) if place else None)
        self.ask(data.draw(commands(self.today)), actor)

    @rule(data=st.data())
    def the_right_one_asks(self, data: st.DataObject) -> None:
        command = data.draw(commands(self.today))
        self.ask(command, self.right_one(command))

    @rule(
        said=STATEMENTS,
        outcome=st.sampled_from(disciplinary_case_model.Outcome),
        verdict=st.sampled_from(disciplinary_case_model.Verdict),
        days=LATER,
    )
    def it_goes_on(
        self, said: str, outcome: disciplinary_case_model.Outcome, verdict: disciplinary_case_model.Verdict, days: int
    ) -> None:
        assert self.state is not None
        steps: dict[disciplinary_case_model.CaseStatus, list[Command]] = {
            disciplinary_case_model.CaseStatus.REPORTED: [
                disciplinary_case.BeginInvestigation(investigator_id=PEOPLE[1])
            ],
            disciplinary_case_model.CaseStatus.INVESTIGATING: [
                disciplinary_case.NameHearer(hearer_id=PEOPLE[2]),
                disciplinary_case.RecordFindings(findings=said),
                disciplinary_case.SendAllegation(allegation=said),
            ],
            disciplinary_case_model.CaseStatus.CHARGED: [
                disciplinary_case.RecordHearing(held_on=self.today, record=said)
            ],
            disciplinary_case_model.CaseStatus.HEARING_HELD: [
                disciplinary_case.DecideCase(outcome=outcome, reasons=said)
            ],
            disciplinary_case_model.CaseStatus.DECIDED: [
                disciplinary_case.AppealDecision(grounds=said),
                disciplinary_case.NameAppealHearer(appeal_hearer_id=PEOPLE[4]),
            ],
            disciplinary_case_model.CaseStatus.APPEALED: [
                disciplinary_case.DecideAppeal(verdict=verdict, reasons=said)
            ],
        }
        for step in steps.get(self.state.status, []):
            self.ask(step, self.right_one(step))
        self.today += timedelta(days=days)

    @rule(reason=STATEMENTS, rarely=st.sampled_from([False] * 30 + [True]))
    def it_is_dropped(self, reason: str, rarely: bool) -> None:
        if rarely:
            self.ask(disciplinary_case.DropCase(reason=reason), HR)

    def right_one(self, command: Command) -> Actor:
        """The one who may, as the case stands."""
        assert self.state is not None
        match command:
            case disciplinary_case.RecordFindings():
                right = self.state.investigator_id
            case disciplinary_case.RecordHearing() | disciplinary_case.DecideCase():
                right = self.state.hearer_id
            case disciplinary_case.DecideAppeal():
                right = self.state.appeal_hearer_id
            case disciplinary_case.AppealDecision():
                right = ADA
            case _:
                right = None
        return Actor(str(right)) if right else HR

    def ask(self, command: Command, actor: Actor) -> None:
        """What is decided happens."""
        named = next((GRADES[value] for value in vars(command).values() if value in PEOPLE), None)
        facts = disciplinary_case_model.CaseFacts(
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
            decided = DISCIPLINARY_CASES.decide(self.state, command, facts)
        except Refused as refused:
            event(f"refused: {refused.rule}")
            return
        for each in decided:
            event(f"happened: {type(each).__name__}")
            self.check(each, actor)
            self.events.append(each)  # type: ignore[arg-type]
        after = disciplinary_case.DISCIPLINARY_CASE.fold(decided, self.state)
        assert after is not None
        assert DISCIPLINARY_CASES.decide(after, command, facts) == []
        self.state = after

    def last(self, kind: type[disciplinary_case_model.CaseEvent]) -> disciplinary_case_model.CaseEvent | None:
        return next((each for each in reversed(self.events) if isinstance(each, kind)), None)

    def check(self, happened: object, actor: Actor) -> None:
        """What must have happened before, and who it must be that acts."""
        state = self.state
        if state is None:
            return
        assert isinstance(happened, disciplinary_case_model.CaseAppealed) or ADA not in actor.persons
        match happened:
            case disciplinary_case_model.AllegationSent():
                assert self.last(disciplinary_case_model.FindingsRecorded)
                assert not self.last(disciplinary_case_model.HearingHeld)
            case disciplinary_case_model.HearingHeld(effective_on=held_on):
                sent = self.last(disciplinary_case_model.AllegationSent)
                assert isinstance(sent, disciplinary_case_model.AllegationSent)
                assert held_on >= sent.effective_on + timedelta(days=StaffingPolicy().hearing_notice_days)
                assert actor.person == state.hearer_id
            case disciplinary_case_model.CaseDecided():
                for step in (
                    disciplinary_case_model.FindingsRecorded,
                    disciplinary_case_model.AllegationSent,
                    disciplinary_case_model.HearingHeld,
                ):
                    assert self.last(step), step
                assert not self.last(disciplinary_case_model.CaseDecided)
                assert actor.person == state.hearer_id
            case disciplinary_case_model.CaseAppealed(effective_on=on):
                assert self.last(disciplinary_case_model.CaseDecided)
                assert not self.last(disciplinary_case_model.CaseAppealed)
                assert actor.person == ADA
                assert state.appeal_until is not None
                assert on <= state.appeal_until
            case disciplinary_case_model.AppealDecided():
                assert self.last(disciplinary_case_model.CaseAppealed)
                assert not self.last(disciplinary_case_model.AppealDecided)
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
            assert not self.state.live or self.last(disciplinary_case_model.CaseDecided)
            assert not self.state.bars or self.state.status not in (
                disciplinary_case_model.CaseStatus.OVERTURNED,
                disciplinary_case_model.CaseStatus.REPORTED,
            )

    @invariant()
    def a_state_survives_being_stored(self) -> None:
        if self.state is not None:
            assert (
                disciplinary_case_model.DisciplinaryCase.model_validate_json(self.state.model_dump_json()) == self.state
            )
            assert isinstance(self.events[0], disciplinary_case_model.CaseReported)


Case.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=40, deadline=None)
TestCase = Case.TestCase
TestCase.__doc__ = "Nobody breaks the order of a case."
