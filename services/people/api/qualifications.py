"""The command table of qualifications, and the facts their decisions need."""

from datetime import datetime
from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Command, Facts
from chassis.store.decision_view import View
from contracts.roles import Role
from services.people import policy
from services.people.api.facts import about
from services.people.api.organisation import limits
from services.people.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.domain.person import PERSON, Employment
from services.people.domain.qualifications import (
    QUALIFICATIONS,
    AssessSkill,
    ClaimSkill,
    CreditTraining,
    QualificationFacts,
    Qualifications,
    QualificationsCommand,
    RecordCertificate,
    RecordCredits,
    RecordDegree,
    RenewCertificate,
    RequestAssessment,
    ReviewCertificates,
    RevokeCertificate,
    VerifyCertificate,
    VerifyDegree,
    is_stale,
)

PERSON_ID = "state->>'person_id'"
ASKED = "state->'assessment_requests' @> jsonb_build_array(jsonb_build_object('assessor_id', " + policy.ME + "))"


async def qualification_facts(
    view: View, state: Qualifications | None, command: QualificationsCommand, base: Facts
) -> QualificationFacts:
    """The person with the line above, the certificate scheme, the policy, what an assessor knows of the skill."""
    rules = await limits(view)
    known = await about(view, base, base.id) | {"notice_days": rules.certificate_notice_days}
    facts = QualificationFacts(**known, scheme=await view.state(CERTIFICATE_SCHEME, scheme_of(state, command)))
    match command:
        case AssessSkill(skill=skill) if not policy.line_or_hr(facts, state, command):
            level = await assessor_level(view, base.actor, skill, facts, rules.stale_skill_months)
            return QualificationFacts(**vars(facts) | {"assessor_level": level})
        case RequestAssessment(assessor_id=assessor_id):
            assessor = await view.state(PERSON, assessor_id)
            employed = assessor is not None and assessor.employment is not Employment.LEFT
            return QualificationFacts(**vars(facts) | {"assessor_employed": employed})
        case _:
            return facts


def scheme_of(state: Qualifications | None, command: QualificationsCommand) -> UUID | None:
    """The scheme of the certificate a command is about."""
    match command:
        case RecordCertificate(scheme_id=scheme_id) | CreditTraining(scheme_id=scheme_id):
            return scheme_id
        case RenewCertificate(certificate_id=certificate_id) if state is not None:
            certificate = state.certificate(certificate_id)
            return certificate.scheme_id if certificate else None
        case _:
            return None


async def assessor_level(view: View, actor: Actor, skill: str, facts: QualificationFacts, stale_months: int) -> int:
    """The level whoever acts was themself found to have; what they know they do not lend to a stand-in."""
    own = await view.state(QUALIFICATIONS, actor.person)
    known = own.skill(skill) if own else None
    if known is None or known.level is None or is_stale(known, facts.today, stale_months):
        return 0
    return known.level


def when_due(state: Qualifications, due_at: datetime) -> Command:
    """A notice or an end: which one, the review finds."""
    return ReviewCertificates()


QUALIFICATIONS_OF_PERSONS = Aggregate(
    QUALIFICATIONS,
    path="qualifications",
    commands=[
        CommandRow("claim-skill", ClaimSkill, policy.themself, qualification_facts, creates=True, named=True),
        CommandRow(
            "request-assessment",
            RequestAssessment,
            policy.person_or_manager,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow("assess-skill", AssessSkill, policy.assessors, qualification_facts, creates=True, named=True),
        CommandRow(
            "record-certificate",
            RecordCertificate,
            policy.person_or_manager,
            qualification_facts,
            creates=True,
            named=True,
        ),
        CommandRow("verify-certificate", VerifyCertificate, policy.line_or_hr, qualification_facts),
        CommandRow("record-credits", RecordCredits, policy.person_or_manager, qualification_facts),
        CommandRow("renew-certificate", RenewCertificate, policy.line_or_hr, qualification_facts),
        CommandRow("revoke-certificate", RevokeCertificate, policy.hr, qualification_facts),
        CommandRow(
            "record-degree", RecordDegree, policy.person_or_manager, qualification_facts, creates=True, named=True
        ),
        CommandRow("verify-degree", VerifyDegree, policy.line_or_hr, qualification_facts),
        CommandRow("credit-training", CreditTraining, policy.service, qualification_facts, creates=True, named=True),
        CommandRow("review-certificates", ReviewCertificates, policy.hr_or_service, qualification_facts),
    ],
    sees=policy.seen_by(
        lambda above: f"{PERSON_ID} = {policy.THEMSELF} OR {ASKED} OR {above(PERSON_ID)}",
        Role.HR,
        Role.EXECUTIVE,
        Role.PORTFOLIO_OFFICE,
    ),
    confides=policy.person_and_line("person_id", Role.HR),
    private={"education": (), "assessment_requests": ()},
    filters=["person_id"],
    when_due=when_due,
)
