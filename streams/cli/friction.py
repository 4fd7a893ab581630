"""``precede models friction``: how much each kind of friction weighs, and how true it came."""

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any

import msgpack
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from detectors.effort import KINDS
from detectors.effort_model import TAUGHT, EffortModel
from detectors.effort_points import FIRST_POINTS
from detectors.learning.tally import Tally
from streams.cli.output import console, print_json
from streams.engine.mind import EFFORT
from streams.kafka.client import client_options
from streams.kafka.reading import newest_values, require_topics
from streams.kafka.topics import Topics
from streams.settings import Settings

Learnt = Mapping[int, EffortModel]
"""Partition -> what it has learnt."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def friction(as_json: AsJson = False) -> None:
    """Show what each kind of friction weighs in points, learnt from what came true.

    `signal.friction_*` is learnt from contacts that followed within 24 h, `signal.effort` from
    answers about effort (CES). Means over the partitions, by outcomes learnt; below stands how
    often it came true what was said.

    Example:  PRECEDE_TOPIC_PREFIX=precede. precede models friction
    """
    learnt = asyncio.run(_read(quiet=as_json))
    if as_json:
        print_json(as_plain(learnt))
        return
    console.print(points_table(learnt))
    console.print(calibration_table(learnt))


def points(learnt: Learnt, name: str) -> dict[str, float]:
    """Return the points per kind, means over the partitions by outcomes learnt."""
    total = sum(model.weights[name].tally.labels for model in learnt.values())
    if not total:
        return dict(FIRST_POINTS)
    shares = [
        (model.weights[name].tally.labels / total, model.points[name]) for model in learnt.values()
    ]
    return {kind: math.fsum(share * each[kind] for share, each in shares) for kind in KINDS}


def tally(learnt: Learnt, name: str) -> Tally:
    """Return the counts of all partitions together."""
    together = Tally()
    for model in learnt.values():
        together = together.plus(model.weights[name].tally)
    return together


def points_table(learnt: Learnt) -> Table:
    """Return the points as a table for people, the heaviest first."""
    found = {name: points(learnt, name) for name in TAUGHT}
    table = Table("kind", title="points of one occurrence; 6 are medium, 15 high")
    for column in ("at first", *(f"signal.{name}" for name in TAUGHT)):
        table.add_column(column, justify="right")
    for kind in sorted(KINDS, key=lambda kind: (-found["friction"][kind], kind)):
        learnt_points = (f"{each[kind]:.1f}" for each in found.values())
        table.add_row(kind, f"{FIRST_POINTS[kind]:.1f}", *learnt_points)
    return table


def calibration_table(learnt: Learnt) -> Table:
    """Return how often it came true what was said, as a table for people."""
    table = Table("learnt", title="how often it came true")
    for column in ("outcomes", "said", "came true"):
        table.add_column(column, justify="right")
    for name in TAUGHT:
        found = tally(learnt, name)
        for outcomes, said, came in found.calibration():
            table.add_row(name, f"{outcomes:,}", f"{said:.1%}", f"{came:.1%}")
        auc, ece = (_shown(value) for value in (found.auc(), found.ece()))
        table.add_row(f"{name}: AUC {auc}, ECE {ece}", f"{found.labels:,}", "", "")
    return table


def as_plain(learnt: Learnt) -> dict[str, Any]:
    """Return the same as plain values."""
    return {name: _plain(points(learnt, name), tally(learnt, name)) for name in TAUGHT}


def _plain(found: Mapping[str, float], outcomes: Tally) -> dict[str, Any]:
    figures = {
        "auc": outcomes.auc(), "auc_baseline": outcomes.auc_baseline(), "ece": outcomes.ece(),
        "log_loss": outcomes.log_loss(), "base_rate": outcomes.base_rate(),
    }  # fmt: skip
    return {
        "outcomes": outcomes.labels,
        **{name: None if math.isnan(value) else value for name, value in figures.items()},
        "calibration": [
            {"outcomes": size, "says": said, "came": came}
            for size, said, came in outcomes.calibration()
        ],
        "points": dict(found),
    }


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


async def _read(*, quiet: bool) -> Learnt:
    settings = Settings()
    options, topics = client_options(settings), Topics(settings.topic_prefix)
    await require_topics(topics, options)
    found: dict[int, EffortModel] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("reading")
        for partition in range(settings.partitions):
            bar.update(task, description=f"reading the state of partition {partition}")
            state = (await newest_values(options, topics.state, partition)).get(EFFORT)
            if state is not None:
                model = found[partition] = EffortModel()
                model.restore(msgpack.unpackb(state, strict_map_key=False))
    return found
