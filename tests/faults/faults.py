"""The kinds of fault, and which of them a seed chooses at which moments."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import create_engine, text

from tests.faults.ground import Ground
from tests.faults.proxy import Loss

WORK_SECONDS = 4.0
DAY = 24 * 3600.0
LOSSES: Sequence[Loss] = ("request", "answer unread", "answer")
# In the text of every call of the append function, and in nothing else that is sent.
AN_APPEND = b'"command_id"'


@dataclass(frozen=True)
class Fault:
    """What happens to whom, so many seconds after the work began, for so long; ``dice`` decides its details."""

    kind: str
    target: str
    at: float
    lasts: float
    dice: int

    def __str__(self) -> str:
        return f"{self.kind} of {self.target} at {self.at:.2f} s for {self.lasts:.2f} s"


Act = Callable[[Ground, Fault], None]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: its targets, how long it lasts (from, to), how it begins and how it ends."""

    targets: Sequence[str]
    lasts: tuple[float, float]
    begin: Act
    end: Act = lambda ground, fault: None


def kill(ground: Ground, fault: Fault) -> None:
    """kill -9, and down for as long as the fault lasts."""
    ground.hold_down(fault.target)


def let_up(ground: Ground, fault: Fault) -> None:
    """The supervisor may start it again."""
    ground.let_up(fault.target)


def pause(ground: Ground, fault: Fault) -> None:
    """SIGSTOP."""
    ground.pause(fault.target)


def go_on(ground: Ground, fault: Fault) -> None:
    """SIGCONT."""
    ground.go_on(fault.target)


def cut(ground: Ground, fault: Fault) -> None:
    """Connections end; new ones are refused for as long as the fault lasts."""
    ground.proxies.do(ground.network(fault.target).refuse)


def connect_again(ground: Ground, fault: Fault) -> None:
    """New connections are taken."""
    ground.proxies.do(ground.network(fault.target).listen_again)


def slow_down(ground: Ground, fault: Fault) -> None:
    """Everything takes 10 to 200 ms longer in each direction."""
    ground.network(fault.target).delay = random.Random(fault.dice).uniform(0.01, 0.2)


def speed_up(ground: Ground, fault: Fault) -> None:
    """No delay any more."""
    ground.network(fault.target).delay = 0


def go_silent(ground: Ground, fault: Fault) -> None:
    """Connections look alive, and nothing passes."""
    ground.proxies.do(ground.network(fault.target).go_silent)


def speak_again(ground: Ground, fault: Fault) -> None:
    """The silent connections are reset, new ones work."""
    ground.proxies.do(ground.network(fault.target).speak_again)


def lose_answers(ground: Ground, fault: Fault) -> None:
    """Some appends are sent and their answers lost, each at another point."""
    chance, network = random.Random(fault.dice), ground.network(fault.target)
    losses = chance.choices(LOSSES, [1, 2, 3], k=chance.randint(2, 8))
    ground.proxies.do(lambda: network.lose(AN_APPEND, losses))


def forgive(ground: Ground, fault: Fault) -> None:
    """Later appends go through."""
    network = ground.network(fault.target)
    ground.proxies.do(lambda: network.lose(AN_APPEND, []))


def terminate_sessions(ground: Ground, fault: Fault) -> None:
    """pg_terminate_backend on every session of both services, some times in a row."""
    statement = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'portolan_%'")
    engine = create_engine(ground.postgres.superuser_url(), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for _ in range(random.Random(fault.dice).randint(1, 5)):
                connection.execute(statement)
    finally:
        engine.dispose()


def fill_disk(ground: Ground, fault: Fault) -> None:
    """No byte is free where the database writes."""
    ground.disk.fill()


def free_disk(ground: Ground, fault: Fault) -> None:
    """There is room again."""
    ground.disk.free()


def join(ground: Ground, fault: Fault) -> None:
    """A second worker: its relay stands by, its readers join the groups."""
    ground.want(fault.target)


def leave(ground: Ground, fault: Fault) -> None:
    """It leaves, orderly or killed."""
    if random.Random(fault.dice).random() < 0.5:
        ground.kill(fault.target)
    ground.end(fault.target)


def skew(ground: Ground, fault: Fault) -> None:
    """It starts again with a clock that is a day off; an API's is ahead, as it could not read its callers' tokens."""
    behind = not fault.target.startswith("api") and random.Random(fault.dice).random() < 0.5
    ground.want(fault.target, skew=-DAY if behind else DAY)


def unskew(ground: Ground, fault: Fault) -> None:
    """It starts again with the right clock."""
    ground.want(fault.target)


APIS, DATABASE_NETWORKS = ("api-1", "api-2"), ("api-database", "worker-database", "watcher-database")
KINDS: Mapping[str, Kind] = {
    "kill api": Kind(APIS, (0, 1), kill, let_up),
    "kill worker": Kind(["worker-1"], (0, 1), kill, let_up),
    "kill watcher": Kind(["watcher-1"], (0, 1), kill, let_up),
    "kill broker": Kind(["broker"], (0, 1), kill, let_up),
    "kill database": Kind(["database"], (0, 1), kill, let_up),
    "pause api": Kind(APIS, (0.2, 2), pause, go_on),
    "pause worker": Kind(["worker-1"], (0.2, 3), pause, go_on),
    "pause watcher": Kind(["watcher-1"], (0.2, 3), pause, go_on),
    "pause broker": Kind(["broker"], (0.2, 3), pause, go_on),
    "pause database": Kind(["database"], (0.2, 3), pause, go_on),
    "cut network": Kind([*DATABASE_NETWORKS, "broker-network"], (0, 1.5), cut, connect_again),
    "slow network": Kind([*DATABASE_NETWORKS, "broker-network"], (0.5, 2), slow_down, speed_up),
    "half-open network": Kind([*DATABASE_NETWORKS, "broker-network"], (0.5, 2), go_silent, speak_again),
    "answer of append lost": Kind(["api-database", "watcher-database"], (1, 2), lose_answers, forgive),
    "sessions terminated": Kind(["database"], (0, 0), terminate_sessions),
    "disk full": Kind(["database"], (0.5, 2), fill_disk, free_disk),
    "broker away": Kind(["broker"], (2, 4), kill, let_up),
    "second worker": Kind(["worker-2"], (1, 4), join, leave),
    "second watcher": Kind(["watcher-2"], (1, 4), join, leave),
    "clock a day off": Kind([*APIS, "worker-1", "watcher-1"], (1, 3), skew, unskew),
}


def plan(seed: int) -> tuple[list[Fault], random.Random]:
    """One to four faults of a seed, of different kinds and targets, and the chance with which its work goes on."""
    chance = random.Random(seed)
    faults: list[Fault] = []
    for name in chance.sample(sorted(KINDS), chance.choices([1, 2, 3, 4], [1, 3, 3, 1])[0]):
        kind = KINDS[name]
        target = chance.choice(kind.targets)
        fault = Fault(
            name, target, chance.uniform(0.2, WORK_SECONDS - 1), chance.uniform(*kind.lasts), chance.getrandbits(32)
        )
        if target not in {other.target for other in faults}:
            faults.append(fault)
    return sorted(faults, key=lambda fault: fault.at), chance


SHORT_SET = (15, 27, 38, 93, 152, 178)
"""Seeds that together have every kind of fault."""
