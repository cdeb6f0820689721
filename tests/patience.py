"""How long tests wait for what has to come: a limit is there for what hangs, not for what is slow on a busy machine."""

import os

LONGEST = 10


def patient(seconds: float) -> float:
    """The limit on an idle machine, longer by as much as there is more to do now than the processors can."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * min(max(busy, 1), LONGEST)
