"""A model under watch: what it has learnt, how good it is, whether the world has changed."""

from typing import Any, Protocol

from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.choices import ChoiceGate
from detectors.learning.drift import BETTER, Lead, LossWatch, MeanWatch
from detectors.learning.gate import Gate
from detectors.learning.labels import Label, PendingLabel
from detectors.models.choice import ChoiceHead
from detectors.models.scored import Scored

SAMPLED = 8
"""Of so many scored rows one is looked at by the monitors of the inputs."""
_RATE_BOUND = 0.001


class Head(Protocol):
    """What a model has learnt: that of a `LinearHead`, or of a `ChoiceHead`."""

    def score(self, x: dict[str, float], /) -> float:
        """Return the probability of what it says. Learns nothing."""

    def cost(self, x: dict[str, float], outcome: Any, /) -> float:
        """Return the loss if this comes true, nats."""

    def learn(self, x: dict[str, float], outcome: Any, /) -> None:
        """Take one step towards what came true."""

    def fresh(self, base_rate: float, /) -> "Head":
        """Return a head that learns like this one and has learnt nothing from rows."""

    def contributions(self, x: dict[str, float], /) -> dict[str, float]:
        """Return what adds to the log-odds of what it says."""

    def named_weights(self) -> tuple[dict[str, float], float]:
        """Return what a person may look at, by name, and the intercept."""

    def snapshot(self) -> Any:
        """Return the state as plain values."""

    def restore(self, state: Any, /) -> None:
        """Take the state of `snapshot`."""


class Model(Protocol):
    """What every model offers.

    Attributes
    ----------
    head
        What it has learnt, a `Head` of one kind; nothing else of it changes.
    """

    head: Any

    @property
    def name(self) -> str:
        """Of the score."""

    @property
    def event_types(self) -> tuple[str, ...]:
        """Events on which it is scored."""

    @property
    def watched(self) -> tuple[str, ...]:
        """Inputs whose mean is watched without labels."""

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score, None for what is not scored. Learns nothing."""

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        """Return the label to wait for, None where the event itself told the outcome or never."""


class Supervised:
    """A model, its gate, and its monitors of drift.

    Attributes
    ----------
    gate
        Its live validation, and whether rules may use it.
    labels
        How many it has learnt from.
    swaps
        How often a head that learnt since a warning took over.
    scores, inputs
        Monitors without labels: of the score, and of each watched input.
    """

    __slots__ = (
        "_background", "_drift", "_lead", "gate", "inputs", "labels", "model", "scores", "swaps",
    )  # fmt: skip

    def __init__(self, model: Model) -> None:
        self.model = model
        self.gate = ChoiceGate() if isinstance(model.head, ChoiceHead) else Gate()
        self.labels = 0
        self.scores = MeanWatch()
        self.inputs = {name: MeanWatch() for name in model.watched}
        self._drift = LossWatch()
        self.swaps = 0
        self._background: Head | None = None
        self._lead = Lead()

    @property
    def version(self) -> tuple[int, int]:
        """What changes whenever the state does."""
        return self.labels, self.gate.opened

    @property
    def is_warned(self) -> bool:
        """Whether a second head learns because the loss may have risen."""
        return self._background is not None

    def opened(self, scored: Scored) -> None:
        """Note that a row was scored of which the outcome will be told."""
        gate = self.gate
        gate.opened += 1
        self.scores.add(scored.score)
        if gate.opened % SAMPLED == 0:
            for name, watch in self.inputs.items():
                watch.add(scored.x.get(name, 0.0))

    def learn(self, label: Label) -> None:
        """Judge the score that was given, then learn from what became of it."""
        self.gate.take(label)
        word = self._drift.add(label.cost)
        if self._background is not None:
            self._compare(self._background, label)
        self.model.head.learn(label.x, label.outcome)
        self.labels += 1
        if word == "warning":
            rate = min(max(self.gate.tally().base_rate(), _RATE_BOUND), 1.0 - _RATE_BOUND)
            self._background, self._lead = self.model.head.fresh(rate), Lead()
        elif word == "over":
            self._background = None
        elif self._background is not None and self._drift.is_due() and self._lead.z() > BETTER:
            self.model.head, self._background = self._background, self.model.head
            self._lead = Lead()
            self.swaps += 1
            self._drift.swapped()

    def _compare(self, background: Head, label: Label) -> None:
        x, outcome = label.x, label.outcome
        self._lead.add(self.model.head.cost(x, outcome) - background.cost(x, outcome))
        background.learn(x, outcome)

    def begin(self, head: Head) -> None:
        """Begin with what was learnt elsewhere; what was learnt here is forgotten."""
        self.model.head = head
        self._background = None
        self._drift = LossWatch()

    def snapshot(self) -> Any:
        """Return the state as plain values."""
        background = self._background
        return {
            "labels": self.labels,
            "head": self.model.head.snapshot(),
            "gate": self.gate.to_list(),
            "drift": self._drift.to_list(),
            "swaps": self.swaps,
            "lead": self._lead.to_list(),
            "background": None if background is None else background.snapshot(),
            "scores": self.scores.to_list(),
            "inputs": [[name, watch.to_list()] for name, watch in self.inputs.items()],
        }

    def restore(self, state: Any) -> None:
        """Take the state of `snapshot`; what follows is bit-identical."""
        self.labels = state["labels"]
        self.model.head.restore(state["head"])
        self.gate = type(self.gate).from_list(state["gate"])
        self._drift = LossWatch.from_list(state["drift"])
        self.swaps, self._lead = state["swaps"], Lead.from_list(state["lead"])
        self._background = None
        if state["background"] is not None:
            self._background = self.model.head.fresh(0.5)
            self._background.restore(state["background"])
        self.scores = MeanWatch.from_list(state["scores"])
        for name, watch in state["inputs"]:
            self.inputs[name] = MeanWatch.from_list(watch)
