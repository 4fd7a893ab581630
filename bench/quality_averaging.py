"""Whether partitions learn more together: weights averaged once a day, at 1, 4 and 16 partitions.

    python -m bench.quality_averaging [--data FILE] [--partitions 4,16] [--json]

Every pass is over the same month of calls, and every figure over the same rows: the second half by
the time of the score. A difference stands beside its own noise, from resampled rows of both passes
together, so what both have in common cancels out.

``none``
    Each partition learns alone, as the engine does.
``all``
    Once a day of event time every partition goes on with the mean of all weights and intercepts,
    weighted by the labels learnt since the day before. Sums of AdaGrad stay each partition's own.
``weights``
    The same, but each partition keeps its intercept: what calibrates it to its own customers.
``steps``
    Weights as above; intercepts move by the sum of all partitions' steps since the day before, as
    one partition with all labels would have moved them.

What came of it (`bench/results/averaging.json`; abandonment, more than ``none`` on the same rows):

==========  =================  =================  =================
4           AUC                log loss           ECE
==========  =================  =================  =================
all         +.0028 +- .0011    -.0023 +- .0007    +.0040 +- .0020
weights     +.0026 +- .0010    -.0021 +- .0007    +.0046 +- .0020
steps       +.0025 +- .0011    -.0020 +- .0007    +.0031 +- .0022
==========  =================  =================  =================

==========  =================  =================  =================
16          AUC                log loss           ECE
==========  =================  =================  =================
all         +.0076 +- .0020    -.0048 +- .0011    +.0057 +- .0027
weights     +.0077 +- .0019    -.0048 +- .0011    +.0049 +- .0027
steps       +.0064 +- .0021    -.0039 +- .0012    +.0030 +- .0026
==========  =================  =================  =================

One partition has .8140, four .8067 and sixteen .7970. Repeated contact gains nothing at 4 (AUC
+.0004 +- .0005) and next to nothing at 16 (+.0013 +- .0007), and ``steps`` harms it (-.0116).

The engine lets each partition learn alone. At 4 partitions, the usual number, averaging gives back
a third of what is lost, .003 of an area that lies .012 above its bar, and every way of it costs
calibration, which rules compare with thresholds. Nor is there a place for it in a log that is
played faster than it happened: averages of the first day would come after the last one. Where a
centre needs 16 partitions and ranks more than it thresholds, ``weights`` is the one to take.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import quality_calls
from bench.quality_calls import Partition
from detectors.learning.tally import loss
from detectors.learning.validation import calibration_error, roc_auc
from detectors.models.linear import LinearHead
from detectors.models.supervised import Model
from streams.sources.bank_calls.reader import JANUARY, CallLog

Scheme = Literal["none", "all", "weights", "steps"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
MODELS = ("abandon", "repeat")
RESAMPLES = 100
SEED = 1

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one model under one scheme.

    Parameters
    ----------
    auc, log_loss, ece
        Of the second half; loss in nats.
    more_auc, more_log_loss, more_ece
        By how much more than with ``none`` on the same rows; 0 for ``none`` itself.
    noise_auc, noise_log_loss, noise_ece
        Standard errors of these differences.
    """

    model: str
    partitions: int
    scheme: Scheme
    labels: int
    auc: float
    log_loss: float
    ece: float
    more_auc: float = 0.0
    noise_auc: float = 0.0
    more_log_loss: float = 0.0
    noise_log_loss: float = 0.0
    more_ece: float = 0.0
    noise_ece: float = 0.0


class Averaging:
    """Averages the models of all partitions whenever it is called."""

    def __init__(self, scheme: Scheme) -> None:
        self.parts: list[Partition] = []
        self._scheme = scheme
        self._common: dict[str, float] = {}
        self._labels: dict[tuple[str, int], int] = {}

    def __call__(self, parts: list[Partition]) -> None:
        """Let all partitions go on together."""
        self.parts = parts
        if self._scheme != "none":
            for name in MODELS:
                self._average(name, parts)

    def _average(self, name: str, parts: list[Partition]) -> None:
        models = [part.models.watched()[name] for part in parts]
        heads = [model.model.head for model in models if isinstance(model.model.head, LinearHead)]
        new = [model.labels - self._labels.get((name, i), 0) for i, model in enumerate(models)]
        self._labels |= {(name, i): model.labels for i, model in enumerate(models)}
        if not sum(new):
            return
        weights: dict[str, float] = {}
        mean = 0.0
        for head, labels in zip(heads, new, strict=True):
            own, intercept = head.named_weights()
            mean += intercept * labels / sum(new)
            for key, weight in own.items():
                weights[key] = weights.get(key, 0.0) + weight * labels / sum(new)
        before = self._common.get(name, _first_intercept(models[0].model))
        moved = sum(head.named_weights()[1] - before for head in heads)
        self._common[name] = before + moved
        for head in heads:
            intercept = {
                "all": mean, "weights": head.named_weights()[1], "steps": before + moved,
            }[self._scheme]  # fmt: skip
            head.take(weights, intercept)


