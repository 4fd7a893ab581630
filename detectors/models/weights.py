"""Weights of a model on their way from one place to another: a control record of the log."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from detectors.contacts import text
from detectors.event import Event
from detectors.under_way import number

WEIGHTS: Final = "control.weights"
"""Event type; data: ``model``, ``weights`` (input -> number) and ``intercept``."""
MAX_WEIGHTS: Final = 8_192
LARGEST: Final = 50.0
"""Of a weight or an intercept, either way: beyond it every score is 0 or 1."""


def read_weights(event: Event) -> tuple[str, dict[str, float], float]:
    """Return the model's name, its weights and its intercept.

    What is no finite number is left out; what is beyond 50 is cut to it.

    >>> data = {"model": "repeat", "weights": {"first": -0.5, "day=sun": "?"}, "intercept": 99}
    >>> read_weights(Event("1", "precede/models", WEIGHTS, 0.0, "", data))
    ('repeat', {'first': -0.5}, 50.0)
    """
    given = event.data.get("weights")
    items = islice(given.items(), MAX_WEIGHTS) if isinstance(given, Mapping) else ()
    weights = {
        text(name): bounded for name, value in items if (bounded := _bounded(value)) is not None
    }
    return text(event.data.get("model")), weights, _bounded(event.data.get("intercept")) or 0.0


def _bounded(value: Any) -> float | None:
    found = number(value)
    return None if found != found else min(max(found, -LARGEST), LARGEST)  # noqa: PLR0124
