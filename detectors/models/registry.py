"""All models of one partition."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, open_label, subject
from detectors.models.abandon import AbandonModel
from detectors.models.choice import SHARE
from detectors.models.churn import ChurnModel
from detectors.models.contact import ContactModel
from detectors.models.inputs import INPUTS, WORDS
from detectors.models.linear import LinearHead
from detectors.models.repeat import RepeatModel
from detectors.models.scored import Scored
from detectors.models.sentiment import SentimentModel
from detectors.models.silence import SilenceModel
from detectors.models.supervised import Model, Supervised
from detectors.models.topic import TopicModel
from detectors.models.words import NAMES

MODELS: Final = (
    AbandonModel, RepeatModel, ContactModel, ChurnModel, SilenceModel, SentimentModel, TopicModel,
)  # fmt: skip


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

    __slots__ = ("_models", "_on_event")

    def __init__(self) -> None:
        made: list[Model] = [model() for model in MODELS]
        self._models = {model.name: Supervised(model) for model in made}
        kinds = dict.fromkeys(kind for model in made for kind in model.event_types)
        self._on_event = {
            kind: tuple(model for model in made if kind in model.event_types) for kind in kinds
        }

    def set_horizons(self, churn_s: float, silence_s: float) -> None:
        """Ask from now on for what happens within these times, seconds; open labels stay."""
        for name, horizon_s in (("churn", churn_s), ("silence", silence_s)):
            self._models[name].model.horizon_s = horizon_s  # type: ignore[attr-defined]

    def score(self, event: Event, customer: Customer, centre: Centre) -> dict[str, Scored]:
        """Return the scores that this event calls for, by name; call after `Customer.update`."""
        found: dict[str, Scored] = {}
        for model in self._on_event.get(event.type, ()):
            scored = model.score(event, customer, centre)
            if scored is not None:
                found[scored.name] = scored
        return found

    def again(self, event: Event, customer: Customer, centre: Centre) -> dict[str, Scored]:
        """Return the scores of a caller who still waits, by name: for rules only.

        Their outcome is learnt from the score at the entry into the queue.
        """
        scored = self._models["abandon"].model.score(event, customer, centre)
        return {} if scored is None else {scored.name: scored}

    def usable(self, scored: Mapping[str, Scored]) -> dict[str, float | str]:
        """Return what rules may see: not what withdrawn models say."""
        if not scored:  # most events
            return {}
        return {
            name: value
            for name, one in scored.items()
            if (value := one.value) is not None and not self.is_withdrawn(name)
        }

    def is_withdrawn(self, name: str) -> bool:
        """Return whether rules must do without a model."""
        return self._models[name].gate.withdrawn

    def why_withdrawn(self, name: str) -> str:
        """Return why rules must do without a model, in words; empty where they need not."""
        gate = self._models[name].gate
        return gate.reason() if gate.withdrawn else ""

    def why_missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return why scores are missing whose models are withdrawn, among full names of rules."""
        scores = [name for name in names if name.removeprefix("score.") in self._models]
        reasons = ((name, self.why_withdrawn(name.removeprefix("score."))) for name in scores)
        return tuple(f"{name} is {why}" for name, why in reasons if why)

    def open(self, scored: Scored, event: Event, customer: Customer) -> bool:
        """Let the customer wait for the outcome; return whether that is new."""
        watched = self._models[scored.name]
        label = watched.model.open(scored, event)
        if label is None or not open_label(customer, label):
            return False
        watched.opened(scored)
        return True

    def told(self, scored: Scored, event: Event) -> Label | None:
        """Return the label of a score whose outcome the event itself tells; None for others."""
        if scored.y is None:
            return None
        self._models[scored.name].opened(scored)
        return Label(
            scored.name,
            f"{scored.name}:{subject(event.source, event.id, event.at)}",
            event.at,
            scored.score,
            scored.baseline,
            scored.y,
            scored.earlier,
            scored.identified,
            scored.x,
            told=scored.told,
        )

    def learn(self, label: Label) -> None:
        """Learn from what became of a prediction."""
        self._models[label.model].learn(label)

    def labels_learnt(self, name: str) -> int:
        """Return how many labels the model has learnt from: the version of its state."""
        return self._models[name].labels

    def watched(self) -> Mapping[str, Supervised]:
        """Return every model with what is watched about it."""
        return self._models

    def explain(self, name: str, x: dict[str, float], top: int = 3) -> list[tuple[str, float]]:
        """Return what moves the log-odds most, in words, largest first, as (what, by how much).

        Inputs that people call the same are summed. Exact: with the intercept it is all there is.
        """
        sums: dict[str, float] = {}
        for input_name, amount in self._models[name].model.head.contributions(x).items():
            human = SHARE if input_name == SHARE else INPUTS.get(input_name, WORDS)
            sums[human] = sums.get(human, 0.0) + amount
        return sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0]))[:top]

    def begin_with(self, name: str, weights: Mapping[str, float], intercept: float) -> None:
        """Let a model begin with weights that were learnt elsewhere; unknown inputs are left out.

        A name that no model has changes nothing; nor does that of one which begins without weights.
        """
        model = self._models.get(name)
        head = None if model is None else model.model.head
        if model is not None and isinstance(head, LinearHead):
            known = NAMES if name == "sentiment" else INPUTS
            head = head.fresh(0.5)
            head.take({key: value for key, value in weights.items() if key in known}, intercept)
            model.begin(head)

    def changes(self, written: dict[str, tuple[int, int]]) -> Iterator[tuple[str, Any]]:
        """Yield name and state of each model that is not as it was when it was written last.

        Parameters
        ----------
        written
            Name -> version that was written; kept up to date here.
        """
        for name, model in self._models.items():
            if written.get(name) != model.version:
                written[name] = model.version
                yield name, model.snapshot()

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain values; a few KiB per model."""
        return {name: model.snapshot() for name, model in self._models.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take the state of `snapshot`, or of some of its models; what follows is bit-identical."""
        for name, one in state.items():
            self._models[name].restore(one)
