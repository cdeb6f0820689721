"""The rules of adoption: audiences, messages sent and read, those who use what is new, readiness by ADKAR."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from contracts.portfolio import changes
from services.portfolio.changes.domain.change import adoption
from services.portfolio.changes.domain.change.model import Audience, Change, ChangeEvent, Element, barrier
from services.portfolio.changes.domain.change.rules import CHANGE
from tests.portfolio.changes.story import AT_WORK, AUDIENCE, BACKED_OUT, CANCELLED, DAY, LATER, RAISED, facts
from tests.scenarios import given

MESSAGE = UUID(int=5)
NAME = adoption.NameAudience(audience="Sales", size=40, target=30)
SEND = adoption.SendMessage(message_id=MESSAGE, audience="Sales", subject="New mail", sent_at=LATER)
SENT = changes.MessageSent(message_id=MESSAGE, audience="Sales", subject="New mail", sent_at=LATER)
READ = changes.MessageRead(message_id=MESSAGE, readers=10)
REPORT = adoption.ReportAdoption(audience="Sales", using=20, as_of=DAY)
REPORTED = changes.AdoptionReported(audience="Sales", using=20, as_of=DAY)
SCORES = {"awareness": 4, "desire": 3, "knowledge": 2, "ability": 4, "reinforcement": 4}
ASSESS = adoption.AssessReadiness(audience="Sales", assessed_on=DAY, **SCORES)
ASSESSED = changes.ReadinessAssessed(audience="Sales", assessed_on=DAY, **SCORES)
NOW = facts(at=LATER)


def audience(*events: ChangeEvent) -> Audience:
    change = CHANGE.fold([RAISED, AUDIENCE, *events])
    assert isinstance(change, Change)
    found = change.audience("Sales")
    assert found is not None
    return found


def test_an_audience_is_named_with_a_target_within_it_and_may_grow() -> None:
    given(CHANGE, RAISED).when(NAME, NOW).then(AUDIENCE)
    given(CHANGE, RAISED, AUDIENCE).when(NAME, NOW).then()
    over = NAME.model_copy(update={"target": 41})
    given(CHANGE, RAISED).when(over, NOW).then_refused("target-within-audience")
    larger = NAME.model_copy(update={"size": 50, "target": 40})
    given(CHANGE, RAISED, AUDIENCE).when(larger, NOW).then(changes.AudienceNamed(**vars(larger)))
    assert audience(REPORTED, changes.AudienceNamed(**vars(larger))).adoption == Decimal("50.0000")


def test_a_message_is_sent_to_an_audience_once() -> None:
    given(CHANGE, RAISED, AUDIENCE).when(SEND, NOW).then(SENT)
    given(CHANGE, RAISED, AUDIENCE, SENT).when(SEND, NOW).then()
    given(CHANGE, RAISED, AUDIENCE, SENT, READ).when(SEND, NOW).then()
    other = SEND.model_copy(update={"subject": "Another"})
    given(CHANGE, RAISED, AUDIENCE, SENT).when(other, NOW).then_refused("message-known")
    given(CHANGE, RAISED).when(SEND, NOW).then_refused("audience-not-known")
    ahead = SEND.model_copy(update={"sent_at": LATER + timedelta(seconds=1)})
    given(CHANGE, RAISED, AUDIENCE).when(ahead, NOW).then_refused("message-sent")


def test_readers_of_a_message_only_become_more_up_to_the_whole_audience() -> None:
    ten = adoption.RecordReaders(message_id=MESSAGE, readers=10)
    given(CHANGE, RAISED, AUDIENCE, SENT).when(ten, NOW).then(READ)
    given(CHANGE, RAISED, AUDIENCE, SENT, READ).when(ten, NOW).then()
    for wrong in (9, 41):
        command = ten.model_copy(update={"readers": wrong})
        given(CHANGE, RAISED, AUDIENCE, SENT, READ).when(command, NOW).then_refused("readers-within-audience")
    given(CHANGE, RAISED, AUDIENCE).when(ten, NOW).then_refused("message-not-known")
    assert audience(SENT, READ).messages[0].readers == 10


def test_adoption_is_those_who_use_it_over_the_target() -> None:
    given(CHANGE, *AT_WORK, AUDIENCE).when(REPORT, NOW).then(REPORTED)
    assert audience(REPORTED).adoption == Decimal("66.6667")
    assert audience().adoption is None
    nobody = changes.AudienceNamed(audience="Sales", size=40, target=0)
    assert audience(nobody, REPORTED).adoption is None
    given(CHANGE, RAISED, AUDIENCE, REPORTED).when(REPORT, NOW).then()
    over = REPORT.model_copy(update={"using": 41})
    given(CHANGE, RAISED, AUDIENCE).when(over, NOW).then_refused("using-within-audience")


@pytest.mark.parametrize("day", [DAY - timedelta(days=1), DAY + timedelta(days=1)])
def test_reports_come_in_order_and_not_from_the_future(day: date) -> None:
    report = REPORT.model_copy(update={"as_of": day, "using": 25})
    given(CHANGE, RAISED, AUDIENCE, REPORTED).when(report, NOW).then_refused("report-in-order")
    assess = ASSESS.model_copy(update={"assessed_on": day})
    given(CHANGE, RAISED, AUDIENCE, ASSESSED).when(assess, NOW).then_refused("report-in-order")


def test_the_barrier_is_the_first_element_scored_three_or_less_not_the_lowest() -> None:
    given(CHANGE, RAISED, AUDIENCE).when(ASSESS, NOW).then(ASSESSED)
    given(CHANGE, RAISED, AUDIENCE, ASSESSED).when(ASSESS, NOW).then()
    readiness = audience(ASSESSED).readiness
    assert readiness is not None
    assert readiness.barrier is Element.DESIRE
    assert barrier(dict.fromkeys(SCORES, 4)) is None
    assert barrier(SCORES | {"awareness": 1}) is Element.AWARENESS
    for wrong in (0, 6):
        with pytest.raises(ValueError, match="desire"):
            adoption.AssessReadiness.model_validate(vars(ASSESS) | {"desire": wrong})


def test_nobody_adopts_a_change_that_did_not_happen() -> None:
    for history in ((RAISED, CANCELLED), (*AT_WORK, BACKED_OUT)):
        given(CHANGE, *history).when(NAME, NOW).then_refused("change-not-at-this-stage")
