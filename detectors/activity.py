"""How a customer uses what we offer, as counts that fade; and when to look at them again."""

import math
import struct
from typing import Final

from detectors.contacts import DAY_S
from detectors.event import Event
from detectors.under_way import number

WEEK_S: Final = 7 * DAY_S
HALF_LIVES_S: Final = (8 * WEEK_S, 13 * WEEK_S, 26 * WEEK_S)
"""About a third of the horizons that are asked for; nearby ones order customers almost alike."""
ACTIVE: Final = frozenset(
    {
        "order.placed",
        "usage.session",
        "login.succeeded",
        "page.view",
        "search.done",
        "form.submitted",
        "subscription.renewed",
    }
)
"""Event types that show that the customer uses what we offer; contacts do not."""
_DOWNGRADED, _RENEWAL = "subscription.downgraded", "subscription.renewal_due"
FOLLOWED: Final = ACTIVE | {_DOWNGRADED, _RENEWAL, "subscription.started", "profile.updated"}
"""Event types that change something here."""
REVIEW: Final = "review.due"
"""Type of the event that the engine makes when it is time to look at a customer again."""
FADED: Final = 0.5
"""Count at which an active customer counts as fading: one day of use, a half-life ago."""
SOONEST_S, LATEST_S = WEEK_S, 13 * WEEK_S
"""Bounds of the first look at a customer after an active day."""
MAX_AMOUNT: Final = 1e9
"""Of an order; beyond it is no price."""
AGAIN_S: Final = 30 * DAY_S
"""Time between further looks."""

_NUMBERS = struct.Struct(">2i10d")


class Activity:
    """Days (UTC) on which a customer was active: how many, how lately, and since when.

    Attributes
    ----------
    days
        On how many days in all.
    orders, spent
        How many orders with an amount there were, and these amounts added up.
    first_at, last_at
        Event times of the first and of the newest active day's first event; NaN before the first.
    downgraded_at, renewal_at
        When the contract was last made smaller, and when it was last announced that it ends or
        renews; NaN for never.
    review_at
        When to look at the customer again though nothing happens; infinite for never.

    Examples
    --------
    >>> activity = Activity()
    >>> for day in (0, 0.2, 91):
    ...     activity.update(Event(f"{day}", "app", "usage.session", day * DAY_S, "c-1"))
    >>> activity.days, [round(count, 2) for count in activity.counts(91 * DAY_S)]
    (2, [1.32, 1.5, 1.71])
    >>> round(activity.review_at / DAY_S) - 91  # from 1.32 to 0.5 at a half-life of 56 days
    79
    """

    __slots__ = (
        "_counts", "_counts_at", "days", "downgraded_at", "first_at", "last_at", "orders",
        "renewal_at", "review_at", "spent",
    )  # fmt: skip

    def __init__(self) -> None:
        self.days = 0
        self.orders = 0
        self.spent = 0.0
        self.first_at = math.nan
        self.last_at = math.nan
        self.downgraded_at = math.nan
        self.renewal_at = math.nan
        self.review_at = math.inf
        self._counts = [0.0] * len(HALF_LIVES_S)
        self._counts_at = -math.inf

    def update(self, event: Event) -> None:
        """Take an event of `FOLLOWED`; only the first activity of a day counts."""
        at, kind = event.at, event.type
        if self.review_at == math.inf:
            self.review_at = at + AGAIN_S
        if kind in ACTIVE:
            self._use(at)
            amount = number(event.data.get("amount")) if kind == "order.placed" else math.nan
            if 0.0 <= amount <= MAX_AMOUNT:
                self.orders += 1
                self.spent += amount
        elif kind == _DOWNGRADED:
            self.downgraded_at = max(at, self.downgraded_at)  # NaN stands last: it loses
        elif kind == _RENEWAL:
            self.renewal_at = max(at, self.renewal_at)

    def _use(self, at: float) -> None:
        if at // DAY_S == self.last_at // DAY_S:
            return
        self.days += 1
        if not at >= self.first_at:
            self.first_at = at
        age_s = at - self._counts_at
        if age_s >= 0.0:
            self._counts = [
                count * 0.5 ** (age_s / half_life_s) + 1.0
                for count, half_life_s in zip(self._counts, HALF_LIVES_S, strict=True)
            ]
            self._counts_at = self.last_at = at
            self.review_at = at + self._fades_after_s()
        else:
            self._counts = [
                count + 0.5 ** (-age_s / half_life_s)
                for count, half_life_s in zip(self._counts, HALF_LIVES_S, strict=True)
            ]

    def counts(self, at: float) -> list[float]:
        """Return the counts as of `at`, each day halved after every half-life."""
        age_s = max(0.0, at - self._counts_at)
        return [
            count * 0.5 ** (age_s / half_life_s)
            for count, half_life_s in zip(self._counts, HALF_LIVES_S, strict=True)
        ]

    def reviewed(self, at: float) -> None:
        """Note that the customer was looked at; the next time is 30 days later."""
        self.review_at = at + AGAIN_S

    def _fades_after_s(self) -> float:
        # c * 2^(-t / h) = 0.5, solved for t.
        after_s = HALF_LIVES_S[0] * math.log2(self._counts[0] / FADED)
        return min(max(after_s, SOONEST_S), LATEST_S)

    def pack(self) -> bytes:
        """Return the state as bytes; `unpack` gives it back exactly."""
        return _NUMBERS.pack(
            self.days, self.orders, self.spent, self.first_at, self.last_at, self.downgraded_at,
            self.renewal_at, self.review_at, self._counts_at, *self._counts,
        )  # fmt: skip

    @classmethod
    def unpack(cls, value: bytes) -> "Activity":
        """Return what `pack` gave."""
        self = cls()
        (
            self.days, self.orders, self.spent, self.first_at, self.last_at, self.downgraded_at,
            self.renewal_at, self.review_at, self._counts_at, *counts,
        ) = _NUMBERS.unpack(value)  # fmt: skip
        self._counts = counts
        return self
