"""Churn learnt from a table of customers, row by row: any table with a column of yes and no.

The inputs are made as those of the product's churn model: constants fixed after the first rows,
numbers bent at knots, logarithms of what has a long tail, a few crosses. The head, and in the test
of drift its watch and its swap, are the product's own.
"""

import csv
import math
import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from bench.figure import Figure, mean_noise
from bench.text_file import read_lines
from detectors.centre import Centre
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import Label, PendingLabel
from detectors.learning.validation import calibration_error, roc_auc
from detectors.models.linear import LinearHead
from detectors.models.scored import Scored
from detectors.models.shapes import Hinges, rounded
from detectors.models.supervised import Supervised

Row = dict[str, str]

SEEDS = 5
FIRST_ROWS = 500
KNOTS = 5
CROSSED = 4
"""Columns that are crossed with each other: those that say most alone in the first rows."""
SWAP_AT = 10_564
TRUE = frozenset({"yes", "true", "1", "churn", "churned", "y"})
_NUMBER_SHARE, _FEW_VALUES, _MANY_VALUES = 0.95, 12, 40


def read(path: Path, target: str = "") -> tuple[list[Row], list[int]]:
    """Return the rows without their target, and the target, which is named or the last column."""
    rows = list(csv.DictReader(read_lines(path)))
    target = target or next((n for n in rows[0] if n.lower().startswith("churn")), [*rows[0]][-1])
    outcomes = [int(row.pop(target).strip().lower() in TRUE) for row in rows]
    return rows, outcomes


