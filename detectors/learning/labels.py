"""Labels: what became of a prediction, learnt only when it is certain.

A label is opened when a model scores, with the features exactly as they were scored, and is
handed out once: by `settle` when an event decides it, or by `mature` when its horizon is over.

``abandon``
    Opened at ``contact.queued`` of an inbound contact, identified or not. Decided by how the
    contact leaves the queue.
``repeat``
    Opened at ``contact.ended`` of an inbound contact of an identified customer. Positive if
    another inbound contact starts in (t0, t0 + 24 h]. Both classes are handed out at the end of
    the horizon: learning positives early inflates every forecast made meanwhile [1]_. If the
    company itself calls within the horizon, the outcome is not the customer's own any more, so
    the label is dropped whatever came before.
``contact``
    Opened when something gets in the customer's way. Positive and dropped as ``repeat``.
``churn``
    Opened at a contact's end or a review of a customer with a contract. Positive if a
    subscription is cancelled in (t0, t0 + horizon].
``silence``
    Opened when a customer who was active fades. Positive if there is no activity in
    (t0, t0 + horizon].

Of the last three a customer has at most one each at any time: heavy users would dominate. All but
``abandon`` are handed out at the end of the horizon.

References
----------
.. [1] Ktena et al. 2019, "Addressing Delayed Feedback for Continuous Training with Neural
   Networks in CTR prediction", RecSys.
"""

import math
import struct
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detectors.activity import ACTIVE
from detectors.contacts import DAY_S, text
from detectors.event import Event
from detectors.learning.choices import Told
from detectors.learning.tally import loss
from detectors.models.inputs import CODES, INPUTS

if TYPE_CHECKING:
    from detectors.customer import Customer

REPEAT_HORIZON_S = 86400.0
CONTACT_HORIZON_S = 86400.0
HORIZON_S: Final = {"churn": 60 * DAY_S, "silence": 91 * DAY_S}
"""Horizons of what a playbook may set from 30 to 91 days."""
ABANDON_HORIZON_S = 6 * 3600.0
"""A contact whose way out of the queue never arrived leaves no label."""
MAX_OPEN_LABELS = 32
"""Open labels per customer; beyond it no further one is opened."""
ONE_OPEN: Final = frozenset({"contact", "churn", "silence"})
"""Scores of which a customer has at most one open label."""


@dataclass(slots=True)
class PendingLabel:
    """A prediction whose outcome is not known yet.

    Parameters
    ----------
    model
        Name of the score.
    call
        The contact that was scored.
    t0, due
        Event times of the score and of the end of its horizon (inclusive).
    score, baseline
        The model's probability and the naive one, on the same row.
    earlier
        How many inbound contacts the customer had before this one.
    identified
        Whether a known customer stands behind it.
    x
        The features as scored, in the model's order; every value is a float32.
    y
        The outcome as far as it is known.
    treated
        Whether an action reached the customer meanwhile: the outcome is not learnt from.
    weight
        How many it stands for where models are judged: above 1 for who was left alone on purpose.
    packed_x
        `x` as it is stored, once it has been: it never changes.
    """

    model: str
    call: str
    t0: float
    due: float
    score: float
    baseline: float
    earlier: int
    identified: bool
    x: dict[str, float]
    y: int = 0
    treated: bool = False
    weight: float = 1
    packed_x: tuple[bytes, bytes] | None = field(default=None, compare=False)


class Label(NamedTuple):
    """A prediction and what became of it; `y` is 0 or 1, the rest as in `PendingLabel`.

    `id` is unique: a second label with the same id is the same label. `lag_s` is how long after
    the score it was known, seconds. `told` is there where a model chooses one of many; `y` then
    says whether its choice was right.
    """

    model: str
    id: str
    t0: float
    score: float
    baseline: float
    y: int
    earlier: int
    identified: bool
    x: dict[str, float]
    treated: bool = False
    lag_s: float = 0.0
    weight: float = 1
    told: Told | None = None

    @property
    def outcome(self) -> int | str:
        """What the model learns: whether it came true, or which of many did."""
        return self.y if self.told is None else self.told.outcome

    @property
    def cost(self) -> float:
        """The loss of what the model had said, nats."""
        return loss(self.score, self.y) if self.told is None else self.told.cost


def subject(model: str, customer: str, t0: float) -> str:
    """Return what stands for the contact in a label of no contact; it does not name the customer.

    >>> subject("churn", "c-1", 0.0) == subject("churn", "c-1", 0.0) != subject("churn", "c-2", 0.0)
    True
    """
    return blake2b(f"{model}\n{customer}\n{t0!r}".encode(), digest_size=8).hexdigest()


def open_label(customer: "Customer", label: PendingLabel) -> bool:
    """Add the label to the customer; return whether it was new and there was room."""
    labels = customer.labels
    if len(labels) >= MAX_OPEN_LABELS:
        return False
    one_open = label.model in ONE_OPEN
    for other in labels:
        if other.model == label.model and (one_open or other.call == label.call):
            return False
    labels.append(label)
    return True


