"""Whether the time of an answer tells a hidden record from an absent one: by rank, over many tries in random order."""

import random
import time
from collections.abc import Callable
from uuid import uuid4

import httpx

from bench.ground import Ground
from bench.measure import Arm, Row, interleaved
from bench.reading import FEW, TEAM, person, serving
from contracts.roles import Role

GOAL = 0.05
TRIES_A_SECOND = 100


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """How far from chance it is to tell them apart, for reads, lists and a command on somebody else's pay."""
    token = ground.issuer.token(str(person(TEAM + 1)), [Role.STAFF])
    with (
        serving(ground, FEW) as world,
        httpx.Client(base_url=world.url, headers={"authorization": f"Bearer {token}"}, trust_env=False) as client,
    ):
        ways: dict[str, Callable[[str], httpx.Response]] = {
            "reading it": lambda pay: client.get(f"/pay/{pay}"),
            "reading its history": lambda pay: client.get(f"/pay/{pay}/history"),
            "a command on it": lambda pay: client.post(f"/pay/{pay}/cancel-planned", json={}),
            "listing it": lambda pay: client.get("/pay", params={"id": pay}),
            "its actions in a list": lambda pay: client.get("/pay/actions", params={"id": pay}),
        }
        return [compared(what, asked, rounds, seconds) for what, asked in ways.items()]


def compared(what: str, asked: Callable[[str], httpx.Response], rounds: int, seconds: int) -> Row:
    """One way to ask for it."""
    found = interleaved([Arm("told", lambda: told_apart(asked, seconds * TRIES_A_SECOND))], rounds)
    figure = found.median("told")
    figures = (
        f"probability that the hidden one's answer takes longer: {', '.join(f'{f:.3f}' for f in found.figures['told'])}"
    )
    checked = "each answer was 404 or an empty list"
    result = f"{abs(figure - 0.5):.3f}"
    return Row(
        f"hidden and absent told apart by time, {what}: distance from chance",
        f"<= {GOAL}",
        result,
        abs(figure - 0.5) <= GOAL,
        figures,
        checked,
    )


def told_apart(asked: Callable[[str], httpx.Response], tries: int) -> float:
    """The probability that the answer about a hidden record takes longer than that about an absent one."""
    hidden: list[float] = []
    absent: list[float] = []
    for _ in range(tries):
        both = [(hidden, str(person(random.randrange(2 * TEAM, FEW)))), (absent, str(uuid4()))]
        random.shuffle(both)
        for times, id in both:
            began = time.perf_counter()
            answer = asked(id)
            times.append(time.perf_counter() - began)
            if answer.status_code != 404 and answer.json().get("items") != []:
                raise AssertionError(f"answered {answer.status_code}: {answer.text}")
    return above(hidden, absent)


def above(ones: list[float], others: list[float]) -> float:
    """The share of pairs in which the one is the larger (Mann and Whitney's U), from the ranks of all."""
    ranked = sorted([(one, True) for one in ones] + [(other, False) for other in others])
    ranks = sum(rank for rank, (_, is_one) in enumerate(ranked, 1) if is_one)
    return (ranks - len(ones) * (len(ones) + 1) / 2) / (len(ones) * len(others))
