"""The command tables of planning: plans, change requests, the health of projects, exceptions."""

from chassis.commands.table import Aggregate, CommandRow
from services.portfolio.organisation.access import SERVICE, also_by_service
from services.portfolio.organisation.zones import OF_DIVISION
from services.portfolio.planning import access, facts
from services.portfolio.planning.domain import change_request, exception_report, project_health
from services.portfolio.planning.domain.plan import rules

PLANS = Aggregate(
    rules.PLAN,
    path="plans",
    commands=[
        CommandRow("draft", rules.DraftPlan, access.ANSWERS, creates=True, named=True),
        CommandRow("set-baseline", rules.SetBaseline, access.DECIDES),
        CommandRow("replace-baseline", rules.ReplaceBaseline, SERVICE),
        CommandRow("take-over", rules.TakeOverPlan, SERVICE, creates=True, named=True),
        CommandRow("report-work", rules.ReportWork, also_by_service(access.ANSWERS)),
        CommandRow("meet-milestone", rules.MeetMilestone, access.ANSWERS),
        CommandRow("miss-milestones", rules.MissMilestones, SERVICE),
        CommandRow("move-milestone", rules.MoveMilestone, access.ANSWERS),
        CommandRow("set-tolerances", rules.SetTolerances, access.ABOVE),
        CommandRow("count-actual-cost", rules.CountActualCost, SERVICE),
        CommandRow("end", rules.EndPlan, SERVICE),
    ],
    facts=facts.plan_facts,
    zone=facts.zone_of_project,
    filters=["division_id", "currency"],
)
CHANGE_REQUESTS = Aggregate(
    change_request.CHANGE_REQUEST,
    path="change-requests",
    commands=[
        CommandRow("raise", change_request.RaiseChangeRequest, access.RAISES, creates=True),
        CommandRow("assess", change_request.AssessChangeRequest, access.ASSESSES),
        CommandRow("approve", change_request.ApproveChangeRequest, access.APPROVES),
        CommandRow("reject", change_request.RejectChangeRequest, access.APPROVES),
        CommandRow("withdraw", change_request.WithdrawChangeRequest, access.WITHDRAWS),
        CommandRow("apply", change_request.ApplyChangeRequest, access.ANSWERS, further=change_request.applied),
    ],
    facts=facts.change_request_facts,
    zone=OF_DIVISION,
    filters=["project_id", "division_id", "subject", "status"],
)
HEALTH_OF_PROJECTS = Aggregate(
    project_health.PROJECT_HEALTH,
    path="project-health",
    commands=[
        CommandRow(
            "judge", project_health.JudgeHealth, SERVICE, creates=True, named=True, further=project_health.exceptions
        )
    ],
    facts=facts.health_facts,
    zone=facts.zone_of_project,
    filters=["division_id", "rating", "declared", "disagrees"],
)
EXCEPTIONS = Aggregate(
    exception_report.EXCEPTION,
    path="exceptions",
    commands=[
        CommandRow("raise", exception_report.RaiseException, SERVICE, creates=True, named=True),
        CommandRow(
            "answer", exception_report.AnswerException, access.ANSWERS_EXCEPTION, further=exception_report.stopped
        ),
        CommandRow("pass-on", exception_report.PassOnException, SERVICE),
        CommandRow("escalate", exception_report.EscalateException, SERVICE),
        CommandRow("close", exception_report.CloseException, SERVICE),
    ],
    facts=facts.exception_facts,
    zone=OF_DIVISION,
    filters=["project_id", "division_id", "forecast", "status", "awaits_id"],
    sorts=["answer_by"],
    refers={"awaits_id": "person", "owner_id": "person"},
)
