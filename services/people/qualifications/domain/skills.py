"""Skills: claimed, assessed, stale; commands and rules."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.people import EffectiveDayCorrected, SkillAssessed
from contracts.values import Day, Level, Line, Name, Personal
from services.people.organisation.domain.days import months_after
from services.people.organisation.domain.skill import check_level
from services.people.qualifications.domain import model


class ClaimSkill(Command):
    """Claim a skill at a level; it counts once somebody else has assessed it."""

    skill: Name
    level: Level


class RequestAssessment(Command):
    """Ask somebody with the skill to assess it; they can then see the related skills and certificates."""

    skill: Name
    assessor_id: UUID


class AssessSkill(Command):
    """Record your assessment of a person's skill level, on a day."""

    skill: Name
    level: Level
    effective_on: Day


class CorrectAssessment(Command):
    """Correct the last assessment of a skill that was recorded wrongly: the level, the day of it, or both, and why."""

    skill: Name
    level: Level
    effective_on: Day
    reason: Personal[Line]


MOST_SKILLS = 200


def claim(
    qualifications: model.Qualifications, command: ClaimSkill, facts: model.QualificationFacts
) -> Sequence[model.SkillClaimed]:
    """A person claims what they like, but not more than can be read."""
    known = qualifications.skill(command.skill)
    if known is not None and known.claimed == command.level:
        return []
    check_level(command.skill, command.level, facts.skills)
    check_room(qualifications, command.skill)
    return [model.SkillClaimed(skill=command.skill, level=command.level, effective_on=facts.today)]


def request(
    qualifications: model.Qualifications, command: RequestAssessment, facts: model.QualificationFacts
) -> Sequence[model.AssessmentRequested]:
    """Somebody else who works here is asked."""
    if command.assessor_id == facts.id:
        raise Refused("assessor-is-another", "You cannot assess your own skills.", "Ask somebody else.")
    if not facts.assessor_employed:
        raise Refused("assessor-employed", "The assessor does not work here.", "Ask somebody who works here.")
    if any(
        model.same_skill(each.skill, command.skill) and each.assessor_id == command.assessor_id
        for each in qualifications.assessment_requests
    ):
        return []
    return [model.AssessmentRequested(skill=command.skill, assessor_id=command.assessor_id)]


def assess(
    qualifications: model.Qualifications, command: AssessSkill, facts: model.QualificationFacts
) -> Sequence[SkillAssessed]:
    """Record an assessment on a past day, not before the last one."""
    model.check_past(command.effective_on, facts)
    known = qualifications.skill(command.skill)
    if known is not None and known.assessed_on is not None:
        if (known.level, known.assessed_on) == (command.level, command.effective_on):
            return []
        if command.effective_on < known.assessed_on:
            detail = f"The skill was assessed on {known.assessed_on}."
            remedy = f"Give {known.assessed_on} or a later day, or correct that assessment."
            raise Refused("dates-in-order", detail, remedy)
    check_level(command.skill, command.level, facts.skills)
    check_room(qualifications, command.skill)
    return [SkillAssessed(**vars(command))]


def correct(
    qualifications: model.Qualifications, command: CorrectAssessment, facts: model.QualificationFacts
) -> Sequence[model.QualificationsEvent]:
    """The last assessment is corrected on a past day, not before the one before it."""
    known, last = qualifications.skill(command.skill), facts.last_assessment
    if known is None or last is None:
        raise Refused("skill-assessed", "Nobody has assessed the skill yet.", "Assess it instead.")
    if (known.level, known.assessed_on) == (command.level, command.effective_on):
        return []
    model.check_past(command.effective_on, facts)
    if last.before_on is not None and command.effective_on < last.before_on:
        detail = f"The assessment before that one was on {last.before_on}."
        raise Refused("dates-in-order", detail, f"Give {last.before_on} or a later day.")
    on = command.effective_on
    corrected: list[model.QualificationsEvent] = [
        model.AssessmentCorrected(
            corrects=last.numbers[-1], skill=command.skill, effective_on=on, reason=command.reason
        )
    ]
    if on != known.assessed_on:
        corrected += [EffectiveDayCorrected(corrects=number, effective_on=on) for number in last.numbers]
    if command.level != known.level:
        check_level(command.skill, command.level, facts.skills)
        corrected.append(SkillAssessed(skill=command.skill, level=command.level, effective_on=on))
    return corrected


def check_room(qualifications: model.Qualifications, skill: str) -> None:
    """There are not too many skills."""
    if qualifications.skill(skill) is None and len(qualifications.skills) >= MOST_SKILLS:
        detail = f"There are {MOST_SKILLS} skills already."
        raise Refused("skills-bounded", detail, "Leave out what does not matter for a position.")


def gains(qualifications: model.Qualifications, skill: str, level: int, on: date) -> bool:
    """Return whether a level found on a day is news: it neither lowers nor precedes the one found before."""
    known = qualifications.skill(skill)
    if known is None or known.level is None or known.assessed_on is None:
        return known is not None or len(qualifications.skills) < MOST_SKILLS
    return level >= known.level and on >= known.assessed_on and (level, on) != (known.level, known.assessed_on)


def stale_on(skill: model.Skill, months: int) -> date | None:
    """The day from which an assessed skill is stale; None where nobody assessed it."""
    return None if skill.assessed_on is None else months_after(skill.assessed_on, months)


def is_stale(skill: model.Skill, on: date, months: int) -> bool:
    """Return whether a skill was assessed so long before a day that it may not be relied on."""
    day = stale_on(skill, months)
    return day is not None and day <= on
