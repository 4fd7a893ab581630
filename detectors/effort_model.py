"""How much each kind of friction weighs: learnt from contacts that followed, and from answers."""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final

from detectors.contacts import DAY_S, text
from detectors.customer import Customer
from detectors.effort import HALF_LIVES_S, KINDS, Asked, Effort, Points
from detectors.effort_points import FIRST_POINTS, MEDIUM
from detectors.event import Event
from detectors.learning.labels import Label
from detectors.learning.tally import Tally
from detectors.models.linear import LinearHead
from detectors.standing import BAD
from detectors.under_way import number

HORIZON_S: Final = DAY_S
"""A contact within 24 h followed from the friction."""
LOG_ODDS: Final = 0.125
"""Log-odds of a point: at 15 points six times the odds (own proposal)."""
FIRST_RATES: Final[Mapping[str, float]] = MappingProxyType({"friction": 0.2, "effort": 0.2})
"""Rates that are expected before anything is learnt, with the weight of 20 outcomes."""

TAUGHT: Final = tuple(FIRST_RATES)
"""Names of the labels that the weights learn from."""
ANSWERED: Final = "feedback.received"
"""Event type by which a customer says how much effort it was."""

_DAY_HALF_LIFE_S = HALF_LIVES_S[1]
_RATE_WEIGHT = 20.0
_NOTHING: Sequence[Label] = ()


class Weights:
    """Points per kind, learnt by logistic regression on how often each kind happened.

    A kind's points are its weight in the log-odds, divided by `LOG_ODDS`, and never below 0:
    friction is not made good by more friction.

    Attributes
    ----------
    points
        Kind -> points of one occurrence.
    tally
        How good the forecasts were of the outcomes that were learnt from, and how calibrated.
    """

    __slots__ = ("_head", "_prior", "points", "tally")

    def __init__(self, rate: float, learning_rate: float = 0.05, caution: float = 3.0) -> None:
        first = {kind: FIRST_POINTS[kind] * LOG_ODDS for kind in KINDS}
        self._head = LinearHead(
            rate, first, learning_rate, caution, intercept_learning_rate=learning_rate
        )
        self._prior = rate
        self.tally = Tally()
        self.points: dict[str, float] = {}
        self._weigh(KINDS)

    def score(self, x: Mapping[str, float]) -> float:
        """Return the probability of the outcome. Learns nothing."""
        return self._head.score(x)

    def rate(self) -> float:
        """Return the share of positive outcomes so far, pulled towards the expected one."""
        tally = self.tally
        return (tally.positives + self._prior * _RATE_WEIGHT) / (tally.labels + _RATE_WEIGHT)

    def learn(self, label: Label) -> None:
        """Learn from an outcome."""
        self.tally.add(label.t0, label.score, label.baseline, label.y, label.lag_s)
        self._head.learn(label.x, label.y)
        self._weigh(label.x)

    def snapshot(self) -> Any:
        """Return the state as plain values."""
        return [self._head.snapshot(), self.tally.to_list()]

    def restore(self, state: Any) -> None:
        """Take the state of `snapshot`; what follows is bit-identical."""
        head, tally = state
        self._head.restore(head)
        self.tally = Tally.from_list(tally)
        self._weigh(KINDS)

    def _weigh(self, kinds: Iterable[str]) -> None:
        for kind, weight in self._head.contributions(dict.fromkeys(kinds, 1.0)).items():
            self.points[kind] = max(0.0, weight / LOG_ODDS)


