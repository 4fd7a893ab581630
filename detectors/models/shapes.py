"""Numbers as inputs of a linear model: scaled by constants, bent at knots, crossed by name."""

import math
from array import array
from collections.abc import Sequence

LARGEST = 1e6
"""Of an input, either way: beyond it one row could undo all that was learnt."""


class Hinges:
    """A number as itself and as what it exceeds each knot by: a line that may bend there.

    Parameters
    ----------
    name
        First part of the inputs' names.
    scale
        What the number, after its logarithm, is divided by: about its standard deviation.
    knots
        Where the line may bend, ascending, in the unit of the number.
    log
        Whether ``log(1 + number)`` is used: right for counts, money and durations with a long
        tail, wrong for what is bounded.

    Examples
    --------
    >>> tenure = Hinges("tenure", 1.0, (0, 10), log=False)
    >>> tenure.names
    ('tenure', 'tenure>0', 'tenure>10')
    >>> x = {}
    >>> tenure.put(12.0, x)
    >>> x
    {'tenure': 12.0, 'tenure>0': 12.0, 'tenure>10': 2.0}
    """

    __slots__ = ("_knots", "_log", "_scale", "names")

    def __init__(
        self, name: str, scale: float, knots: Sequence[float] = (), *, log: bool = True
    ) -> None:
        self.names = (name, *(f"{name}>{knot:g}" for knot in knots))
        self._scale = scale
        self._knots = tuple(map(math.log1p, knots)) if log else tuple(knots)
        self._log = log

    def put(self, value: float, x: dict[str, float]) -> None:
        """Add the inputs that are not zero; a number that is none adds nothing.

        With a logarithm a negative number counts as 0.
        """
        if not abs(value) < math.inf:
            return
        if self._log:
            value = math.log1p(value) if value > 0.0 else 0.0
        if value:
            x[self.names[0]] = value / self._scale
        for knot, name in zip(self._knots, self.names[1:], strict=True):
            if value <= knot:
                return
            x[name] = (value - knot) / self._scale


def rounded(x: dict[str, float]) -> dict[str, float]:
    """Return the inputs as they are stored, so that a score can be had again from its label.

    Every value becomes a float32; what is then zero is left out.

    >>> rounded({"a": 0.1, "b": 1e-60})
    {'a': 0.10000000149011612}
    """
    values = array("f", [min(max(value, -LARGEST), LARGEST) for value in x.values()])
    return {name: value for name, value in zip(x, values, strict=True) if value}
