"""HTTP/1.1 as uvicorn speaks it, with bounds: on a request's head, and on how long head and body may take to come."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LINGER_SECONDS = 2.0


@dataclass(frozen=True)
class Limits:
    """What one request may take: bytes of its head (its first line and headers), seconds for its head and its body.

    And how many ``connections`` there may be: where there are so many, the one that has kept us waiting longest for the
    rest of its request makes room for a new one.
    """

    head_bytes: int = 65_536
    head_seconds: float = 10
    body_seconds: float = 60
    connections: int = 1000
    problem_base: str = ""


class BoundedProtocol(HttpToolsProtocol):
    """Answers 431 to a head that is too large, and 408 to a head or body that does not come in time, and hangs up."""

    limits = Limits()
    # Those whose request has not come whole, the longest waiting first.
    incomplete: ClassVar[dict["BoundedProtocol", None]] = {}
    # Those refused, until they are closed.
    lingering: ClassVar[dict["BoundedProtocol", asyncio.TimerHandle]] = {}

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._head = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) >= self.limits.connections and self.incomplete:
            next(iter(self.incomplete))._too_late()
        self._expect_within(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._came()
        if closing := self.lingering.pop(self, None):
            closing.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._deadline is None:  # the first bytes of a further request on a connection that was kept
                self._expect_within(self.limits.head_seconds)
        super().data_received(data)
        if self._in_head and self._head > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "The headers are too large.")

    def on_headers_complete(self) -> None:
        self._came()
        head = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if head > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "The headers are too large.")
            return
        super().on_headers_complete()
        self._expect_within(self.limits.body_seconds)

    def on_body(self, body: bytes) -> None:
        if not self._hung_up:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._came()
        self._head = 0
        if not self._hung_up:
            super().on_message_complete()

    @property
    def _in_head(self) -> bool:
        return not self._hung_up and (self.cycle is None or not self.cycle.more_body)

    @property
    def _hung_up(self) -> bool:
        return self.transport.is_closing() or self in self.lingering

    def _expect_within(self, seconds: float) -> None:
        self._came()
        self._deadline = self.loop.call_later(seconds, self._too_late)
        self.incomplete[self] = None

    def _came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            del self.incomplete[self]

    def _too_late(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "request-timeout", "The request did not come in time.")

    def _refuse(self, status: HTTPStatus, name: str, detail: str) -> None:
        """Answer with a problem, unless another answer is on its way, and hang up."""
        self._came()
        if self._hung_up:
            return
        # Where requests queue on the connection, the answer under way is another one's.
        if not self.pipeline and (
            self.cycle is None or self.cycle.response_complete or not self.cycle.response_started
        ):
            title = status.phrase + "."
            problem = {"type": self.limits.problem_base + name, "title": title, "status": status, "detail": detail}
            body = json.dumps(problem).encode()
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
                f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.connections.discard(self)
        self._hang_up()

    def _hang_up(self) -> None:
        """Take nothing any more, and close after a while: what is sent too fast waits at its sender's.

        And the answer is read: closed at once, what was sent meanwhile would take it away.
        """
        self.transport.pause_reading()
        if len(self.lingering) >= self.limits.connections:
            self.transport.close()
            return
        self.lingering[self] = self.loop.call_later(LINGER_SECONDS, self.transport.close)


def bounded(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol with these limits."""
    return type("Bounded", (BoundedProtocol,), {"limits": limits, "incomplete": {}, "lingering": {}})
