"""Business continuity (ISO 22301): how fast a service comes back, how much data it may lose, and tests of that."""

from typing import assert_never

from pydantic import StrictBool

from chassis.domain.decider import Command, Refused
from contracts.portfolio.services import ContinuityPlanWritten, ContinuityTested, Minutes
from contracts.values import Day, Text
from services.portfolio.services.domain.service import model


class WriteContinuityPlan(Command):
    """Write how a service comes back after a disaster, with its recovery time and recovery point objectives."""

    rto_minutes: Minutes
    rpo_minutes: Minutes
    plan: Text


class RecordContinuityTest(Command):
    """Record a test of the continuity plan with the times achieved; one that kept no objective has failed."""

    tested_on: Day
    passed: StrictBool
    rto_minutes: Minutes | None = None
    rpo_minutes: Minutes | None = None
    findings: Text


ContinuityCommand = WriteContinuityPlan | RecordContinuityTest


def continue_(service: model.Service, command: ContinuityCommand, facts: model.ServiceFacts) -> model.Events:
    model.check_not_retired(service)
    match command:
        case WriteContinuityPlan():
            return write(service, command, facts)
        case RecordContinuityTest():
            return record_test(service, command, facts)
        case _:
            assert_never(command)


def write(service: model.Service, command: WriteContinuityPlan, facts: model.ServiceFacts) -> model.Events:
    """A new plan is untested."""
    if service.continuity is not None and vars(command).items() <= vars(service.continuity).items():
        return []
    return [ContinuityPlanWritten(**vars(command), written_on=facts.today)]


def record_test(service: model.Service, command: RecordContinuityTest, facts: model.ServiceFacts) -> model.Events:
    plan = service.continuity
    if plan is None:
        raise Refused("continuity-plan-missing", "The service has no continuity plan.", "Write it first.")
    if not plan.written_on <= command.tested_on <= facts.today:
        detail = f"The plan was written on {plan.written_on}, and today is {facts.today}."
        raise Refused("continuity-test-held", detail, "Give the day of the test.")
    if command.passed:
        check_achieved(plan, command)
    test = model.ContinuityTest(**vars(command))
    return [] if test in plan.tests else [ContinuityTested(**vars(command))]


def check_achieved(plan: model.Continuity, command: RecordContinuityTest) -> None:
    """A test is passed with times within the objectives."""
    achieved = ((command.rto_minutes, plan.rto_minutes), (command.rpo_minutes, plan.rpo_minutes))
    if any(found is None or found > objective for found, objective in achieved):
        detail = f"The objectives are {plan.rto_minutes} minutes to recover and {plan.rpo_minutes} of data."
        raise Refused("passed-within-objectives", detail, "Give times within them, or record the test as failed.")
