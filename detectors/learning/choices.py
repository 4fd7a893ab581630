"""Live validation of a model that chooses one of many: by the chance it gave to what came true."""

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from detectors.learning.gate import Gate
from detectors.learning.tally import loss

if TYPE_CHECKING:
    from detectors.learning.labels import Label


class Told(NamedTuple):
    """Which of many came true.

    Parameters
    ----------
    outcome
        Its name.
    chance
        The probability that the model gave it.
    share
        How often it was the one before: the naive baseline's probability.
    usual_y
        Whether it was the one that had been it most often, 1 or 0: the naive baseline's choice.
    """

    outcome: str
    chance: float
    share: float
    usual_y: int

    @property
    def cost(self) -> float:
        """The model's loss, nats."""
        return loss(self.chance, 1)

    def as_json(self) -> dict[str, float]:
        """Return what a label says of it on the wire: figures, and no name."""
        return {"chance": self.chance, "share": self.share, "usual_y": self.usual_y}

    @property
    def usual_cost(self) -> float:
        """The loss of the naive baseline, nats."""
        return loss(self.share, 1)


class ChoiceGate(Gate):
    """The gate of a model that chooses one of many: `y` says whether its choice came true.

    Both forecasts that it must beat know how often each was it so far, and no more: the base rate
    is judged by the loss, against the chance that the model gave to what came true; the naive
    baseline always chooses what is usual, and is judged by how often that came true. So the base
    rate of the tally is how often the model is right, and its area how well it knows when.

    Examples
    --------
    >>> gate = ChoiceGate()
    >>> for i in range(400):
    ...     gate.choose(float(i), 0.9, 0.5, 1, Told("fees", 0.9, 0.5, i % 2))
    >>> gate.withdrawn
    False
    >>> for i in range(400):
    ...     gate.choose(float(i), 0.9, 0.5, 0, Told("fees", 0.1, 0.5, i % 2))
    >>> gate.withdrawn, [round(figure, 3) for figure in gate.usual()]
    (True, [0.693, 0.5])
    """

    __slots__ = ()

    _RATE: ClassVar = ("the usual shares", "nats")
    _NAIVE: ClassVar = ("the usual choice", "right")

    def take(self, label: "Label") -> None:
        """Take a label as the models learn from it; one that tells no choice says nothing."""
        if label.told is not None:
            self.choose(
                label.t0, label.score, label.baseline, label.y, label.told, label.lag_s,
                label.weight,
            )  # fmt: skip

    def choose(
        self,
        t0: float,
        score: float,
        baseline: float,
        y: int,
        told: Told,
        lag_s: float = 0.0,
        weight: float = 1,
    ) -> None:
        """Take what was chosen and what was told, and judge the model anew when it is time."""
        self._block.tally.add(t0, score, baseline, y, lag_s, weight, told.cost)
        self._gained(told.usual_cost - told.cost, float(y - told.usual_y), weight)

    def usual(self) -> tuple[float, float]:
        """Return the naive baseline's mean loss, nats, and how often it is right; NaN at first."""
        found, tally = self.verdict(), self.tally()
        return tally.log_loss() + found.gain_rate, tally.base_rate() - found.gain_naive
