"""A TCP proxy that cuts, delays, goes silent, and loses the answer to a request that has arrived."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from portolan.stack.ports import LOCALHOST

Loss = Literal["request", "answer unread", "answer"]
CHUNK = 64 * 1024


@dataclass(eq=False)
class Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    loses_answer: bool = False

    def cut(self) -> None:
        """End both sides at once, as a reset does; what is under way is lost."""
        for writer in (self.client, self.server):
            writer.transport.abort()


@dataclass(eq=False)
class Proxy:
    """Listens on a port and passes everything on to another one, until told otherwise."""

    port: int
    target: int
    delay: float = 0.0
    lost: int = 0
    _links: set[Link] = field(default_factory=set)
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _pattern: bytes = b""
    _losses: list[Loss] = field(default_factory=list)
    _refuses: bool = False
    _server: asyncio.Server | None = None
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen."""
        self._open.set()
        self._server = await asyncio.start_server(self._serve, LOCALHOST, self.port)
        self._listening = asyncio.create_task(self._listen_while_target_does())

    def end(self) -> None:
        """End every connection for good."""
        assert self._listening is not None
        self._listening.cancel()
        self.delay = 0
        self._open.set()
        self.refuse()

    def refuse(self) -> None:
        """End every connection, and take no new ones."""
        self._refuses = True
        self._deafen()
        self.cut()

    def listen_again(self) -> None:
        """Take new connections, as soon as the target does."""
        self._refuses = False
        self._look.set()

    def cut(self) -> None:
        """End every connection; new ones are taken."""
        for link in list(self._links):
            link.cut()

    def go_silent(self) -> None:
        """Half-open: connections stay and new ones are taken, but nothing passes in either direction."""
        self._open.clear()

    def speak_again(self) -> None:
        """What was half-open ends, as the system ends it once nothing is acknowledged for a while."""
        self.cut()
        self._open.set()

    def lose(self, pattern: bytes, losses: list[Loss]) -> None:
        """The next so many requests that contain the pattern go wrong, each in its way; their connections end.

        ``request``: it does not arrive. ``answer unread``: it has been sent, and nobody waits for the answer.
        ``answer``: it has been carried out and answered, and the answer does not arrive.
        """
        self._pattern, self._losses = pattern, list(losses)

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        await self._open.wait()
        if self._refuses:  # taken from the queue of those who came before
            return to_client.transport.abort()
        try:
            from_server, to_server = await asyncio.open_connection(LOCALHOST, self.target)
        except OSError:
            to_client.transport.abort()
            return self._look.set()
        link = Link(to_client, to_server)
        self._links.add(link)
        try:
            await asyncio.gather(self._ask(link, from_client), self._answer(link, from_server))
        except OSError:
            return None
        finally:
            link.cut()
            self._links.discard(link)
            self._look.set()
        return None

    async def _listen_while_target_does(self) -> None:
        """Who connects to a dead server is refused, not taken and dropped."""
        while True:
            await self._look.wait()
            self._look.clear()
            while not self._refuses and not await self._target_listens():
                self._deafen()
                await asyncio.sleep(0.05)
            if not self._refuses and self._server is None:
                try:
                    self._server = await asyncio.start_server(self._serve, LOCALHOST, self.port)
                except OSError:  # somebody else has the port for a moment
                    self._look.set()
                    await asyncio.sleep(0.05)
                if self._refuses:
                    self._deafen()

    async def _target_listens(self) -> bool:
        try:
            _, probe = await asyncio.open_connection(LOCALHOST, self.target)
        except OSError:
            return False
        probe.transport.abort()
        return True

    def _deafen(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _ask(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await self._next(reader):
            loss = self._losses.pop() if self._losses and self._pattern in data else None
            if loss == "request":
                self.lost += 1
                return link.cut()
            link.loses_answer = link.loses_answer or loss == "answer"
            link.server.write(data)
            await link.server.drain()
            if loss == "answer unread":
                self.lost += 1
                # Closed rather than reset: what was sent arrives.
                link.server.close()
                return link.client.transport.abort()
        return link.cut()

    async def _answer(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await self._next(reader):
            if link.loses_answer:
                self.lost += 1
                break
            link.client.write(data)
            await link.client.drain()
        link.cut()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(CHUNK)
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._open.wait()
        return data


class Proxies:
    """Runs proxies in a thread of their own; ``do`` makes one of them misbehave."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._running: list[Proxy] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def between(self, port: int, target: int) -> Proxy:
        """A proxy that listens on ``port`` and passes on to ``target``."""
        proxy = Proxy(port, target)
        asyncio.run_coroutine_threadsafe(proxy.start(), self._loop).result(10)
        self._running.append(proxy)
        return proxy

    def do(self, misbehave: Callable[[], object]) -> None:
        """Call a proxy's method in its own thread, and wait until it is done."""
        done = threading.Event()

        def call() -> None:
            misbehave()
            done.set()

        self._loop.call_soon_threadsafe(call)
        done.wait(10)

    async def _end(self) -> None:
        for proxy in self._running:
            proxy.end()
        until = self._loop.time() + 5
        while (others := asyncio.all_tasks() - {asyncio.current_task()}) and self._loop.time() < until:
            await asyncio.wait(others, timeout=0.05)
        await asyncio.sleep(0.05)  # connections that were aborted are closed in the loop's next rounds