def _first_intercept(model: Model) -> float:
    fresh: Model = type(model)()
    return float(fresh.head.named_weights()[1])


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The second half of a model's labels, in one order for all schemes."""

    scores: Column
    ys: Column

    def auc(self, rows: NDArray[np.intp]) -> float:
        return roc_auc(self.scores[rows].tolist(), self.ys[rows].astype(int).tolist())

    def ece(self, rows: NDArray[np.intp]) -> float:
        return calibration_error(self.scores[rows].tolist(), self.ys[rows].astype(int).tolist())

    def losses(self) -> Column:
        pairs = zip(self.scores, self.ys, strict=True)
        return np.array([loss(float(score), int(y)) for score, y in pairs])


def one_pass(data: Path, partitions: int, scheme: Scheme) -> dict[str, Outcomes]:
    """Return what came of a pass over the month, by model."""
    averaging = Averaging(scheme)
    quality_calls.run(CallLog(data).events, partitions, daily=averaging)
    found = {}
    for name in MODELS:
        labels = [label for part in averaging.parts for label in part.labels if label.model == name]
        labels.sort(key=lambda label: (label.t0, label.id))
        newer = labels[len(labels) // 2 :]
        found[name] = Outcomes(
            np.array([label.score for label in newer]),
            np.array([label.y for label in newer], float),
        )
    return found


def compare(model: str, partitions: int, scheme: Scheme, found: Outcomes, alone: Outcomes) -> Row:
    """Return the figures of a scheme, and what it adds to learning alone, with the noise."""
    everything = np.arange(len(found.ys))
    row = Row(
        model, partitions, scheme, len(found.ys), found.auc(everything),
        float(found.losses().mean()), found.ece(everything),
    )  # fmt: skip
    if scheme == "none":
        return row
    chance = np.random.default_rng(SEED)
    more_auc, more_ece = [], []
    for _ in range(RESAMPLES):
        rows = chance.choice(everything, len(everything))
        more_auc.append(found.auc(rows) - alone.auc(rows))
        more_ece.append(found.ece(rows) - alone.ece(rows))
    more_loss = found.losses() - alone.losses()
    return replace(
        row,
        more_auc=row.auc - alone.auc(everything),
        noise_auc=float(np.std(more_auc)),
        more_log_loss=float(more_loss.mean()),
        noise_log_loss=float(more_loss.std() / np.sqrt(len(more_loss))),
        more_ece=row.ece - alone.ece(everything),
        noise_ece=float(np.std(more_ece)),
    )


def measure(data: Path, counts: Sequence[int], note: Callable[[str], None]) -> list[Row]:
    """Return all rows: one partition alone, then every scheme at each count."""
    rows = []
    for partitions in (1, *counts):
        alone: dict[str, Outcomes] = {}
        for scheme in SCHEMES if partitions > 1 else SCHEMES[:1]:
            note(f"{partitions} partitions, {scheme}")
            found = one_pass(data, partitions, scheme)
            alone = alone or found
            rows += [compare(name, partitions, scheme, found[name], alone[name]) for name in MODELS]
    return rows


def table(rows: Sequence[Row]) -> Table:
    """Return the rows as a table."""
    shown = Table(title="Weights averaged once a day, second half of the month")
    for column in ("model", "partitions", "scheme"):
        shown.add_column(column)
    for column in ("AUC", "more", "log loss", "more", "ECE", "more"):
        shown.add_column(column, justify="right")
    for row in sorted(rows, key=lambda row: (row.model, row.partitions)):
        shown.add_row(
            row.model, str(row.partitions), row.scheme,
            f"{row.auc:.4f}", _more(row, row.more_auc, row.noise_auc),
            f"{row.log_loss:.4f}", _more(row, row.more_log_loss, row.noise_log_loss),
            f"{row.ece:.4f}", _more(row, row.more_ece, row.noise_ece),
        )  # fmt: skip
    return shown


def _more(row: Row, more: float, noise: float) -> str:
    return "" if row.scheme == "none" else f"{more:+.4f} ± {noise:.4f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Learning across partitions, or alone.")
    parser.add_argument("--data", type=Path, default=JANUARY, help="call log, plain or gzipped")
    parser.add_argument("--partitions", default="4,16", help="counts beside 1, such as 4,16")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    counts = [int(each) for each in options.partitions.split(",")]
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else 140)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")
        rows = measure(options.data, counts, lambda what: bar.update(task, description=what))
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}, indent=1))
    else:
        console.print(table(rows))


if __name__ == "__main__":
    main()
