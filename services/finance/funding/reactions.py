"""Reactions of funding to what portfolio asks for."""

from collections.abc import Sequence

from chassis.domain.decider import IssuedCommand
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts.portfolio import initiatives, risks
from services.finance.funding.domain.benefit_confirmation import BENEFIT_CONFIRMATION, OpenBenefitConfirmation
from services.finance.funding.domain.contingency_draw import CONTINGENCY_DRAW, DrawContingency


async def on_contingency_asked(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A risk that materialised draws on its project's contingency."""
    asked = envelope.event
    assert isinstance(asked, risks.ContingencyAsked)
    command = DrawContingency(project_id=asked.project_id, amount=asked.amount)
    return [IssuedCommand(CONTINGENCY_DRAW, envelope.subject, command)]


async def on_benefit_due(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A benefit whose day has come waits for finance's verdict."""
    due = envelope.event
    assert isinstance(due, initiatives.BenefitDue)
    asked = {name: getattr(due, name) for name in OpenBenefitConfirmation.model_fields}
    return [IssuedCommand(BENEFIT_CONFIRMATION, envelope.subject, OpenBenefitConfirmation(**asked))]
