"""HTTP/1.1 as uvicorn speaks it, with bounds: on a request's head, and on how long head and body may take to come."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@dataclass(frozen=True)
class Limits:
    """What one request may take: bytes of its head (its first line and headers), seconds for its head and its body."""

    head_bytes: int = 65_536
    head_seconds: float = 10
    body_seconds: float = 60
    problem_base: str = ""


class BoundedProtocol(HttpToolsProtocol):
    """Answers 431 to a head that is too large, and 408 to a head or body that does not come in time, and hangs up."""

    limits = Limits()

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._head = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_within(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._came()
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
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._came()
        self._head = 0
        if not self.transport.is_closing():
            super().on_message_complete()

    @property
    def _in_head(self) -> bool:
        return not self.transport.is_closing() and (self.cycle is None or not self.cycle.more_body)

    def _expect_within(self, seconds: float) -> None:
        self._came()
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "request-timeout", "The request did not come in time.")

    def _refuse(self, status: HTTPStatus, name: str, detail: str) -> None:
        """Answer with a problem, unless another answer is on its way, and hang up."""
        self._came()
        if self.transport.is_closing():
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
        self.transport.close()


def bounded(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol with these limits."""
    return type("Bounded", (BoundedProtocol,), {"limits": limits})
