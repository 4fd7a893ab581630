"""How much friction one customer met, as counts that fade: in all, in a visit, per open issue."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from detectors.contacts import DAY_S
from detectors.under_way import MAX_TEXT

KINDS: Final = (
    "rage_click",
    "dead_click",
    "error_click",
    "app_error",
    "cursor_thrash",
    "excessive_scroll",
    "page_loop",
    "quick_back",
    "form_abandonment",
    "form_loop",
    "search_without_result",
    "login_failure",
    "payment_failure",
    "delivery_delay",
    "promise_at_risk",
    "repeat_contact",
    "transfer",
    "hold",
    "queue_wait",
    "abandonment",
    "callback_not_kept",
    "channel_switch",
    "web_to_call",
    "ivr_loop",
    "zero_out",
    "long_silence",
    "negative_sentiment",
    "negative_feedback",
    "case_reopened",
)
"""What is counted; stored by its number, so new kinds go to the end."""
HALF_LIVES_S: Final = (300.0, DAY_S, 7 * DAY_S)
"""A visit, a day, a week: after each a count is halved."""
MAX_COUNT: Final = 8.0
"""A kind counts at most so often at a time: ten thousand clicks are not worse than eight."""
VISIT_S: Final = 1800.0
"""A visit ends after 30 min without a sign of life, the usual cut of web analytics [1]_.

