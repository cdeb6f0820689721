"""Demo data for portfolio: policies in versions, who has acknowledged them, and exceptions to them.

An exception that was granted ends after its last day, which lies ahead on the day of the load.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.portfolio.policies import acknowledgement_id
from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, division_id, person_id, record_id
from portolan.demo.scenes import DemoCommand, Json, orders_to

Steps = tuple[tuple[str, str, Json], ...]


@dataclass(frozen=True)
class Policy:
    """A policy of a division for others and those below them; ``then``: what becomes of the draft, and by whom."""

    key: str
    title: str
    text: str
    division: str
    audience: tuple[str, ...]
    drafted_by: str
    then: Steps = ()


@dataclass(frozen=True)
class PolicyException:
    """A division that need not follow a policy for so many days; ``then``: who does what about it."""

    key: str
    policy: str
    division: str
    asked_by: str
    days: int
    reason: str
    then: Steps = ()


APPROVED: Steps = (("helena", "approve", {"policy_version": 1}),)
IN_FORCE: Steps = (*APPROVED, ("helena", "publish", {}))

# fmt: off
POLICIES = (
    Policy("security", "Information security at work", "Lock your screen. Report what looks wrong within an hour. "
        "Sign in with a second factor.", "IT-SEC", ("CVL",), "rasmus", IN_FORCE),
    Policy("cloud", "Costs in the cloud", "Whatever runs in the cloud names the division that pays for it.",
        "IT-OPS", ("IT",), "marcus", IN_FORCE),
    Policy("paper", "Keeping of paper slips", "Proofs of delivery are kept on paper for ten years.",
        "LEG", ("OPS", "FIN"), "frederic",
        (*IN_FORCE, ("helena", "retire", {"reason": "The law allows pictures now; another policy says how."}))),
    Policy("records", "Keeping of records", "Proofs of delivery are kept as pictures for ten years, then deleted.",
        "LEG", ("OPS", "FIN"), "frederic", APPROVED),
    Policy("models", "Work with language models", "No data of customers or staff goes to models of others.",
        "IT", ("CVL",), "dmitri"),
)

SECOND_VERSION = "security"
"""The policy that is in force in a second version."""
CHANGED_TEXT = (
    "Lock your screen. Report what looks wrong within an hour. Sign in with a second factor. "
    "Nobody from IT asks you for a password, not by telephone either."
)

ACKNOWLEDGED: dict[str, tuple[str, ...]] = {
    "security": ("helena", "marcus", "elif", "tariq", "bilal", "kofi"),
    "cloud": ("katarzyna", "oskar", "daan"),
}
"""Who acknowledged the first version of which policy, and who the second one of the one that has it."""
ACKNOWLEDGED_AGAIN = ("helena", "marcus", "tariq", "greta", "mateusz")

EXCEPTIONS = (
    PolicyException("scanners", "security", "OPS", "hendrik", 120, "Scanners in the halls have no second factor.",
        (("helena", "grant", {"reason": "Until the new scanners come; they open nothing but the stock."}),)),
    PolicyException("fair", "security", "SAL", "sofie", 3, "The fair in Lyon lasts three more days.",
        (("helena", "grant", {"reason": "For the terminals at the fair alone."}),)),
    PolicyException("sandbox", "cloud", "IT-DAT", "thandiwe", 90, "Experiments belong to no division."),
    PolicyException("payroll", "security", "HR", "stefan", 200, "The old payroll client knows no second factor.",
        (("helena", "refuse", {"reason": "It shows salaries: move the last countries first."}),)),
    PolicyException("portals", "cloud", "IT-APP", "daan", 60, "The old portals cannot be told apart in the bill.",
        (("daan", "withdraw", {"reason": "They are switched off sooner than that."}),)),
)
# fmt: on


def policy_order(key: str, actor: str, command: str, body: Json, nth: str = "") -> DemoCommand:
    title = next(row.title for row in POLICIES if row.key == key)
    return orders_to("policy", record_id("policy", key), f"the policy '{title}'")(actor, command, body, nth)


def rules(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """Policies are drafted, approved by somebody else, published and retired."""
    for row in POLICIES:
        body = {
            "title": row.title,
            "text": row.text,
            "division_id": str(division_id(row.division)),
            "audience": [str(division_id(code)) for code in row.audience],
        }
        drafted = policy_order(row.key, row.drafted_by, "draft", body)
        yield [drafted, *(policy_order(row.key, actor, command, said) for actor, command, said in row.then)]


def acknowledged() -> Iterator[Sequence[DemoCommand]]:
    """Everybody acknowledges for themselves, the version in force."""
    return ([acknowledge(policy, key, 1)] for policy, keys in ACKNOWLEDGED.items() for key in keys)


def acknowledged_again() -> list[DemoCommand]:
    return [acknowledge(SECOND_VERSION, key, 2) for key in ACKNOWLEDGED_AGAIN]


def acknowledge(policy: str, key: str, version: int) -> DemoCommand:
    id = acknowledgement_id(record_id("policy", policy), person_id(key))
    body = {"policy_id": str(record_id("policy", policy)), "person_id": str(person_id(key)), "policy_version": version}
    about = f"the policy '{policy}' by {MEMBERS[key].name}"
    return orders_to("policy_acknowledgement", id, about)(key, "acknowledge", body, f"version {version}")


def second_version() -> Iterator[Sequence[DemoCommand]]:
    """A policy is revised, and in force again when it was approved again."""
    row = next(row for row in POLICIES if row.key == SECOND_VERSION)
    revised = {"title": row.title, "text": CHANGED_TEXT, "audience": [str(division_id(code)) for code in row.audience]}
    yield [
        policy_order(row.key, row.drafted_by, "revise", revised),
        policy_order(row.key, "helena", "approve", {"policy_version": 2}, "version 2"),
        policy_order(row.key, "helena", "publish", {}, "version 2"),
    ]


def policy_exceptions(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    for row in EXCEPTIONS:
        order = orders_to("policy_exception", record_id("policy exception", row.key), f"the exception '{row.reason}'")
        body = {
            "policy_id": str(record_id("policy", row.policy)),
            "division_id": str(division_id(row.division)),
            "until": calendar.ahead(row.days).isoformat(),
            "reason": row.reason,
        }
        asked = order(row.asked_by, "ask", body)
        yield [asked, *(order(actor, command, said) for actor, command, said in row.then)]
