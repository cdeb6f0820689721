"""The command table of qualifications, and the facts their decisions need."""

from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Facts
from chassis.store.decision_view import View
from chassis.store.store import as_corrected
from contracts.people import SkillAssessed
from services.people.organisation import zones
from services.people.organisation.access import LINE_OR_HR, PERSON_OR_LINE, SERVICE, THEMSELF
from services.people.organisation.catalogue import catalogue
from services.people.organisation.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.skill import by_catalogue, called, names_in
from services.people.organisation.facts import about, limits
from services.people.qualifications import access
from services.people.qualifications.domain import certificates, skills
from services.people.qualifications.domain.education import RecordDegree, VerifyDegree
from services.people.qualifications.domain.model import LastAssessment, QualificationFacts, Qualifications, same_skill
from services.people.qualifications.domain.notices import ReviewCertificates
from services.people.qualifications.domain.rules import QUALIFICATIONS, QualificationsCommand
from services.people.qualifications.domain.training import CreditTraining


async def qualification_facts(
    view: View, state: Qualifications | None, command: QualificationsCommand, base: Facts
) -> QualificationFacts:
    """The person with the line above, the certificate scheme, the policy, what an assessor knows of the skill."""
    rules = await limits(view)
    known = await about(view, base, base.id)
    known |= {"notice_days": rules.certificate_notice_days, "four_eyes": rules.four_eyes}
    known["skills"] = skills_known = await catalogue(view, names_in(command))
    facts = QualificationFacts(**known, scheme=await view.state(CERTIFICATE_SCHEME, scheme_of(state, command)))
    match command:
        case skills.AssessSkill(skill=skill) if not LINE_OR_HR.holds(facts, state, command):
            named = called(skill, skills_known)
            level = await assessor_level(view, base.actor, named, facts, rules.stale_skill_months)
            return QualificationFacts(**vars(facts) | {"assessor_level": level})
        case skills.CorrectAssessment(skill=skill):
            last = await last_assessment(view, base.id, called(skill, skills_known))
            return QualificationFacts(**vars(facts) | {"last_assessment": last})
        case skills.RequestAssessment(assessor_id=assessor_id):
            assessor = await view.state(PERSON, assessor_id)
            employed = assessor is not None and assessor.works_here
            return QualificationFacts(**vars(facts) | {"assessor_employed": employed})
        case _:
            return facts


def scheme_of(state: Qualifications | None, command: QualificationsCommand) -> UUID | None:
    """The scheme of the certificate a command is about."""
    match command:
        case certificates.RecordCertificate(scheme_id=scheme_id) | CreditTraining(scheme_id=scheme_id):
            return scheme_id
        case certificates.RenewCertificate(certificate_id=certificate_id) if state is not None:
            certificate = state.certificate(certificate_id)
            return certificate.scheme_id if certificate else None
        case _:
            return None


async def last_assessment(view: View, id: UUID, skill: str) -> LastAssessment | None:
    """The last assessment of a person's skill, and when the one before was, with the days as corrected."""
    found = [
        (each.published, each.event.effective_on)
        for each in as_corrected(await view.history(QUALIFICATIONS, id))
        if isinstance(each.event, SkillAssessed) and same_skill(each.event.skill, skill) and each.published
    ]
    if not found:
        return None
    _, last_on = found[-1]
    numbers = tuple(number for number, on in found if on == last_on)
    return LastAssessment(numbers, max((on for _, on in found if on < last_on), default=None))


async def assessor_level(view: View, actor: Actor, skill: str, facts: QualificationFacts, stale_months: int) -> int:
    """The level the actor was themselves found to have; what they know they do not lend to a stand-in."""
    own = await view.state(QUALIFICATIONS, actor.person)
    known = own.skill(skill) if own else None
    if known is None or known.level is None or skills.is_stale(known, facts.today, stale_months):
        return 0
    return known.level


QUALIFICATIONS_OF_PERSONS = Aggregate(
    QUALIFICATIONS,
    path="qualifications",
    commands=[
        CommandRow("claim-skill", skills.ClaimSkill, THEMSELF, creates=True, named=True),
        CommandRow("request-assessment", skills.RequestAssessment, PERSON_OR_LINE, creates=True, named=True),
        CommandRow("assess-skill", skills.AssessSkill, access.ASSESSES, creates=True, named=True),
        CommandRow("correct-assessment", skills.CorrectAssessment, access.CORRECTS_ASSESSMENT),
        CommandRow("record-certificate", certificates.RecordCertificate, PERSON_OR_LINE, creates=True, named=True),
        CommandRow("verify-certificate", certificates.VerifyCertificate, access.VERIFIES_CERTIFICATE),
        CommandRow("record-credits", certificates.RecordCredits, PERSON_OR_LINE),
        CommandRow("correct-credits", certificates.CorrectCredits, PERSON_OR_LINE),
        CommandRow("renew-certificate", certificates.RenewCertificate, access.RENEWS_CERTIFICATE),
        CommandRow("revoke-certificate", certificates.RevokeCertificate, access.REVOKES_CERTIFICATE),
        CommandRow("record-degree", RecordDegree, PERSON_OR_LINE, creates=True, named=True),
        CommandRow("verify-degree", VerifyDegree, access.VERIFIES_DEGREE),
        CommandRow("credit-training", CreditTraining, SERVICE, creates=True, named=True),
        CommandRow("review-certificates", ReviewCertificates, access.REVIEWS),
    ],
    facts=qualification_facts,
    zone=zones.of_id(zones.PERSON_ZONE),
    rewords=lambda command, facts: by_catalogue(command, facts.skills),
    sees=access.SEES,
    discloses=access.SEES_CONFIDENTIAL,
    private={"education": (), "assessment_requests": ()},
    filters=["person_id"],
)
