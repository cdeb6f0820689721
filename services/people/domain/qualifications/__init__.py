"""Qualifications: what a person is able to do, by skills, certificates and education; its id is the person's."""

from services.people.domain.qualifications.certificate_events import (
    CertificateRecorded,
    CertificateRejected,
    CertificateRevocationExplained,
    CreditsRecorded,
    NoticeDaysSet,
)
from services.people.domain.qualifications.commands import (
    AssessSkill,
    ClaimSkill,
    CreditTraining,
    QualificationsChange,
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
)
from services.people.domain.qualifications.credits import Shortfall, shortfall
from services.people.domain.qualifications.decide import FIRST_DAY, QUALIFICATIONS
from services.people.domain.qualifications.education import DegreeRecorded, DegreeVerified
from services.people.domain.qualifications.evolve import QualificationsEvent, QualificationsOpened
from services.people.domain.qualifications.facts import QualificationFacts
from services.people.domain.qualifications.skills import AssessmentRequested, SkillClaimed, is_stale, stale_on
from services.people.domain.qualifications.state import (
    AssessmentRequest,
    Certificate,
    CertificateStatus,
    Credit,
    Degree,
    Qualifications,
    Skill,
    same_skill,
)

__all__ = [
    "FIRST_DAY",
    "QUALIFICATIONS",
    "AssessSkill",
    "AssessmentRequest",
    "AssessmentRequested",
    "Certificate",
    "CertificateRecorded",
    "CertificateRejected",
    "CertificateRevocationExplained",
    "CertificateStatus",
    "ClaimSkill",
    "Credit",
    "CreditTraining",
    "CreditsRecorded",
    "Degree",
    "DegreeRecorded",
    "DegreeVerified",
    "NoticeDaysSet",
    "QualificationFacts",
    "Qualifications",
    "QualificationsChange",
    "QualificationsCommand",
    "QualificationsEvent",
    "QualificationsOpened",
    "RecordCertificate",
    "RecordCredits",
    "RecordDegree",
    "RenewCertificate",
    "RequestAssessment",
    "ReviewCertificates",
    "RevokeCertificate",
    "Shortfall",
    "Skill",
    "SkillClaimed",
    "VerifyCertificate",
    "VerifyDegree",
    "is_stale",
    "same_skill",
    "shortfall",
    "stale_on",
]
