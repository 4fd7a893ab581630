"""What a model says about one event."""

from dataclasses import dataclass

from detectors.learning.choices import Told
from detectors.learning.labels import PendingLabel


@dataclass(slots=True)
class Scored:
    """A probability with all it was computed from.

    Parameters
    ----------
    name
        Name of the score.
    score, baseline
        Probabilities in [0, 1]: the model's, and the naive one on the same row.
    x
        The features, zeros left out; every value is a float32.
    earlier
        Inbound contacts of the customer before this one.
    identified
        Whether a known customer stands behind it.
    y
        The outcome, where the event itself tells it: a rating that came with the text.
    says
        What a model says that chooses one of many, empty while none is likely enough; the score is
        then the probability of its choice. `None` for a model that says a probability.
    told
        Which of many came true, where the event itself tells it.
    """

    name: str
    score: float
    baseline: float
    x: dict[str, float]
    earlier: int
    identified: bool
    y: int | None = None
    says: str | None = None
    told: Told | None = None

    @property
    def value(self) -> float | str | None:
        """What rules see: a probability, or a text; `None` where nothing is said."""
        return self.score if self.says is None else self.says or None

    def pending(self, call: str, t0: float, horizon_s: float, y: int = 0) -> PendingLabel:
        """Return the label to wait for, with the row as it was scored.

        Parameters
        ----------
        call
            The contact that it is about, or what stands for one.
        t0
            When it was scored, event time.
        horizon_s
            How long the outcome is waited for, seconds.
        y
            The outcome if nothing shows another one until then.
        """
        return PendingLabel(
            model=self.name,
            call=call,
            t0=t0,
            due=t0 + horizon_s,
            score=self.score,
            baseline=self.baseline,
            earlier=self.earlier,
            identified=self.identified,
            x=self.x,
            y=y,
        )