class EffortModel:
    """The weights of one partition: of friction, and of effort.

    ``friction``
        Asked when friction happens to an identified customer who has met medium friction by the
        first points, one question at a time: will they contact us within 24 h? Learnt when the day
        is over, both answers alike; dropped when we call them meanwhile, and not learnt from when
        an action of ours went out.
    ``effort``
        Asked when a customer says how much effort it was (CES): was it much, 3 of 7 or less? The
        friction of the issue up to then is what is learnt from.

    Per event: `Customer.update`, then `take`; in time `mature`; what both return is for `learn`.

    Attributes
    ----------
    weights, points
        ``friction`` and ``effort`` -> what was learnt, and the points per kind alone.

    Examples
    --------
    >>> model, customer = EffortModel(), Customer("c-1")
    >>> for n in range(2):
    ...     event = Event(f"{n}", "web", "app.error", n, "c-1", {})
    ...     customer.update(event)
    ...     _ = model.take(event, customer)
    >>> customer.effort.due
    86401.0
    """

    __slots__ = ("points", "weights")

    def __init__(self) -> None:
        self.weights = {name: Weights(rate) for name, rate in FIRST_RATES.items()}
        self.points: dict[str, Points] = {name: each.points for name, each in self.weights.items()}

    def take(self, event: Event, customer: Customer) -> Sequence[Label]:
        """Take an event after `Customer.update`; return what it says about earlier questions."""
        effort = customer.effort
        if effort is not None:
            asked = effort.asked
            if asked is not None and event.type == "contact.started":
                if asked.t0 < event.at <= asked.due:
                    if event.data.get("direction") == "outbound":
                        effort.asked = None
                    else:
                        asked.y = 1
            elif asked is None and effort.newest == event.at and customer.identified:
                self._ask(event.at, effort)
        if event.type == ANSWERED:
            return self._answer(event, customer)
        return _NOTHING

    def mature(self, customer: Customer, until: float) -> Sequence[Label]:
        """Return the question that was over before `until`, with its outcome."""
        effort = customer.effort
        if effort is None or effort.asked is None or effort.due >= until:
            return _NOTHING
        asked, effort.asked = effort.asked, None
        return [_closed("friction", f"{customer.id}\n{asked.t0!r}", asked, customer)]

    def learn(self, label: Label) -> None:
        """Learn from an outcome that nothing of ours has changed."""
        if not label.treated:
            self.weights[label.model].learn(label)

    @property
    def outcomes(self) -> int:
        """How many outcomes were learnt from."""
        return sum(each.tally.labels for each in self.weights.values())

    def snapshot(self) -> Any:
        """Return the state as plain values."""
        return {name: each.snapshot() for name, each in self.weights.items()}

    def restore(self, state: Any) -> None:
        """Take the state of `snapshot`; what follows is bit-identical."""
        for name, each in self.weights.items():
            each.restore(state[name])

    def _ask(self, at: float, effort: Effort) -> None:
        # By the first points: whether to ask must not depend on the answers.
        if effort.friction(at, _DAY_HALF_LIFE_S, FIRST_POINTS) < MEDIUM:
            return
        x = _as_stored(effort.counts(at, _DAY_HALF_LIFE_S))
        weights = self.weights["friction"]
        effort.asked = Asked(at, at + HORIZON_S, weights.score(x), weights.rate(), x)

    def _answer(self, event: Event, customer: Customer) -> Sequence[Label]:
        score = number(event.data.get("score"))
        if event.data.get("scale") != "ces" or math.isnan(score) or not customer.identified:
            return _NOTHING
        effort = customer.effort
        topic = text(event.data.get("topic"))
        x = {} if effort is None else _as_stored(effort.issue_counts(event.at, topic))
        x.pop("negative_feedback", None)  # the answer itself
        weights = self.weights["effort"]
        asked = Asked(event.at, event.at, weights.score(x), weights.rate(), x)
        asked.y = int(score <= BAD["ces"])
        return [_closed("effort", f"{event.source}\n{event.id}", asked, customer)]


def _as_stored(counts: Mapping[str, float]) -> dict[str, float]:
    rounded = array("f", counts.values())
    return {kind: value for kind, value in zip(counts, rounded, strict=True) if value}


def _closed(model: str, what: str, asked: Asked, customer: Customer) -> Label:
    # The id must tell labels apart, not customers.
    digest = blake2b(what.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return Label(
        model=model,
        id=f"{model}:{digest}",
        t0=asked.t0,
        score=asked.score,
        baseline=asked.baseline,
        y=asked.y,
        earlier=max(0, customer.contacts.total - 1),
        identified=True,
        x=asked.x,
        treated=asked.treated,
        lag_s=asked.due - asked.t0,
    )
