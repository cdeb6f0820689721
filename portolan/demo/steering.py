"""Scenes at portfolio: how the portfolio of IT is planned, decided on, followed and provided.

What has nothing to do with each other goes on side by side: few requests, so that the load stays fast.
"""

from collections.abc import Iterator

from portolan.demo.allocating import allocations, demands, overload
from portolan.demo.calendar import Calendar
from portolan.demo.changing import changes, models, windows
from portolan.demo.governing import decisions, gates, later_decisions, limits, priorities
from portolan.demo.planning import answers, baselines, change_requests, drafts, exceeded, work
from portolan.demo.realising import asked_of_finance, capability, changed_benefits, recorded, verdicts
from portolan.demo.regulating import acknowledged, acknowledged_again, policy_exceptions, rules, second_version
from portolan.demo.requesting import criteria, requests
from portolan.demo.resolving import issues
from portolan.demo.risking import policies, risks
from portolan.demo.roadmapping import roadmaps
from portolan.demo.scenes import Scene, in_turns
from portolan.demo.scouting import technologies
from portolan.demo.serving import dependencies, reported, services


def steering(calendar: Calendar) -> Iterator[Scene]:
    heard, due = ("people", "finance"), asked_of_finance()
    yield Scene("set the limits of the portfolio", "portfolio", [limits()], hears=heard, waits=due)
    frame = [criteria(), *policies(), *rules(calendar), *models(), *windows(calendar), *services(calendar)]
    decided = [*decisions(calendar), priorities(), *gates(), *roadmaps(calendar), capability(calendar)]
    needed = [*demands(calendar), *allocations(calendar)]
    courses = [*frame, *drafts(calendar), *decided, *needed, *changed_benefits(calendar)]
    yield from in_turns("plan projects, provide services, decide", "portfolio", courses)
    yield Scene("set baselines", "portfolio", baselines(), waits=exceeded())
    planned = [*work(calendar), *change_requests(calendar), *answers(calendar)]
    facing = [*risks(calendar), *issues(calendar), *reported(calendar)]
    asked = [*requests(calendar), *later_decisions(calendar), overload(calendar), *technologies(calendar)]
    carried_out = [*dependencies(), *changes(calendar)]
    followed = [*acknowledged(), *policy_exceptions(calendar)]
    yield from in_turns(
        "work, ask, change and watch", "portfolio", [*planned, *facing, *asked, *carried_out, *followed]
    )
    yield from in_turns("revise a policy", "portfolio", second_version())
    yield Scene("acknowledge the policy again", "portfolio", acknowledged_again())
    yield Scene("confirm benefits or not", "finance", verdicts(calendar), hears=("portfolio",), waits=recorded())
