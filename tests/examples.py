"""How many examples a property is tried with: some in every run, many more in `make long`."""

import os

# So many times the usual number.
TIMES = int(os.environ.get("PORTOLAN_EXAMPLES_TIMES", "1"))


def examples(usual: int) -> int:
    """The number for this run."""
    return usual * TIMES
