"""Certificates of budget management that lapse, on the desk of the head of the division."""

from datetime import timedelta

from contracts.roles import Role
from tests.business import done
from tests.finance.alone import FinanceAlone
from tests.finance.authority.test_authority_api import POLICY, certify
from tests.today import TODAY


def test_the_head_sees_90_days_before_whose_certificate_ends_where_policy_asks_for_one(business: FinanceAlone) -> None:
    division, head = business.headed()
    one, later = business.post(division, "manager"), business.post(division, "manager")
    business.settle()
    certify(business, one, 60)
    certify(business, later, 120)
    heads = business.system("finance", Role.STAFF, subject=head.person)
    other = business.system("finance", Role.MANAGER, subject=one.person)

    def lapsing(days: int = 90) -> list[tuple[str, str]]:
        found = done(heads.get("/desk", params={"days": days}))["due"]
        return [(each["person_id"], each["due_on"]) for each in found if "certificate" in each["what"]]

    ends = [str(TODAY + timedelta(days=days)) for days in (60, 120)]
    assert lapsing() == []
    done(business.controller.post(POLICY, json={"budget_certificate": True, "reason": "As agreed."}))
    assert lapsing() == [(one.person, ends[0])]
    assert lapsing(120) == [(one.person, ends[0]), (later.person, ends[1])]
    assert done(other.get("/desk"))["due"] == []
    certify(business, one, 200)
    assert lapsing() == []
