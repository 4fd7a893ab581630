"""What is open for one customer outside of contacts, and what is known of them; bounded."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final
from zlib import crc32

from detectors.contacts import DAY_S, text
from detectors.event import Event
from detectors.marks import Marks
from detectors.notes import NOTES, note
from detectors.traces import Traces
from detectors.under_way import CLOSES, MAX_TEXT, OPENS, STALE_S, OpenItem, UnderWay, number

MAX_PAGES: Final = 8
"""Newest page views that are kept."""
FAMILIES: Final = (*STALE_S, "feedback")
HALF_DAYS: Final = 28
"""Days of use are counted over the last 28 days and over the 28 before them."""
FACTS: Final = ("plan", "segment", "language", "zone", "autopay", "alerts")
"""What a profile event tells of the customer."""
BAD: Final = {"csat": 2.0, "ces": 3.0, "nps": 6.0}
"""Scale -> highest answer that is bad: the usual cuts (2 of 5; 3 of 7; detractors 0 to 6)."""

_DAYS: Final = (1 << 2 * HALF_DAYS) - 1
_HALF: Final = (1 << HALF_DAYS) - 1
_ALL: Final = (1 << len(FAMILIES)) - 1
_KNOWN: Final = {family: 1 << bit for bit, family in enumerate(FAMILIES)}


class Standing:
    """What is open for a customer, what went wrong lately, and what the customer record says.

    An event older than what is known changes nothing that is newer, so a late event does no harm.
    A family is known once the customer record (``profile.updated``) or an event of the family told
    of this customer; before that nobody can say that nothing is open.

    Attributes
    ----------
    marks, traces
        When things that may be friction happened, and with what.
    pages
        The newest page views as (time, checksum of the path), in order of arrival.
    answered_at, scale, score
        The newest answer to a survey; NaN and empty before the first.
    bad_at
        When the customer last complained or gave a bad answer; NaN for never.
    facts
        What the customer record says, by the names of `FACTS`.

    Examples
    --------
    >>> standing = Standing()
    >>> standing.update(Event("1", "crm", "case.opened", 0.0, "c-1", {"case": "a"}))
    >>> len(standing.open_items("case", 60.0)), standing.knows("case"), standing.knows("incident")
    (1, True, False)
    """

    __slots__ = (
        "_active",
        "_active_day",
        "_facts_at",
        "_known",
        "_under_way",
        "answered_at",
        "bad_at",
        "facts",
        "marks",
        "pages",
        "scale",
        "score",
        "traces",
    )

    def __init__(self) -> None:
        self._known = 0
        self._under_way = UnderWay()
        self._active = 0
        self._active_day = 0
        self._facts_at = -math.inf
        self.facts: dict[str, str | bool] = {}
        self.marks = Marks()
        self.traces = Traces()
        self.pages: list[tuple[float, int]] = []
        self.answered_at = math.nan
        self.scale = ""
        self.score = math.nan
        self.bad_at = math.nan

    def update(self, event: Event) -> None:
        """Take an event of this customer; types that are not in `UPDATES` change nothing."""
        kind = event.type
        if kind in OPENS:
            self._known |= _KNOWN[self._under_way.begin(kind, event.at, event.data)]
        elif kind in CLOSES:
            self._known |= _KNOWN[self._under_way.end(kind, event.at, event.data)]
        if kind in _TAKES:
            _TAKES[kind](self, event.at, event.data)
        elif kind in NOTES:
            note(kind, self.marks, self.traces, event.at, event.data)

    def knows(self, family: str) -> bool:
        """Return whether anybody told of this customer what is open in this family."""
        return bool(self._known & _KNOWN[family])

    def open_items(self, family: str, at: float) -> list[OpenItem]:
        """Return what is open as of `at`, in order of its opening; at most 8."""
        return self._under_way.items(family, at)

    def active_days(self, at: float) -> tuple[int, int]:
        """Return on how many days (UTC) of the last 28, and of the 28 before, there was use."""
        ahead = int(at // DAY_S) - self._active_day
        if ahead >= 2 * HALF_DAYS:
            return 0, 0
        days = self._active << ahead if ahead >= 0 else self._active >> -ahead
        return (days & _HALF).bit_count(), (days >> HALF_DAYS & _HALF).bit_count()

    def _delay(self, at: float, data: Mapping[str, Any]) -> None:
        self._known |= _KNOWN["order"]
        self._under_way.delay(text(data.get("order")), at, number(data.get("delay_s")))

    def _scan(self, at: float, data: Mapping[str, Any]) -> None:
        self._known |= _KNOWN["order"]
        self._under_way.hear(text(data.get("order")), at)

    def _page(self, at: float, data: Mapping[str, Any]) -> None:
        if data.get("deliberate") is True:
            return
        self.pages.append((at, crc32(text(data.get("path")).encode("utf-8", "replace"))))
        if len(self.pages) > MAX_PAGES:
            del self.pages[0]

    def _feedback(self, at: float, data: Mapping[str, Any]) -> None:
        self._known |= _KNOWN["feedback"]
        scale, score = text(data.get("scale")), number(data.get("score"))
        is_answer = scale in BAD and score == score  # noqa: PLR0124
        is_bad = data.get("source") == "complaint" or (is_answer and score <= BAD[scale])
        if is_bad and not at <= self.bad_at:
            self.bad_at = at
        if is_answer and not at < self.answered_at:
            self.answered_at, self.scale, self.score = at, scale, score

    def _session(self, at: float, _: Mapping[str, Any]) -> None:
        day = int(at // DAY_S)
        ahead = day - self._active_day
        if ahead >= 0:
            kept = self._active << ahead if ahead < 2 * HALF_DAYS else 0
            self._active = (kept | 1) & _DAYS
            self._active_day = day
        elif -ahead < 2 * HALF_DAYS:
            self._active |= 1 << -ahead

    def _profile(self, at: float, data: Mapping[str, Any]) -> None:
        self._known = _ALL
        if at < self._facts_at:
            return
        self._facts_at = at
        for name in FACTS:
            value = data.get(name)
            if isinstance(value, str):
                self.facts[name] = value[:MAX_TEXT]
            elif isinstance(value, bool):
                self.facts[name] = value

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        return [
            self._known,
            self._under_way.to_list(),
            self.marks.to_list(),
            self.traces.to_list(),
            [[at, path] for at, path in self.pages],
            self._active,
            self._active_day,
            self.facts,
            [self._facts_at, self.answered_at, self.score, self.bad_at],
            self.scale,
        ]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Standing":
        """Return the standing of `to_list`."""
        self = cls()
        self._known, under_way, marks, traces, pages = values[:5]
        self._active, self._active_day, self.facts, times, self.scale = values[5:]
        self._under_way = UnderWay.from_list(under_way)
        self.marks = Marks.from_list(marks)
        self.traces = Traces.from_list(traces)
        self.pages = [(at, path) for at, path in pages]
        self._facts_at, self.answered_at, self.score, self.bad_at = times
        return self


_Take = Callable[[Standing, float, Mapping[str, Any]], None]
_TAKES: Final[Mapping[str, _Take]] = {
    "shipment.eta_changed": Standing._delay,
    "order.shipped": Standing._scan,
    "shipment.scanned": Standing._scan,
    "page.view": Standing._page,
    "feedback.received": Standing._feedback,
    "usage.session": Standing._session,
    "profile.updated": Standing._profile,
}
UPDATES: Final = frozenset({*OPENS, *CLOSES, *_TAKES, *NOTES})
"""Event types that change something here."""