class Encoder:
    """Rows as inputs; its constants come from the first rows of the stream and stay."""

    def __init__(self, first: Sequence[Row]) -> None:
        self.numbers: dict[str, Hinges] = {}
        self.texts: list[str] = []
        self.crosses: list[tuple[str, str]] = []
        self._edges: dict[str, list[float]] = {}
        for name in first[0]:
            values = sorted(v for row in first if not math.isnan(v := _number(row[name])))
            known = len({row[name] for row in first})
            if len(values) >= _NUMBER_SHARE * len(first) and known > _FEW_VALUES:
                self._add_number(name, values)
            elif known <= _MANY_VALUES:
                self.texts.append(name)

    def _add_number(self, name: str, values: list[float]) -> None:
        edges = [values[(i + 1) * len(values) // (KNOTS + 1)] for i in range(KNOTS)]
        self._edges[name] = sorted(dict.fromkeys(edges))
        log = values[0] >= 0.0 and _skew(values) > _skew([math.log1p(v) for v in values])
        shaped = [math.log1p(v) for v in values] if log else values
        mean = math.fsum(shaped) / len(shaped)
        spread = math.sqrt(math.fsum((v - mean) ** 2 for v in shaped) / len(shaped)) or 1.0
        self.numbers[name] = Hinges(name, spread, self._edges[name], log=log)

    def cross(self, rows: Sequence[Row], outcomes: Sequence[int]) -> None:
        """Choose the crosses from the first rows, whose outcomes are known by now."""
        names = [*self.numbers, *self.texts]
        said = {name: _says([self._part(row, name) for row in rows], outcomes) for name in names}
        best = sorted(names, key=lambda name: (-said[name], name))[:CROSSED]
        self.crosses = list(combinations(sorted(best), 2))

    def inputs(self, row: Row) -> dict[str, float]:
        x: dict[str, float] = {}
        for name, shape in self.numbers.items():
            shape.put(_number(row[name]), x)
        for name in self.texts:
            x[f"{name}={row[name]}"] = 1.0
        for one, other in self.crosses:
            x[f"{one}*{other}={self._part(row, one)}|{self._part(row, other)}"] = 1.0
        return rounded(x)

    def _part(self, row: Row, name: str) -> str:
        edges = self._edges.get(name)
        return row[name] if edges is None else str(sum(_number(row[name]) >= e for e in edges))


class _TableModel:
    """A head without a product around it, so that its watch can be tried on a table."""

    name = "table"
    event_types: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()

    def __init__(self, base_rate: float) -> None:
        self.head = LinearHead(base_rate, learning_rate=0.05)

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        return None

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        return None


class Stream:
    """One pass over a table: score, then learn, with the watch for drift."""

    def __init__(self, first: Sequence[Row]) -> None:
        self.encoder = Encoder(first)
        self.learner = Supervised(_TableModel(0.2))
        self.scores: list[float] = []
        self.outcomes: list[int] = []
        self._first: list[Row] = []

    def take(self, row: Row, y: int) -> None:
        x = self.encoder.inputs(row)
        at = float(len(self.scores))
        score = self.learner.model.head.score(x)
        self.scores.append(score)
        self.outcomes.append(y)
        self.learner.learn(Label("table", f"{at}", at, score, 0.5, y, 0, True, x))
        if len(self._first) < FIRST_ROWS:
            self._first.append(row)
            if len(self._first) == FIRST_ROWS:
                self.encoder.cross(self._first, self.outcomes)

    def auc(self, begin: int, end: int) -> float:
        return roc_auc(self.scores[begin:end], self.outcomes[begin:end])


def figures(path: Path, target: str = "", *, bars: bool = True) -> list[Figure]:
    """Return AUC and calibration of the second half, mean of shuffles.

    Parameters
    ----------
    bars
        Whether the table is the one that the bars are about.
    """
    rows, outcomes = read(path, target)
    aucs, errors = [], []
    for seed in range(SEEDS):
        order = list(range(len(rows)))
        random.Random(seed).shuffle(order)
        stream = Stream([rows[i] for i in order[:FIRST_ROWS]])
        for i in order:
            stream.take(rows[i], outcomes[i])
        half = len(order) // 2
        aucs.append(stream.auc(half, len(order)))
        errors.append(calibration_error(stream.scores[half:], stream.outcomes[half:]))
    (auc, noise), (error, error_noise) = mean_noise(aucs), mean_noise(errors)
    name = f"churn table {path.name.split('.')[0]}"
    return [
        Figure(
            name, "AUC, second half, 5 shuffles", auc, noise, 0.845 if bars else math.nan,
            reference="logistic .842, batch boosting .8455" if bars else "",
        ),
        Figure(
            name, "ECE, second half, 5 shuffles", error, error_noise, 0.02 if bars else math.nan,
            at_most=True,
        ),
    ]  # fmt: skip


def swap_figures(path: Path) -> list[Figure]:
    """Return the AUC after two columns swapped their meaning and a third was turned round."""
    rows, outcomes = read(path)
    bars = {(1_000, 3_000): 0.836, (3_000, 6_000): 0.836}
    found: dict[tuple[int, int], list[float]] = {window: [] for window in bars}
    swaps = []
    for seed in range(SEEDS):
        order = list(range(len(rows))) * 3
        random.Random(seed).shuffle(order)
        stream = Stream([rows[i] for i in order[:FIRST_ROWS]])
        for number, i in enumerate(order):
            row = rows[i] if number < SWAP_AT else _swapped(rows[i])
            stream.take(row, outcomes[i])
        for begin, end in bars:
            found[begin, end].append(stream.auc(SWAP_AT + begin, SWAP_AT + end))
        swaps.append(stream.learner.swaps)
    return [
        Figure(
            "concept swap", f"AUC, {begin:,} to {end:,} later", *mean_noise(found[begin, end]), bar,
            reference=f"no detector {none}; swaps {swaps}",
        )
        for ((begin, end), bar), none in zip(bars.items(), (".806", ".821"), strict=True)
    ]  # fmt: skip


_SWAPPED = {
    "Contract": {"Month-to-month": "Two year", "Two year": "Month-to-month"},
    "InternetService": {"Fiber optic": "DSL", "DSL": "Fiber optic"},
}
_LONGEST = 72


def _swapped(row: Row) -> Row:
    changed = {name: words.get(row[name], row[name]) for name, words in _SWAPPED.items()}
    return row | changed | {"tenure": str(_LONGEST - int(row["tenure"]))}


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if abs(value) < math.inf else math.nan


def _skew(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    spread = math.fsum((v - mean) ** 2 for v in values) / len(values)
    third = math.fsum((v - mean) ** 3 for v in values) / len(values)
    return abs(third) / spread**1.5 if spread else 0.0


def _says(parts: Sequence[str], outcomes: Sequence[int]) -> float:
    """Return the mutual information of a column and the outcome, nats."""
    total, positives = len(parts), sum(outcomes)
    counts: dict[str, list[int]] = {}
    for part, y in zip(parts, outcomes, strict=True):
        counts.setdefault(part, [0, 0])[y] += 1
    found = 0.0
    for pair in counts.values():
        for y, n in enumerate(pair):
            of_y = positives if y else total - positives
            if n:
                found += n / total * math.log(n * total / (sum(pair) * of_y))
    return found
