"""All models of one partition."""

from typing import Any

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, open_label
from detectors.models.abandon import AbandonModel
from detectors.models.inputs import INPUTS
from detectors.models.repeat import RepeatModel
from detectors.models.scored import Scored

MODELS = (AbandonModel, RepeatModel)


class Models:
    """The models of one partition, each with what it has learnt.

    Per event: `Customer.update`, then `score`, then `open` for each score. Labels come back from
    `detectors.learning.labels` and go to `learn`. Scoring learns nothing.

    Examples
    --------
    >>> customer, models = Customer("c-1"), Models()
    >>> data = {"call": "a", "direction": "inbound", "topic": "regular", "priority": "regular"}
    >>> event = Event("1", "bank", "contact.queued", 0.0, "c-1", data)
    >>> customer.update(event)
    >>> scored = models.score(event, customer, Centre())["abandon"]
    >>> round(scored.score, 1)
    0.1
    >>> models.open(scored, event, customer)
    True
    """

    __slots__ = ("_labels", "_models", "_on_event")

    def __init__(self) -> None:
        self._models = {model.name: model() for model in MODELS}
        self._labels = dict.fromkeys(self._models, 0)
        self._on_event = {model.event_type: model for model in self._models.values()}

    def score(self, event: Event, customer: Customer, centre: Centre) -> dict[str, Scored]:
        """Return the scores that this event calls for, by name; call after `Customer.update`."""
        model = self._on_event.get(event.type)
        scored = model.score(event, customer, centre) if model is not None else None
        return {} if scored is None else {scored.name: scored}

    def open(self, scored: Scored, event: Event, customer: Customer) -> bool:
        """Let the customer wait for the outcome; return whether that is new."""
        return open_label(customer, self._models[scored.name].open(scored, event))

    def learn(self, label: Label) -> None:
        """Learn from what became of a prediction."""
        self._models[label.model].head.learn(label.x, label.y)
        self._labels[label.model] += 1

    def labels_learnt(self, name: str) -> int:
        """Return how many labels the model has learnt from: the version of its state."""
        return self._labels[name]

    @property
    def all_labels_learnt(self) -> int:
        """How many labels all models together have learnt from."""
        return sum(self._labels.values())

    def explain(self, name: str, x: dict[str, float], top: int = 3) -> list[tuple[str, float]]:
        """Return what moves the log-odds most, in words, largest first, as (what, by how much).

        Inputs that people call the same are summed. Exact for a linear model.
        """
        sums: dict[str, float] = {}
        for input_name, amount in self._models[name].head.contributions(x).items():
            human = INPUTS[input_name]
            sums[human] = sums.get(human, 0.0) + amount
        return sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0]))[:top]

    def snapshot(self) -> Any:
        """Return the state as plain values; a few KiB per model."""
        return {
            name: {"labels": self._labels[name], "head": model.head.snapshot()}
            for name, model in self._models.items()
        }

    def restore(self, state: Any) -> None:
        """Take the state of `snapshot`; what follows is bit-identical."""
        for name, model in self._models.items():
            self._labels[name] = state[name]["labels"]
            model.head.restore(state[name]["head"])
