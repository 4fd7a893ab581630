"""What a play must do, written down once more: one play at a time, from the whole log.

Independent of the engine: nothing is packed, no play knows of another one, and each is followed
from its beginning to its end before the next is looked at.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from detectors.event import Event
from rules.action import action_id

Outcome = Callable[[str, int, float], tuple[str, float | None]]
"""(occurrence, step, decision time) -> reason, and when it is tried again."""
TOPICS = {"calls", "loans"}


@dataclass
class Oracle:
    """One play on a log in the order of arrival."""

    rule: dict[str, Any]
    log: Sequence[Event]
    start: int
    outcome: Outcome
    lateness_s: float
    done: list[tuple[str, int, float]] = field(default_factory=list)
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)

    def follow(self) -> None:
        """Follow the play from the event that sets the rule off."""
        self.trigger = self.log[self.start]
        self.now = max(event.at for event in self.log[: self.start + 1])
        self.about = self.trigger.id
        self.over = False
        if self._act(1, self.trigger.at, is_first=True):
            self.began = self.now
            self.tally["started", ""] += 1
            self._enter(1, self.now)
        for event in self.log[self.start + 1 :]:
            while not self.over and self.until < event.at - self.lateness_s:
                self._time_out()
            self.now = max(self.now, event.at)
            if not self.over:
                self._see(event)
        while not self.over:
            self._time_out()

    def _act(self, number: int, at: float, *, is_first: bool = False) -> bool:
        """Decide on a step; return whether the play goes on, else it is over or held."""
        self.done.append((self.about, number, at))
        decided = max(at, self.now)
        reason, again = self.outcome(self.about, number, decided)
        self.decided = decided
        if is_first:
            self.over = reason != "sent"
            return reason == "sent"
        if again is not None:
            self.until, self.held = again, True
            return False
        if reason != "sent":
            self.tally["skipped", str(number)] += 1
        if reason == "no_consent":
            self._stop("no_consent")
            return False
        return True

    def _enter(self, index: int, at: float) -> None:
        """Come to a step, and to those after it as long as nothing is waited for."""
        steps = self.rule["then"]
        self.held = False
        while index < len(steps) and "do" in steps[index]:
            self.index, self.since = index, at
            if not self._act(index + 1, at):
                return
            at, index = self.decided, index + 1
        self.index, self.since = index, at
        if index == len(steps):
            self.tally["finished", ""] += 1
            self.over = True
        else:
            step = steps[index]
            self.until = at + step.get("wait", step.get("within", 0.0))

    def _time_out(self) -> None:
        step, at = self.rule["then"][self.index], self.until
        if "wait_for" not in step:
            self._enter(self.index + ("wait" in step), at)
            return
        if not self.held:
            self.tally["late", str(self.index + 1)] += 1
        if step.get("else", "stop") == "stop" or self._act(self.index + 1, at):
            self._stop("in_vain")

    def _stop(self, why: str) -> None:
        self.tally["stopped", why] += 1
        self.over = True

    def _see(self, event: Event) -> None:
        steps = self.rule["then"]
        step = steps[self.index]
        is_awaited = step.get("wait_for") == event.type and self._is_own(event)
        is_awaited = is_awaited and self.since <= event.at <= self.until
        if is_awaited and "if" in step:
            is_awaited = event.data.get("reason") == "x"  # the only condition there is
        is_outcome = event.type in self.rule.get("until", ()) and self._is_own(event)
        if is_awaited and not (is_outcome and self.index < len(steps) - 1):
            self._enter(self.index + 1, event.at)
        elif is_outcome and (is_awaited or event.at >= self.began):
            self._stop("outcome")
        elif event.at >= self.began and self._asks(event):
            self._stop("asked")

    def _is_own(self, event: Event) -> bool:
        named = event.data.get("action_id")
        acting = {
            n + 1
            for n, step in enumerate(self.rule["then"])
            if "do" in step or step.get("else", "stop") != "stop"
        }
        own = {str(action_id("look-after", "c-1", self.about, number)) for number in acting}
        return not named or named in own

    def _asks(self, event: Event) -> bool:
        if event.type != "contact.started" or event.data["direction"] != "inbound":
            return False
        topic, of = event.data.get("topic"), self.trigger.data.get("topic")
        return topic is None or topic not in TOPICS or topic in ("calls", of)


def expected(
    rule: dict[str, Any], log: Sequence[Event], outcome: Outcome, lateness_s: float
) -> tuple[list[tuple[str, int, float]], Counter[tuple[str, str]]]:
    """Return (occurrence, step, due) of all candidates, and how often plays began and ended how."""
    done: list[tuple[str, int, float]] = []
    tally: Counter[tuple[str, str]] = Counter()
    for number, event in enumerate(log):
        if event.type == rule["when"]:
            play = Oracle(rule, log, number, outcome, lateness_s)
            play.follow()
            done += play.done
            tally += play.tally
    return sorted(done), tally
