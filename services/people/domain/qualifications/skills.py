"""Skills: claimed by the person, assessed by somebody else, stale after some months."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.domain.decider import Forbidden, PrivateEvent, Refused
from contracts.people import SkillAssessed
from contracts.values import Level, Name
from services.people.domain.days import months_after
from services.people.domain.line import check_another
from services.people.domain.qualifications.commands import AssessSkill, ClaimSkill, RequestAssessment
from services.people.domain.qualifications.facts import QualificationFacts, check_past
from services.people.domain.qualifications.state import AssessmentRequest, Qualifications, Skill, same_skill

MOST_SKILLS, MOST_REQUESTS = 200, 20


class SkillClaimed(PrivateEvent):
    """The person says they have a skill at this level; it counts for nothing until assessed."""

    skill: Name
    level: Level
    effective_on: date


class AssessmentRequested(PrivateEvent):
    """Somebody was asked to assess a skill."""

    skill: Name
    assessor_id: UUID


def claim(qualifications: Qualifications, command: ClaimSkill, facts: QualificationFacts) -> Sequence[SkillClaimed]:
    """A person claims what they like, but not more than can be read."""
    known = qualifications.skill(command.skill)
    if known is not None and known.claimed == command.level:
        return []
    check_room(qualifications, command.skill)
    return [SkillClaimed(skill=command.skill, level=command.level, effective_on=facts.today)]


def request(
    qualifications: Qualifications, command: RequestAssessment, facts: QualificationFacts
) -> Sequence[AssessmentRequested]:
    """Somebody else who works here is asked."""
    if command.assessor_id == facts.id:
        raise Refused("assessor-is-another", "Nobody assesses their own skills.", "Ask somebody else.")
    if not facts.assessor_employed:
        raise Refused("assessor-employed", "There is no such person working here.", "Ask somebody who works here.")
    if any(
        same_skill(each.skill, command.skill) and each.assessor_id == command.assessor_id
        for each in qualifications.assessment_requests
    ):
        return []
    return [AssessmentRequested(skill=command.skill, assessor_id=command.assessor_id)]


def assess(qualifications: Qualifications, command: AssessSkill, facts: QualificationFacts) -> Sequence[SkillAssessed]:
    """Somebody else finds a level: out of authority, or out of knowing more of it."""
    check_another(facts, "assesses their own skills")
    if facts.assessor_level is not None and facts.assessor_level <= command.level:
        less = f"Who is not in the line above assesses a skill at level {command.level} holding it above that."
        raise Forbidden("assessor-holds-more", less, "Leave it to somebody who knows more of it, or to HR.")
    check_past(command.effective_on, facts)
    known = qualifications.skill(command.skill)
    if known is not None and known.assessed_on is not None:
        if (known.level, known.assessed_on) == (command.level, command.effective_on):
            return []
        if command.effective_on < known.assessed_on:
            late = f"The skill was assessed on {known.assessed_on}."
            raise Refused("dates-in-order", late, f"Give {known.assessed_on} or a later day.")
    check_room(qualifications, command.skill)
    return [SkillAssessed(**vars(command))]


def check_room(qualifications: Qualifications, skill: str) -> None:
    """There are not too many skills."""
    if qualifications.skill(skill) is None and len(qualifications.skills) >= MOST_SKILLS:
        many = f"There are {MOST_SKILLS} skills already."
        raise Refused("skills-bounded", many, "Leave out what does not matter for a position.")


def gains(qualifications: Qualifications, skill: str, level: int, on: date) -> bool:
    """Whether a level found on a day says something new: it neither lowers one found before nor comes before it."""
    known = qualifications.skill(skill)
    if known is None or known.level is None or known.assessed_on is None:
        return known is not None or len(qualifications.skills) < MOST_SKILLS
    return level >= known.level and on >= known.assessed_on and (level, on) != (known.level, known.assessed_on)


def stale_on(skill: Skill, months: int) -> date | None:
    """The day from which an assessed skill is stale; None where nobody assessed it."""
    return None if skill.assessed_on is None else months_after(skill.assessed_on, months)


def is_stale(skill: Skill, on: date, months: int) -> bool:
    """Whether a skill was assessed so long before a day that it may not be relied on."""
    day = stale_on(skill, months)
    return day is not None and day <= on


def with_skill(qualifications: Qualifications, event: SkillClaimed | SkillAssessed) -> Qualifications:
    """The skill as claimed or found last; who was asked to assess it need not any more once it is."""
    known = qualifications.skill(event.skill) or Skill(skill=event.skill)
    others = tuple(each for each in qualifications.skills if not same_skill(each.skill, event.skill))
    if isinstance(event, SkillClaimed):
        return qualifications.but(skills=(*others, known.model_copy(update={"claimed": event.level})))
    assessed = known.model_copy(update={"level": event.level, "assessed_on": event.effective_on})
    waiting = tuple(each for each in qualifications.assessment_requests if not same_skill(each.skill, event.skill))
    return qualifications.but(skills=(*others, assessed), assessment_requests=waiting)


def with_request(qualifications: Qualifications, event: AssessmentRequested) -> Qualifications:
    """One more who was asked; those asked longest ago are let go."""
    asked = AssessmentRequest(skill=event.skill, assessor_id=event.assessor_id)
    return qualifications.but(assessment_requests=(*qualifications.assessment_requests, asked)[-MOST_REQUESTS:])
