"""Progress with rate and time left: a bar on a terminal, a line every few seconds elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

EVERY_SECONDS = 5.0

Advance = Callable[[int], None]


class RateColumn(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} rows/s" if task.speed else "")


@contextmanager
def showing(console: Console | None, what: str, total: int) -> Iterator[Advance]:
    """Shows how far something is; `advance(rows)` says that so many more are done."""
    if console is None:
        yield lambda _rows: None
    elif console.is_terminal:
        columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda rows: bar.advance(task, rows)
    else:
        yield PlainLines(console, what, total).advance


class PlainLines:
    """Prints where a load is, at most every few seconds and at the end."""

    def __init__(self, console: Console, what: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._what, self._total, self._clock = console, what, total, clock
        self._began = self._told = clock()
        self._done = 0

    def advance(self, rows: int) -> None:
        self._done += rows
        now = self._clock()
        if now - self._told >= EVERY_SECONDS or self._done >= self._total:
            self._told = now
            self._console.print(self.line(now), highlight=False, soft_wrap=True)

    def line(self, now: float) -> str:
        seconds = max(now - self._began, 1e-9)
        rate = self._done / seconds
        if self._done >= self._total:
            return f"{self._what}: {self._done:,} rows in {seconds:,.0f} s ({rate:,.0f} rows/s)"
        left = f"{(self._total - self._done) / rate:,.0f} s left" if rate else "time left not known yet"
        return f"{self._what}: {self._done:,} of {self._total:,} rows, {rate:,.0f} rows/s, {left}"
