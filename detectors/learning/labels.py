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

References
----------
.. [1] Ktena et al. 2019, "Addressing Delayed Feedback for Continuous Training with Neural
   Networks in CTR prediction", RecSys.
"""

import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from detectors.contacts import text
from detectors.event import Event
from detectors.models.inputs import CODES, INPUTS

if TYPE_CHECKING:
    from detectors.customer import Customer

REPEAT_HORIZON_S = 86400.0
ABANDON_HORIZON_S = 6 * 3600.0
"""A contact whose way out of the queue never arrived leaves no label."""
MAX_OPEN_LABELS = 32
"""Open labels per customer; beyond it no further one is opened."""


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
    packed_x: tuple[bytes, bytes] | None = field(default=None, compare=False)


class Label(NamedTuple):
    """A prediction and what became of it; `y` is 0 or 1, the rest as in `PendingLabel`.

    `id` is unique: a second label with the same id is the same label.
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


def open_label(customer: "Customer", label: PendingLabel) -> bool:
    """Add the label to the customer; return whether it was new and there was room."""
    labels = customer.labels
    if len(labels) >= MAX_OPEN_LABELS:
        return False
    for other in labels:
        if other.call == label.call and other.model == label.model:
            return False
    labels.append(label)
    return True


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
            _drop_repeats(labels, event.at)
        else:
            _mark_repeats(labels, event.at)
    elif kind in _LEFT_QUEUE or kind == "contact.ended":
        call = text(event.data.get("call"))
        for i, label in enumerate(labels):
            if label.model == "abandon" and label.call == call:
                del labels[i]
                y = _LEFT_QUEUE.get(kind, _ENDED.get(text(event.data.get("outcome"))))
                if y is None:
                    return []
                label.y = y
                return [_closed(label)]
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
    return [_closed(label) for label in over if label.model == "repeat"]


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
    ]


def unpack_label(values: list[Any]) -> PendingLabel:
    """Return the label of `pack_label`."""
    model, call, t0, due, score, baseline, earlier, identified, y, codes, numbers = values
    names = map(_NAMES.__getitem__, codes)
    x = dict(zip(names, struct.unpack(f">{len(codes)}f", numbers), strict=True))
    return PendingLabel(
        model, call, t0, due, score, baseline, earlier, identified, x, y, (codes, numbers)
    )


_NAMES = tuple(INPUTS)
_LEFT_QUEUE = {"contact.abandoned": 1, "contact.answered": 0}
_ENDED = {"abandoned": 1, "answered": 0}


def _mark_repeats(labels: list[PendingLabel], at: float) -> None:
    for label in labels:
        if label.model == "repeat" and label.t0 < at <= label.due:
            label.y = 1


def _drop_repeats(labels: list[PendingLabel], at: float) -> None:
    labels[:] = [
        label for label in labels if not (label.model == "repeat" and label.t0 < at <= label.due)
    ]


def _due(label: PendingLabel) -> tuple[float, str, str]:
    return label.due, label.model, label.call


def _closed(label: PendingLabel) -> Label:
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
    )
