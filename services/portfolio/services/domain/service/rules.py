"""The rules of a service, put together from its parts."""

from chassis.domain.decider import Decider, existing
from services.portfolio.services.domain.service.agreement import AgreementCommand, agree
from services.portfolio.services.domain.service.continuity import ContinuityCommand, continue_
from services.portfolio.services.domain.service.life import LifeCommand, PlanService, live, plan
from services.portfolio.services.domain.service.model import Events, Service, ServiceEvent, ServiceFacts, evolve
from services.portfolio.services.domain.service.ownership import OwnershipCommand, own
from services.portfolio.services.domain.service.standards import StandardCommand, due, judge

ServiceCommand = PlanService | LifeCommand | OwnershipCommand | AgreementCommand | StandardCommand | ContinuityCommand


def decide(state: Service | None, command: ServiceCommand, facts: ServiceFacts) -> Events:
    if isinstance(command, PlanService):
        return plan(state, command, facts)
    service = existing(state)
    if isinstance(command, OwnershipCommand):
        return own(service, command, facts)
    if isinstance(command, AgreementCommand):
        return agree(service, command, facts)
    if isinstance(command, StandardCommand):
        return judge(service, command, facts)
    if isinstance(command, ContinuityCommand):
        return continue_(service, command, facts)
    return live(service, command, facts)


SERVICE = Decider(kind="service", state=Service, events=ServiceEvent, decide=decide, evolve=evolve, due=due)
