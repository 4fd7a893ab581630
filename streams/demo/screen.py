"""Shows the run: a live screen on a terminal, a line every few seconds elsewhere."""

import asyncio
import math
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live

from detectors.learning.validation import Report
from streams.clock import monotonic
from streams.demo.scrape import Scrape
from streams.demo.view import live_view, plain_line
from streams.demo.watch import Watch

PLAIN_EVERY_S = 5.0
MODELS_EVERY_S = 5.0  # sorting a month of labels takes a tenth of a second


@dataclass(slots=True)
class Progress:
    """How far the replay has come: records written, event time reached."""

    done: int = 0
    at: float = 0.0

    def report(self, written: int, at: float) -> None:
        """Take the replay's report."""
        self.done, self.at = written, at


class Screen:
    """What a person sees while the log is replayed.

    Parameters
    ----------
    name
        The recording.
    total
        Raw records that it has.
    url
        Where the worker serves its metrics.
    """

    def __init__(self, name: str, total: int, url: str, console: Console) -> None:
        self._name = name
        self._total = total
        self._url = url
        self._console = console
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._reports: dict[str, Report] = {}
        self._judged_at = self._said_at = -math.inf
        self._processed, self._looked_at = 0.0, monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    async def show(self, progress: Progress, scraped: Scrape, watch: Watch) -> None:
        """Show where things stand."""
        at = monotonic()
        processed = scraped.processed.get("normalise", 0.0)
        # A worker that was started again counts from zero.
        rate = max(0.0, processed - self._processed) / (at - self._looked_at)
        self._processed, self._looked_at = processed, at
        if self._console.is_terminal:
            if at - self._judged_at >= MODELS_EVERY_S:
                self._judged_at = at
                validation = watch.validation
                for model in validation.models():
                    self._reports[model] = await asyncio.to_thread(validation.report, model)
            self._live.update(
                live_view(
                    self._name,
                    progress.done,
                    self._total,
                    progress.at,
                    rate,
                    scraped,
                    watch,
                    self._reports,
                    self._url,
                )
            )
        elif at - self._said_at >= PLAIN_EVERY_S:
            self._said_at = at
            self._console.print(plain_line(progress.done, self._total, rate, scraped, watch))