.. [1] Google Analytics, session timeout of 30 min.
"""
ISSUE_S: Final = 7 * DAY_S
"""What the customer has not come back for in 7 days counts as settled, as with repeat contacts."""
MAX_ISSUES: Final = 4
"""Open issues kept; the one that rested longest goes first."""

Points = Mapping[str, float]
"""Kind -> how much one occurrence of it weighs, in points, 0 or more."""

_MINUTES, _WEEK = HALF_LIVES_S[:1], HALF_LIVES_S[-1:]
_CODES: Final = {kind: code for code, kind in enumerate(KINDS)}
_FADING = struct.Struct(">B4d")
_ONE = struct.Struct(">B2d")
_VISIT = struct.Struct(">Id")
_PENDING = struct.Struct(">4d2B")


Row = list[float]
"""Time to which counts were brought, and the counts: how often something happened, faded."""


def add_to(rows: dict[str, Row], kind: str, at: float, half_lives_s: Sequence[float]) -> None:
    """Count once more; something late fades by its own age, so the order does not matter.

    >>> rows = {}
    >>> for at in (300.0, 0.0):
    ...     add_to(rows, "hold", at, (300.0,))
    >>> rows
    {'hold': [300.0, 1.5]}
    """
    row = rows.get(kind)
    if row is None:
        rows[kind] = [at] + [1.0] * len(half_lives_s)
        return
    age_s = at - row[0]
    if age_s >= 0.0:
        row[0] = at
        for place, half_life_s in enumerate(half_lives_s, start=1):
            row[place] = row[place] * 0.5 ** (age_s / half_life_s) + 1.0
    else:
        for place, half_life_s in enumerate(half_lives_s, start=1):
            row[place] += 0.5 ** (-age_s / half_life_s)


def faded(row: Row, place: int, at: float, half_life_s: float) -> float:
    """Return a count of a row as of a time, at most `MAX_COUNT`."""
    age_s = at - row[0]
    count = row[place] * 0.5 ** (age_s / half_life_s) if age_s > 0.0 else row[place]
    return count if count < MAX_COUNT else MAX_COUNT


class Issue:
    """What the customer wants settled: the friction since it came up, by kind.

    Parameters
    ----------
    at
        When it was last touched.
    """

    __slots__ = ("at", "counts")

    def __init__(self, at: float) -> None:
        self.at = at
        self.counts: dict[str, Row] = {}


class Asked:
    """The question whether the customer will contact us, until a day has told.

    Parameters
    ----------
    t0, due
        When it was asked, and until when the answer counts (inclusive).
    score, baseline
        Probabilities that were said, by the friction and by the rate alone.
    x
        Kind -> count as it was then; every value is a float32.
    y
        The outcome as far as it is known.
    treated
        Whether an action of ours went out meanwhile: then nothing is learnt.
    """

    __slots__ = ("baseline", "due", "score", "t0", "treated", "x", "y")

    def __init__(
        self, t0: float, due: float, score: float, baseline: float, x: dict[str, float]
    ) -> None:
        self.t0 = t0
        self.due = due
        self.score = score
        self.baseline = baseline
        self.x = x
        self.y = 0
        self.treated = False


class Effort:
    """The friction of one customer; memory is bounded by the kinds and by four issues.

    Attributes
    ----------
    asked
        The open question about the customer's next contact; ``None`` while there is none.

    Examples
    --------
    >>> effort = Effort()
    >>> effort.add("rage_click", 0.0, visit=1)
    >>> effort.add("error_click", 300.0, visit=1, topic="limits")
    >>> points = {"rage_click": 4.0, "error_click": 4.0}
    >>> effort.friction(300.0, 300.0, points)  # half of the first, all of the second
    6.0
    >>> effort.effort(300.0, "limits", points)
    4.0
    """

    __slots__ = ("_counts", "_issues", "_visit", "_visit_at", "_visit_counts", "asked")

    def __init__(self) -> None:
        self._counts: dict[str, Row] = {}
        self._visit = 0
        self._visit_at = -math.inf
        self._visit_counts: dict[str, Row] = {}
        self._issues: dict[str, Issue] = {}
        self.asked: Asked | None = None

    @property
    def due(self) -> float:
        """When the open question is over; infinite without one."""
        return math.inf if self.asked is None else self.asked.due

    @property
    def newest(self) -> float:
        """When friction was counted last."""
        return max((row[0] for row in self._counts.values()), default=-math.inf)

    def add(
        self,
        kind: str,
        at: float,
        *,
        visit: int | None = None,
        topic: str | None = None,
        in_issue: bool = True,
    ) -> None:
        """Count friction.

        Parameters
        ----------
        visit
            Number of the visit it happened in; ``None`` outside of web and app.
        topic
            Opens the issue of this topic where it is not open; ``None`` goes to the issue that was
            touched last, if any is open.
        in_issue
            Whether it is part of an issue at all.
        """
        add_to(self._counts, kind, at, HALF_LIVES_S)
        if visit is not None and self._is_newest(visit, at):
            add_to(self._visit_counts, kind, at, _MINUTES)
        issue = self._issue(topic, at) if in_issue else None
        if issue is not None:
            add_to(issue.counts, kind, at, _WEEK)

    def counts(self, at: float, half_life_s: float) -> dict[str, float]:
        """Return how often each kind happened, faded, in the order of `KINDS`."""
        return _counts(self._counts, 1 + HALF_LIVES_S.index(half_life_s), at, half_life_s)

    def friction(self, at: float, half_life_s: float, points: Points) -> float:
        """Return the points of all friction, faded by one of `HALF_LIVES_S`."""
        place = 1 + HALF_LIVES_S.index(half_life_s)
        return _points(self._counts, place, at, half_life_s, points)

    def visit_friction(self, at: float, points: Points) -> float:
        """Return the points of the friction in the newest visit, faded by 5 min; 0 after it."""
        if at - self._visit_at > VISIT_S:
            return 0.0
        return _points(self._visit_counts, 1, at, HALF_LIVES_S[0], points)

    def effort(self, at: float, topic: str | None, points: Points) -> float:
        """Return the points of the issue of a topic, faded by a week.

        Without a topic, or where the topic has no issue: of the open issue that has most.
        """
        found = list(self._open(at))
        mine = [issue for name, issue in found if name == topic]
        issues = mine or [issue for _, issue in found]
        each = (_points(issue.counts, 1, at, HALF_LIVES_S[-1], points) for issue in issues)
        return max(each, default=0.0)

    def issue_counts(self, at: float, topic: str | None) -> dict[str, float]:
        """Return the counts of the issue of a topic, or else of the one touched last."""
        found = list(self._open(at))
        if not found:
            return {}
        issue = dict(found).get(topic or "") or max(found, key=_touched)[1]
        return _counts(issue.counts, 1, at, HALF_LIVES_S[-1])

    def settle(self, topic: str) -> None:
        """Close the issue of a topic."""
        self._issues.pop(topic[:MAX_TEXT], None)

    def treat(self) -> None:
        """Note that an action of ours went out: what comes now may be due to it."""
        if self.asked is not None:
            self.asked.treated = True

    def _open(self, at: float) -> Iterator[tuple[str, Issue]]:
        return ((name, each) for name, each in self._issues.items() if at - each.at <= ISSUE_S)

    def _is_newest(self, visit: int, at: float) -> bool:
        """Return whether it is the newest visit; a newer one takes the place of the older."""
        if visit != self._visit or at - self._visit_at > VISIT_S:
            if at < self._visit_at:
                return False  # late, of a visit that another one followed
            self._visit = visit
            self._visit_counts.clear()
        self._visit_at = max(self._visit_at, at)
        return True

    def _issue(self, topic: str | None, at: float) -> Issue | None:
        issues = self._issues
        if topic is None:
            newest = max(self._open(at), key=_touched, default=None) if issues else None
            return None if newest is None else newest[1]
        topic = topic[:MAX_TEXT]
        issue = issues.get(topic)
        if issue is None or at - issue.at > ISSUE_S:
            issues.pop(topic, None)
            if len(issues) >= MAX_ISSUES:
                del issues[min(issues.items(), key=_touched)[0]]
            issue = issues[topic] = Issue(at)
        issue.at = max(issue.at, at)
        return issue

    def to_list(self) -> list[Any]:
        """Return the state as plain values; `from_list` gives it back exactly."""
        counts = b"".join(_FADING.pack(_CODES[kind], *row) for kind, row in self._counts.items())
        asked = self.asked
        return [
            counts,
            _VISIT.pack(self._visit, self._visit_at) + _packed(self._visit_counts)
            if self._visit_counts
            else b"",
            [[name, each.at, _packed(each.counts)] for name, each in self._issues.items()],
            None if asked is None else _pack_asked(asked),
        ]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Effort":
        """Return the effort of `to_list`."""
        self = cls()
        counts, visit, issues, asked = values
        for code, *row in _FADING.iter_unpack(counts):
            self._counts[KINDS[code]] = row
        if visit:
            self._visit, self._visit_at = _VISIT.unpack_from(visit)
            self._visit_counts = _unpacked(visit[_VISIT.size :])
        for name, at, packed in issues:
            issue = self._issues[name] = Issue(at)
            issue.counts = _unpacked(packed)
        self.asked = None if asked is None else _unpack_asked(asked)
        return self


def _touched(item: tuple[str, Issue]) -> tuple[float, str]:
    return item[1].at, item[0]


def _points(
    rows: Mapping[str, Row], place: int, at: float, half_life_s: float, points: Points
) -> float:
    return math.fsum(
        points[kind] * faded(row, place, at, half_life_s) for kind, row in rows.items()
    )


def _counts(rows: Mapping[str, Row], place: int, at: float, half_life_s: float) -> dict[str, float]:
    return {kind: faded(rows[kind], place, at, half_life_s) for kind in KINDS if kind in rows}


def _packed(rows: Mapping[str, Row]) -> bytes:
    return b"".join(_ONE.pack(_CODES[kind], *row) for kind, row in rows.items())


def _unpacked(value: bytes) -> dict[str, Row]:
    return {KINDS[code]: row for code, *row in _ONE.iter_unpack(value)}


def _pack_asked(asked: Asked) -> list[bytes]:
    x = asked.x
    head = _PENDING.pack(asked.t0, asked.due, asked.score, asked.baseline, asked.y, asked.treated)
    return [
        head,
        bytes(_CODES[kind] for kind in x),
        struct.pack(f">{len(x)}f", *x.values()),
    ]


def _unpack_asked(values: list[bytes]) -> Asked:
    head, codes, numbers = values
    t0, due, score, baseline, y, treated = _PENDING.unpack(head)
    x = dict(
        zip(
            (KINDS[code] for code in codes),
            struct.unpack(f">{len(codes)}f", numbers),
            strict=True,
        )
    )
    asked = Asked(t0, due, score, baseline, x)
    asked.y, asked.treated = y, bool(treated)
    return asked
