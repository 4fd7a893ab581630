"""A measured figure beside the bar it must reach, with its noise."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the quality table.

    Parameters
    ----------
    data, name
        What was measured on what.
    value, noise
        The figure and its standard error.
    bar
        What it must reach; NaN where it is only told.
    at_most
        Whether less is better.
    reference
        What others reach on the same rows, in words.
    """

    data: str
    name: str
    value: float
    noise: float
    bar: float = math.nan
    at_most: bool = False
    reference: str = ""

    @property
    def verdict(self) -> str:
        """``pass``, ``within noise`` of the bar, ``miss``, or nothing where there is no bar."""
        if math.isnan(self.bar):
            return ""
        short = self.value - self.bar if self.at_most else self.bar - self.value
        if short <= 0.0:
            return "pass"
        return "within noise" if short <= self.noise else "miss"


def auc_noise(auc: float, outcomes: Sequence[int]) -> float:
    """Return the standard error of an area under the ROC curve [1]_.

    References
    ----------
    .. [1] J. Hanley, B. McNeil, Radiology 143, 1982.

    >>> round(auc_noise(0.8, [0] * 900 + [1] * 100), 3)
    0.027
    """
    positives = sum(outcomes)
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return math.nan
    one, both = auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc)
    spread = auc * (1.0 - auc) + (positives - 1) * (one - auc * auc)
    spread += (negatives - 1) * (both - auc * auc)
    return math.sqrt(spread / (positives * negatives))


def mean_noise(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of repeated runs and its standard error."""
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(len(values))


def table(figures: Sequence[Figure], title: str) -> Table:
    """Return the figures as a table for people."""
    shown = Table(title=title)
    for column in ("data", "figure"):
        shown.add_column(column)
    for column in ("value", "noise", "bar"):
        shown.add_column(column, justify="right")
    shown.add_column("")
    shown.add_column("reference", overflow="fold")
    colours = {"pass": "green", "within noise": "yellow", "miss": "bold red"}
    for one in figures:
        bar = "" if math.isnan(one.bar) else f"{'<=' if one.at_most else '>='} {one.bar:.3f}"
        noise = "" if math.isnan(one.noise) else f"{one.noise:.4f}"
        colour = colours.get(one.verdict, "dim")
        verdict = f"[{colour}]{one.verdict}[/]"
        shown.add_row(one.data, one.name, f"{one.value:.4f}", noise, bar, verdict, one.reference)
    return shown
