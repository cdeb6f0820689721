"""The command table of qualifications, and the facts their decisions need."""

from datetime import datetime
from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Command, Facts
from chassis.store.decision_view import View
from contracts.roles import Role
from services.people.organisation import access as organisation_access
from services.people.organisation.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.organisation.domain.person.model import Employment
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.facts import about, limits
from services.people.qualifications import access
from services.people.qualifications.access import ASKED, PERSON_ID
from services.people.qualifications.domain import certificates, skills
from services.people.qualifications.domain.education import RecordDegree, VerifyDegree
from services.people.qualifications.domain.model import QualificationFacts, Qualifications
from services.people.qualifications.domain.notices import ReviewCertificates
from services.people.qualifications.domain.rules import QUALIFICATIONS, QualificationsCommand
from services.people.qualifications.domain.training import CreditTraining


async def qualification_facts(
    view: View, state: Qualifications | None, command: QualificationsCommand, base: Facts
) -> QualificationFacts:
    """The person with the line above, the certificate scheme, the policy, what an assessor knows of the skill."""
    rules = await limits(view)
    known = await about(view, base, base.id) | {"notice_days": rules.certificate_notice_days}
    facts = QualificationFacts(**known, scheme=await view.state(CERTIFICATE_SCHEME, scheme_of(state, command)))
    match command:
        case skills.AssessSkill(skill=skill) if not organisation_access.line_or_hr(facts, state, command):
            level = await assessor_level(view, base.actor, skill, facts, rules.stale_skill_months)
            return QualificationFacts(**vars(facts) | {"assessor_level": level})
        case skills.RequestAssessment(assessor_id=assessor_id):
            assessor = await view.state(PERSON, assessor_id)
            employed = assessor is not None and assessor.employment is not Employment.LEFT
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


async def assessor_level(view: View, actor: Actor, skill: str, facts: QualificationFacts, stale_months: int) -> int:
    """The level whoever acts was themself found to have; what they know they do not lend to a stand-in."""
    own = await view.state(QUALIFICATIONS, actor.person)
    known = own.skill(skill) if own else None
    if known is None or known.level is None or skills.is_stale(known, facts.today, stale_months):
        return 0
    return known.level


def when_due(state: Qualifications, due_at: datetime) -> Command:
    """A notice or an end: which one, the review finds."""
    return ReviewCertificates()


QUALIFICATIONS_OF_PERSONS = Aggregate(
    QUALIFICATIONS,
    path="qualifications",
    commands=[
        CommandRow(
            "claim-skill",
            skills.ClaimSkill,
            organisation_access.themself,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow(
            "request-assessment",
            skills.RequestAssessment,
            organisation_access.person_or_manager,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow("assess-skill", skills.AssessSkill, access.assessors, qualification_facts, creates=True, named=True),
        CommandRow(
            "record-certificate",
            certificates.RecordCertificate,
            organisation_access.person_or_manager,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow(
            "verify-certificate", certificates.VerifyCertificate, organisation_access.line_or_hr, qualification_facts
        ),
        CommandRow(
            "record-credits", certificates.RecordCredits, organisation_access.person_or_manager, qualification_facts
        ),
        CommandRow(
            "renew-certificate", certificates.RenewCertificate, organisation_access.line_or_hr, qualification_facts
        ),
        CommandRow("revoke-certificate", certificates.RevokeCertificate, organisation_access.hr, qualification_facts),
        CommandRow(
            "record-degree",
            RecordDegree,
            organisation_access.person_or_manager,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow("verify-degree", VerifyDegree, organisation_access.line_or_hr, qualification_facts),
        CommandRow(
            "credit-training",
            CreditTraining,
            organisation_access.service,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow("review-certificates", ReviewCertificates, organisation_access.hr_or_service, qualification_facts),
    ],
    sees=organisation_access.seen_by(
        lambda above: f"{PERSON_ID} = {organisation_access.THEMSELF} OR {ASKED} OR {above(PERSON_ID)}",
        Role.HR,
        Role.EXECUTIVE,
        Role.PORTFOLIO_OFFICE,
    ),
    confides=organisation_access.person_and_line("person_id", Role.HR),
    private={"education": (), "assessment_requests": ()},
    filters=["person_id"],
    when_due=when_due,
)
