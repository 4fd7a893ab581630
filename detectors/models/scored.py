"""What a model says about one event."""

from dataclasses import dataclass


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
    """

    name: str
    score: float
    baseline: float
    x: dict[str, float]
    earlier: int
    identified: bool
    y: int | None = None
