"""Months of services counted beforehand: the same as counted when asked, and never used once they are out of date."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.domain.decider import Actor, NotFound
from services.portfolio.services.domain import service_month
from services.portfolio.services.domain.service.rules import SERVICE
from services.portfolio.services.domain.service_month import CountServiceMonth, ServiceMonth, ServiceMonthCounted
from services.portfolio.services.reactions import counts
from tests.business import Business, done, items, made
from tests.portfolio.services.story import PLANNED, SERVICE_ID, agreed
from tests.scenarios import given

COUNT = CountServiceMonth(service_id=SERVICE_ID, month="2026-02")
MONTH = ServiceMonth(
    service_id=SERVICE_ID,
    month="2026-02",
    basis="b",
    seen={"2026-02": 1},
    agreed_seconds=Decimal(2419200),
    downtime_seconds=Decimal(60),
    target=None,
)


def facts(counted: ServiceMonth | None) -> service_month.ServiceMonthFacts:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return service_month.ServiceMonthFacts(actor=Actor("system:tests"), at=now, id=UUID(int=1), counted=counted)


def test_a_month_is_counted_again_only_where_something_changed() -> None:
    event = ServiceMonthCounted(**vars(MONTH))
    given(service_month.SERVICE_MONTH).when(COUNT, facts(MONTH)).then(event)
    given(service_month.SERVICE_MONTH, event).when(COUNT, facts(MONTH)).then()
    changed = MONTH.but(seen={"2026-02": 2})
    given(service_month.SERVICE_MONTH, event).when(COUNT, facts(changed)).then(ServiceMonthCounted(**vars(changed)))
    with pytest.raises(NotFound):
        service_month.decide(None, COUNT, facts(None))


def test_a_month_of_utc_is_counted_with_those_beside_it_and_one_that_goes_on_is_not() -> None:
    found = counts({f"{SERVICE_ID}:2026-01", f"{SERVICE_ID}:open"})
    assert [getattr(each.command, "month") for each in found] == ["2025-12", "2026-01", "2026-02"]  # noqa: B009
    assert service_month.days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))


def test_the_basis_changes_with_what_was_agreed_and_with_the_zone_alone() -> None:
    service = SERVICE.fold([PLANNED, agreed()])
    assert service is not None
    renamed = service.but(name="Post")
    assert service_month.basis_of(service, "UTC") == service_month.basis_of(renamed, "UTC")
    assert service_month.basis_of(service, "UTC") != service_month.basis_of(service, "Asia/Bangkok")
    other = SERVICE.fold([PLANNED, agreed(availability="99")])
    assert other is not None
    assert service_month.basis_of(service, "UTC") != service_month.basis_of(other, "UTC")


def test_what_was_counted_beforehand_is_what_is_counted_when_asked_whatever_changed_since(business: Business) -> None:
    office, division = business.office, business.team().division
    body = {"name": f"Mail {uuid4().hex[:6]}", "summary": "", "division_id": division, "criticality": "high"}
    service = made(office.post("/services", json=body))
    agree = {"since": "2024-01-01", "targets": {"availability": "99.9"}}
    done(office.post(f"/services/{service}/agree-targets", json=agree))
    outages = [down(service, day=day) for day in (5, 25, 45)]
    for each in outages:
        made(office.post("/outages", json=each))

    assert seconds(business, service) == 3 * 3600
    found = items(office.get(f"/service-months?service_id={service}"))
    assert {each["month"] for each in found} == {"2023-12", "2024-01", "2024-02", "2024-03"}
    done(office.post("/outages", json=outages[0] | {"ended_at": "2024-01-06T02:00:00Z"}))
    assert seconds(business, service) == 4 * 3600
    done(office.post("/outages", json=outages[0] | {"began_at": "2024-03-06T00:00:00Z", "ended_at": None}))
    assert seconds(business, service) == 2 * 3600 + (31 - 5) * 86400
    done(office.post("/outages", json=outages[0]))
    window = {"starts_at": "2024-01-26T00:00:00Z", "ends_at": "2024-01-26T00:30:00Z", "reason": "Agreed."}
    done(office.post(f"/services/{service}/exclude-time", json={"exclusion_id": str(uuid4()), **window}))
    assert seconds(business, service) == 3 * 3600 - 1800
    half = {"since": "2024-02-01", "targets": {"hours": [{"weekday": 4, "opens": "00:00", "closes": "00:30"}]}}
    done(office.post(f"/services/{service}/agree-targets", json=half))
    assert seconds(business, service) == 2 * 3600 - 1800 + 1800


def down(service: str, day: int) -> dict[str, Any]:
    """An hour of downtime so many days into 2024."""
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day)
    times = {"began_at": at.isoformat(), "ended_at": (at + timedelta(hours=1)).isoformat()}
    return {"source": "monitor", "key": uuid4().hex, "service_id": service, "cause": "disk", **times}


def seconds(business: Business, service: str) -> float:
    """The downtime of the first three months of 2024, right after a change and once everything is counted."""
    period = {"from": "2024-01-01", "to": "2024-03-31"}

    def asked() -> float:
        answer = business.office.get(f"/services/{service}/availability", params=period)
        return float(done(answer)["downtime_seconds"])

    first = asked()
    business.settle()
    assert asked() == first
    return first
