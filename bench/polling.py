"""Portfolio's worker with an outbox that is polled twice a second, as a relay without wake-ups would."""

import sys
import time

from sqlalchemy import Connection

from chassis.messaging.relay import Relay
from chassis.service.run import main
from services.portfolio.app import SERVICE

POLL_SECONDS = 0.5


def wait(_connection: Connection, _seconds: float) -> bool:
    """Look again after half a second, whatever was appended meanwhile."""
    time.sleep(POLL_SECONDS)
    return False


if __name__ == "__main__":
    Relay._notified = staticmethod(wait)  # type: ignore[assignment,method-assign]
    sys.argv = [sys.argv[0], "worker"]
    main(SERVICE)
