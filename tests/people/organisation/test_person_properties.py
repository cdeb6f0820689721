"""Persons, whatever happens: the gate against a day by day count, eligibility, the line, repeats."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, takewhile
from math import ceil
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from chassis.domain.decider import Actor, Refused
from contracts import people
from contracts.roles import Role
from contracts.values import Grade
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.person import experience
from services.people.organisation.domain.person import model as person_model
from services.people.organisation.domain.person import rules as person_rules
from services.people.organisation.domain.person.appointment import AppointPerson, ChangeLineManager, Waiver
from services.people.organisation.domain.staffing_policy import demands_seniority

DAY = timedelta(days=1)
ADA, HEAD, IT = UUID(int=1), UUID(int=11), UUID(int=21)


class Work(NamedTuple):
    """One experience as a test knows it: ``verified`` is the day it was verified on, or None."""

    started_on: date
    ended_on: date | None
    it_management: bool
    verified: date | None


def events_of(works: Iterable[Work]) -> list[BaseModel]:
    events: list[BaseModel] = [people.PersonHired(name="Ada", effective_on=date(1990, 1, 1))]
    for number, work in enumerate(works):
        id = UUID(int=100 + number)
        events.append(
            person_model.ExperienceRecorded(
                experience_id=id,
                employer="Acme",
                role="IT",
                it_management=work.it_management,
                started_on=work.started_on,
                ended_on=work.ended_on,
            )
        )
        if work.verified is not None:
            events.append(person_model.ExperienceVerified(experience_id=id, until=work.ended_on or work.verified))
    return events


def same_day(of: date, years: int) -> date:
    try:
        return of.replace(year=of.year + years)
    except ValueError:
        return of.replace(year=of.year + years, day=28)


def days_demanded(first: date, years: Decimal) -> int:
    """How many days from a first one on make these years: whole years by the calendar, the rest of the next year."""
    whole = int(years)
    reached = same_day(first, whole)
    rest = ceil((years - whole) * (same_day(first, whole + 1) - reached).days)
    return (reached - first).days + rest


def years_counted(days: set[date]) -> Fraction:
    """The calendar years of these days: of each run without a gap, year by year."""
    years, left = Fraction(0), sorted(days)
    while left:
        run = list(takewhile(lambda day: day in days, (left[0] + n * DAY for n in range(len(left)))))
        first, passed = run[0], 0
        while same_day(first, passed + 1) <= run[-1] + DAY:
            passed += 1
        reached = same_day(first, passed)
        years += passed + Fraction((run[-1] + DAY - reached).days, (same_day(first, passed + 1) - reached).days)
        left = left[len(run) :]
    return years


def days_counted(works: Iterable[Work], on: date) -> set[date]:
    """Every single day that counts."""
    days: set[date] = set()
    for work in works:
        if work.it_management and work.verified is not None:
            day, last = work.started_on, work.ended_on or work.verified
            while day <= last and day < on:
                days.add(day)
                day += DAY
    return days


def decide(
    state: person_model.Person | None, command: person_rules.PersonCommand, facts: person_model.PersonFacts
) -> Sequence[BaseModel] | Refused:
    try:
        return PERSONS.decide(state, command, facts)
    except Refused as refused:
        return refused


def gate(works: Sequence[Work], on: date, years: Decimal) -> bool:
    """Whether the real decision lets somebody with these experiences through."""
    position = person_model.KnownPosition(HEAD, "Head of IT", IT, Grade.SENIOR_MANAGER, years, approved=True)
    at = datetime.combine(on, time(12), UTC)
    facts = person_model.PersonFacts(
        Actor("tests", frozenset({Role.HR})), at, ADA, policy_years=years, position=position
    )
    decided = decide(
        person_rules.PERSON.fold(events_of(works)), AppointPerson(position_id=HEAD, effective_on=on), facts
    )
    assert not isinstance(decided, Refused) or decided.rule == "senior-manager-gate"
    return not isinstance(decided, Refused)


DATES = st.dates(date(1996, 1, 1), date(2030, 12, 31)) | st.sampled_from(
    [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2023, 2, 28), date(2023, 3, 1)]
)
YEARS = st.decimals(0, 3, places=2) | st.integers(0, 3).map(Decimal)


@st.composite
def works(draw: st.DrawFn, around: date) -> Work:
    """Work near a date, of any kind, verified or not."""
    started_on = around - draw(st.integers(-30, 1200)) * DAY
    ended_on = draw(st.none() | st.integers(0, 800).map(lambda days: started_on + days * DAY))
    verified = draw(st.none() | st.integers(0, 800).map(lambda days: started_on + days * DAY))
    return Work(started_on, ended_on, draw(st.sampled_from([True, True, False])), verified)


@settings(deadline=None)
@given(st.data(), DATES, YEARS)
def test_the_gate_counts_each_verified_day_of_it_management_before_the_appointment_once(
    data: st.DataObject, on: date, years: Decimal
) -> None:
    done = data.draw(st.lists(works(on), max_size=6))
    passed = years_counted(days_counted(done, on)) >= Fraction(years)
    event(f"passed: {passed}")
    assert gate(done, on, years) == passed


@settings(deadline=None)
@given(st.randoms(use_true_random=False), DATES, YEARS, st.integers(-2, 2), st.integers(0, 4000))
@example(Random(1), date(2024, 2, 29), Decimal(1), 0, 0)
@example(Random(1), date(2024, 2, 29), Decimal(1), -1, 1)
@example(Random(1), date(2025, 2, 28), Decimal(1), -1, 366)
@example(Random(1), date(2024, 6, 1), Decimal("0.5"), 0, 0)
@example(Random(1), date(2024, 12, 1), Decimal("1.9"), 0, 0)
def test_the_gate_turns_on_a_single_day_however_the_days_are_cut_and_overlap_and_whenever_one_asks(
    chance: Random, first: date, years: Decimal, off: int, later: int
) -> None:
    total = days_demanded(first, years) + off
    assume(total > 0)
    past = first + total * DAY
    cuts = [0, *sorted(chance.sample(range(1, total), min(total - 1, 4))), total]
    done = []
    for start, end in pairwise(cuts):
        done.append(Work(first + start * DAY, first + (end - 1) * DAY, True, past))
        for _ in range(3):
            begun = chance.randrange(start, end)
            done.append(Work(first + begun * DAY, first + chance.randrange(begun, end) * DAY, True, past))
    noise = [Work(first - 900 * DAY, past, True, None), Work(first - 900 * DAY, past, False, past)]
    on = past + later * DAY
    assert gate(chance.sample(done + noise, len(done + noise)), on, years) == (off >= 0)


@given(DATES, st.integers(0, 12), st.integers(0, 9000))
def test_whole_years_to_the_same_day_are_exactly_as_many_years_on_every_day_after(
    first: date, years: int, later: int
) -> None:
    past = same_day(first, years)
    assume(first < past)
    state = person_rules.PERSON.fold(events_of([Work(first, past - DAY, True, past)]))
    assert state is not None
    assert experience.verified_years(state.experience, past + later * DAY) == years
    assert experience.verified_years(state.experience, past - DAY) < years


# Arbitrary lives

PEOPLE = [UUID(int=n) for n in range(1, 4)]
JOBS = [UUID(int=n) for n in range(31, 34)]
START = date(2026, 3, 1)
Life = Sequence[tuple[person_rules.PersonCommand, dict[str, Any]]]
ROLES = frozenset({Role.HR, Role.ADMINISTRATOR})
ACTORS = [
    Actor("tests", ROLES),
    Actor("tests", ROLES),
    Actor(str(PEOPLE[1]), ROLES),
    Actor(str(ADA), ROLES),
    Actor("tests", ROLES, for_whom=str(ADA)),
]
HIRE = person_rules.HirePerson(name="Ada", effective_on=START)
HIRED: dict[str, Any] = {"at": datetime.combine(START, time(12), UTC), "actor": ACTORS[0], "policy_years": Decimal(2)}


def asked(chance: Random, today: date) -> person_rules.PersonCommand:
    """Any command, as it may be asked on a day; leaving is rare, so that lives are long."""
    on = today - chance.choice([0, 0, 0, 0, 1, 5, 60, -1]) * DAY
    line_manager_id = chance.choice([None, *PEOPLE, *PEOPLE[1:]])
    started_on = today - chance.randint(-1, 1500) * DAY
    record = experience.RecordExperience(
        experience_id=chance.choice(JOBS),
        employer="Acme",
        role="IT",
        it_management=chance.random() < 0.8,
        started_on=started_on,
        ended_on=chance.choice([None, started_on + chance.randint(-1, 800) * DAY]),
    )
    appoint = AppointPerson(
        position_id=HEAD,
        line_manager_id=line_manager_id,
        effective_on=on,
        waiver=chance.choice([None, Waiver(reason="nobody else")]),
    )
    commands: dict[person_rules.PersonCommand, int] = {
        record: 6,
        experience.VerifyExperience(experience_id=chance.choice(JOBS)): 6,
        experience.VerifyExperience(experience_id=chance.choice(JOBS), until=on): 2,
        experience.EndExperience(experience_id=chance.choice(JOBS), ended_on=on): 2,
        experience.WithdrawExperience(experience_id=chance.choice(JOBS)): 1,
        appoint: 8,
        ChangeLineManager(line_manager_id=line_manager_id, effective_on=on): 3,
        person_rules.SuspendPerson(effective_on=on): 2,
        person_rules.ReinstatePerson(effective_on=on): 3,
        person_rules.RenamePerson(name=chance.choice(["Ada", "Ada L."])): 1,
        person_rules.ReviewEligibility(): 1,
        person_rules.RecordLeaving(effective_on=on): 1,
        person_rules.HirePerson(name=chance.choice(["Ada", "Bob"]), effective_on=chance.choice([START, on])): 1,
    }
    return chance.choices(list(commands), list(commands.values()))[0]


def known(chance: Random, today: date) -> dict[str, Any]:
    """What may be known on a day."""
    position = person_model.KnownPosition(
        id=chance.choice([HEAD, IT]),
        title=chance.choice(["Head", "Lead"]),
        division_id=chance.choice([IT, HEAD]),
        grade=chance.choice([*Grade, Grade.SENIOR_MANAGER]),
        it_management_years=Decimal(chance.randint(0, 3)),
        approved=chance.random() < 0.9,
        holder_id=chance.choice([None] * 6 + [ADA, PEOPLE[1]]),
    )
    return {
        "at": datetime.combine(today, time(12), UTC),
        "actor": chance.choice(ACTORS),
        "policy_years": Decimal(chance.choice([0, 1, 2, 2, 2, 3])),
        "barred": chance.random() < 0.1,
        "position": chance.choice([position] * 9 + [None]),
        "default_line_manager": chance.choice([None, *PEOPLE, *PEOPLE[1:]]),
        "manager_employed": chance.choice([True] * 8 + [False, None]),
        "managers_above": chance.choice([(), (), (), (PEOPLE[2],), (PEOPLE[1], ADA), None]),
    }


def life(seeds: Sequence[int]) -> Life:
    """Somebody is hired, and then anything is asked about them while the days go by."""
    steps: list[tuple[person_rules.PersonCommand, dict[str, Any]]] = [(HIRE, HIRED)]
    today = START
    for seed in seeds:
        chance = Random(seed)
        today += chance.choice([0, 1, 2, 20, 200]) * DAY
        steps.append((asked(chance, today), known(chance, today)))
    return steps


LIVES = st.lists(st.integers(0, 10**9), min_size=10, max_size=30, unique=True).map(life)


class Step(NamedTuple):
    """An accepted command: what was known, what followed, and what it led to."""

    command: person_rules.PersonCommand
    facts: person_model.PersonFacts
    before: person_model.Person | None
    events: Sequence[BaseModel]
    after: person_model.Person


def live(lived: Life) -> Iterable[Step]:
    """What of these commands is accepted."""
    state: person_model.Person | None = None
    for command, knowing in lived:
        facts = person_model.PersonFacts(id=ADA, **knowing)
        events = decide(state, command, facts)
        if isinstance(events, Refused):
            event(f"refused: {events.rule}")
            assert events.detail
            assert events.remedy
            continue
        after = person_rules.PERSON.fold(events, state)
        assert after is not None
        if events:
            event(f"accepted: {type(command).__name__}")
        yield Step(command, facts, state, events, after)
        state = after


def enough(person: person_model.Person, on: date, years: Decimal) -> bool:
    done = [
        Work(each.started_on, each.verified_until, each.it_management, each.verified_until)
        for each in person.experience
    ]
    return len(days_counted(done, on)) >= days_demanded(on, years)


@settings(deadline=None)
@given(LIVES)
def test_the_published_eligibility_is_always_the_computed_one(lived: Life) -> None:
    published, waived_for = False, None
    for step in live(lived):
        for each in step.events:
            match each:
                case people.PersonAppointed():
                    waived_for = None
                case people.SeniorManagerGateWaived(position_id=position_id):
                    waived_for = position_id
                case people.EligibilityChanged(senior_manager=now):
                    assert now != published, "published without a change"
                    published = now
        if step.events or isinstance(step.command, person_rules.ReviewEligibility):
            experienced = enough(step.after, step.facts.today, step.facts.policy_years)
            active = step.after.employment is person_model.Employment.ACTIVE
            allowed = active and not step.facts.barred
            assert published == (allowed and (experienced or waived_for is not None))


@settings(deadline=None)
@given(LIVES)
def test_nobody_comes_into_a_senior_position_but_through_the_gate_or_by_a_waiver(lived: Life) -> None:
    for step in live(lived):
        for each in step.events:
            if isinstance(each, people.PersonAppointed) and demands_seniority(each.grade):
                assert step.facts.position is not None
                required = max(step.facts.policy_years, step.facts.position.it_management_years)
                waivers = [each for each in step.events if isinstance(each, people.SeniorManagerGateWaived)]
                assert len(waivers) == (0 if enough(step.after, each.effective_on, required) else 1)
                assert all(waiver.verified_years < waiver.required_years for waiver in waivers)
                assert all(waiver.approver != str(ADA) for waiver in waivers)


@settings(deadline=None)
@given(LIVES)
def test_nobody_ever_has_two_line_managers(lived: Life) -> None:
    line: list[tuple[date, UUID | None]] = []
    for step in live(lived):
        for each in step.events:
            if isinstance(each, people.PersonAppointed | people.LineManagerChanged):
                assert not line or each.effective_on >= line[-1][0], "two line managers on the days between"
                assert each.line_manager_id != ADA
                line.append((each.effective_on, each.line_manager_id))
        assert step.after.line_manager_id == (line[-1][1] if line else None)


@settings(deadline=None)
@given(LIVES)
def test_a_repeated_command_changes_nothing(lived: Life) -> None:
    for step in live(lived):
        assert PERSONS.decide(step.after, step.command, step.facts) == []


@settings(deadline=None)
@given(LIVES)
def test_after_leaving_nobody_changes_any_more(lived: Life) -> None:
    for step in live(lived):
        if step.before is not None and step.before.employment is person_model.Employment.LEFT:
            assert step.events == []


@settings(deadline=None)
@given(LIVES)
def test_a_state_survives_being_stored(lived: Life) -> None:
    for step in live(lived):
        assert person_model.Person.model_validate_json(step.after.model_dump_json()) == step.after
        for each in step.events:
            assert person_rules.PERSON.types[type(each).__name__].model_validate_json(each.model_dump_json()) == each