def treat(customer: "Customer") -> None:
    """Mark all open labels: an action goes out, and what comes now may be due to it."""
    for label in customer.labels:
        label.treated = True
    if customer.effort is not None:
        customer.effort.treat()


def leave_alone(customer: "Customer", weight: float) -> None:
    """Let all open labels stand for those of `weight` customers, of whom all others are treated.

    Rules act for whom a model scores high, and what follows an action is no label. Without this
    the figures of a model would be of those whom it scores low: .747 where it is .797.
    """
    for label in customer.labels:
        label.weight = max(label.weight, weight)


def settle(customer: "Customer", event: Event) -> list[Label]:
    """Return the labels that this event decides. Call before `Customer.update`.

    An event may also mark an open label as positive, or drop it.
    """
    labels = customer.labels
    if not labels:
        return []
    kind = event.type
    if kind == "contact.started":
        if event.data.get("direction") == "outbound":
            _drop(labels, event.at)
        else:
            _mark(labels, _ASKS, event.at, 1)
    elif kind == "contact.outbound":
        _drop(labels, event.at)
    elif kind == "subscription.cancelled":
        _mark(labels, _CHURN, event.at, 1)
    elif kind in ACTIVE:
        _mark(labels, _SILENCE, event.at, 0)
    elif kind in _LEFT_QUEUE or kind == "contact.ended":
        call = text(event.data.get("call"))
        for i, label in enumerate(labels):
            if label.model == "abandon" and label.call == call:
                del labels[i]
                y = _LEFT_QUEUE.get(kind, _ENDED.get(text(event.data.get("outcome"))))
                if y is None:
                    return []
                label.y = y
                return [_closed(label, event.at)]
    return []


def mature(customer: "Customer", until: float) -> list[Label]:
    """Return the labels whose horizon ended before `until`, in order of that end.

    An event exactly at the end of the horizon still counts, hence "before".
    """
    labels = customer.labels
    if not labels:
        return []
    over = [label for label in labels if label.due < until]
    if not over:
        return []
    customer.labels = [label for label in labels if label.due >= until]
    over.sort(key=_due)
    return [_closed(label, label.due) for label in over if label.model != "abandon"]


def next_due(customer: "Customer") -> float:
    """Return when the next open label's horizon ends; infinite if there is none."""
    labels = customer.labels
    if not labels:
        return math.inf
    return labels[0].due if len(labels) == 1 else min([label.due for label in labels])


def pack_label(label: PendingLabel) -> list[Any]:
    """Return the label as plain values: 5 bytes per feature."""
    if label.packed_x is None:
        x = label.x
        codes = bytes(map(CODES.__getitem__, x))
        label.packed_x = (codes, struct.pack(f">{len(x)}f", *x.values()))
    return [
        label.model,
        label.call,
        label.t0,
        label.due,
        label.score,
        label.baseline,
        label.earlier,
        label.identified,
        label.y,
        *label.packed_x,
        label.treated,
        label.weight,
    ]


def unpack_label(values: list[Any]) -> PendingLabel:
    """Return the label of `pack_label`."""
    model, call, t0, due, score, baseline, earlier, identified, y, *rest = values
    codes, numbers, treated, weight = rest
    names = map(_NAMES.__getitem__, codes)
    x = dict(zip(names, struct.unpack(f">{len(codes)}f", numbers), strict=True))
    return PendingLabel(
        model, call, t0, due, score, baseline, earlier, identified, x, y, treated, weight,
        (codes, numbers),
    )  # fmt: skip


_NAMES = tuple(INPUTS)
_LEFT_QUEUE = {"contact.abandoned": 1, "contact.answered": 0}
_ENDED = {"abandoned": 1, "answered": 0}
_ASKS = frozenset({"repeat", "contact"})
_CHURN = frozenset({"churn"})
_SILENCE = frozenset({"silence"})


def _mark(labels: list[PendingLabel], models: frozenset[str], at: float, y: int) -> None:
    for label in labels:
        if label.model in models and label.t0 < at <= label.due:
            label.y = y


def _drop(labels: list[PendingLabel], at: float) -> None:
    labels[:] = [
        label for label in labels if not (label.model in _ASKS and label.t0 < at <= label.due)
    ]


def _due(label: PendingLabel) -> tuple[float, str, str]:
    return label.due, label.model, label.call


def _closed(label: PendingLabel, at: float) -> Label:
    return Label(
        label.model,
        f"{label.model}:{label.call}",
        label.t0,
        label.score,
        label.baseline,
        label.y,
        label.earlier,
        label.identified,
        label.x,
        label.treated,
        max(0.0, at - label.t0),
        label.weight,
    )
