"""``precede models``: what the models have learnt, how good they are, and their weights."""

import asyncio
import math
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from detectors.models.inputs import INPUTS
from detectors.models.registry import Models
from detectors.models.weights import LARGEST
from detectors.models.words import NAMES
from detectors.schema import SCORES
from streams.cli.models_picture import as_svg, in_terminal
from streams.cli.output import console, fail, print_json
from streams.clock import now
from streams.kafka.client import client_options
from streams.kafka.reading import require_topics
from streams.kafka.topics import Topics
from streams.learnt import Learnt, read_learnt
from streams.settings import Settings
from streams.sources.weights import send_weights

app = typer.Typer(help="What the models have learnt and how good they are.", no_args_is_help=True)

TOP = 12
VERSION = 1

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The model, such as repeat.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show every model with its quality over the latest labels, all partitions together.

    Each model stands beside its naive baseline on the same labels. A withdrawn model says no more
    than that, and its rules do without it until it does. Of topic, which chooses one of many, the
    base rate is how often its choice is right, and the AUC how well it knows when.

    Example:  PRECEDE_TOPIC_PREFIX=precede. precede models list
    """
    models = asyncio.run(_read(quiet=as_json))
    if as_json:
        print_json({name: _figures(model) for name, model in models.items()})
        return
    table = Table("model", title="latest labels of all partitions")
    for column in ("labels", "AUC", "baseline", "log loss", "ECE", "base rate", "lag", "closed"):
        table.add_column(column, justify="right")
    table.add_column("rules may use it")
    for name, model in models.items():
        tally = model.tally()
        figures = (tally.auc(), tally.auc_baseline(), tally.log_loss(), tally.ece())
        table.add_row(
            name, f"{model.labels:,}", *(_shown(value) for value in figures),
            _shown(tally.base_rate()), _hours(tally.lag_s()), _percent(model.coverage()),
            _status(model),
        )  # fmt: skip
    console.print(table)


@app.command("show")
def show(
    name: Name,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the pictures to a file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one model: its quality, its calibration and its AUC over time, its largest weights.

    Examples
    --------
      precede models show repeat

      precede models show abandon --svg abandon.svg
    """
    model = _one(asyncio.run(_read(quiet=as_json)), name)
    if svg is not None:
        _write(svg, as_svg(model).encode())
    if as_json:
        print_json(_figures(model) | _details(model))
        return
    tally = model.tally()
    console.print(f"[bold]score.{name}[/]: {SCORES[name].meaning}", highlight=False)
    console.print(
        f"{model.labels:,} labels learnt; over the latest {tally.labels:,}: AUC "
        f"{_shown(tally.auc())} (baseline {_shown(tally.auc_baseline())}), log loss "
        f"{_shown(tally.log_loss())}, ECE {_shown(tally.ece())}, base rate "
        f"{_shown(tally.base_rate())}, lag {_hours(tally.lag_s())}",
        highlight=False,
    )
    if model.chooses:
        loss, right = model.usual()
        console.print(
            f"its choice was right in {_percent(tally.base_rate())} of them; the usual one in "
            f"{_percent(right)}, and the log loss of the usual shares is {_shown(loss)}",
            highlight=False,
        )
    for partition, why in model.withdrawn.items():
        console.print(f"[bold red]partition {partition}[/] {why}", highlight=False)
    console.print(in_terminal(model))
    table = Table("input", "what it is")
    table.add_column("weight", justify="right")
    for input_name, human, weight in model.heaviest(TOP):
        table.add_row(input_name, human, f"{weight:+.3f}")
    console.print(table)
    if svg is not None:
        console.print(f"pictures in {svg}", highlight=False)


@app.command("export")
def export(
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where to write them.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Which models; else all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the weights of models to a file: means over the partitions, by labels learnt.

    Another installation begins with them by `precede models import`. Not those of topic: topics
    are each installation's own.

    Example:  precede models export repeat abandon --to weights.json
    """
    models = asyncio.run(_read(quiet=as_json))
    chosen = {name: _one(models, name) for name in names} if names else models
    if names and "topic" in names:
        fail("topic begins without weights everywhere: topics are each installation's own", code=2)
    found = {}
    for name, model in chosen.items():
        if model.chooses:
            continue
        weights, intercept = model.weights()
        found[name] = {"labels": model.labels, "intercept": intercept, "weights": weights}
    document = {"version": VERSION, "models": found}
    _write(to, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if as_json:
        print_json({"file": str(to), "models": list(found)})
    else:
        console.print(f"weights of {', '.join(found) or 'no model'} in {to}", highlight=False)


@app.command("import")
def import_weights(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Which models; else all in it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let models begin with the weights of a file; what they had learnt is forgotten.

    The weights go through the log: every partition takes them at the same place, and a replay of
    the log takes them there again.

    Example:  precede models import weights.json repeat
    """
    found = _read_file(file)
    for name in names or ():
        if name not in found:
            fail(f"{file} must have weights of {name!r}; it has {', '.join(found) or 'none'}")
    chosen = {name: found[name] for name in names} if names else found
    settings = Settings()
    asyncio.run(_send(chosen, settings))
    if as_json:
        print_json({"models": list(chosen)})
    else:
        console.print(f"sent to every partition: {', '.join(chosen)}", highlight=False)


async def _read(*, quiet: bool) -> dict[str, Learnt]:
    settings = Settings()
    options, topics = client_options(settings), Topics(settings.topic_prefix)
    await require_topics(topics, options)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet, transient=True) as bar:
        task = bar.add_task("reading")

        def progress(partition: int) -> None:
            bar.update(task, description=f"reading the state of partition {partition}")

        return await read_learnt(options, topics, range(settings.partitions), progress)


async def _send(chosen: Mapping[str, tuple[dict[str, float], float]], settings: Settings) -> None:
    await require_topics(Topics(settings.topic_prefix), client_options(settings))
    for name, (weights, intercept) in chosen.items():
        await send_weights(name, weights, intercept, now(), settings)


def _read_file(file: Path) -> dict[str, tuple[dict[str, float], float]]:
    try:
        document = orjson.loads(file.read_bytes())
    except OSError as error:
        fail(f"{file} must be a file that can be read; {error.strerror}")
    except ValueError as error:
        fail(f"{file} must be JSON, as `precede models export` writes it; {error}")
    is_ours = isinstance(document, dict) and document.get("version") == VERSION
    models = document.get("models") if is_ours else None
    if not isinstance(models, dict):
        fail(f"{file} must be what `precede models export` wrote, version {VERSION}; it is not")
    return {name: _weights(file, name, model) for name, model in models.items()}


def _weights(file: Path, name: str, model: Any) -> tuple[dict[str, float], float]:
    if name not in SCORES:
        _unknown(name, list(SCORES))
    if name == "topic":
        fail(f"{file} must not have weights of topic: topics are each installation's own")
    known = NAMES if name == "sentiment" else INPUTS
    weights = model.get("weights") if isinstance(model, dict) else None
    intercept = model.get("intercept") if isinstance(model, dict) else None
    if not isinstance(weights, dict) or intercept is None or not _is_weight(intercept):
        fail(f"{file}: {name} must have weights and an intercept from -{LARGEST:g} to {LARGEST:g}")
    for key, value in weights.items():
        if key not in known:
            fail(f"{file}: {name} has no input {key!r}; it comes from another version")
        if not _is_weight(value):
            fail(f"{file}: {name}.{key} must be a number from -{LARGEST:g} to {LARGEST:g}")
    return {key: float(value) for key, value in weights.items()}, float(intercept)


def _is_weight(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= LARGEST


def _one(models: Mapping[str, Learnt], name: str) -> Learnt:
    if name not in SCORES:
        _unknown(name, list(SCORES))
    if name not in models:
        fail(f"{name} must have been written by a partition; none has", hint="run a worker first")
    return models[name]


def _unknown(name: str, known: list[str]) -> NoReturn:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else ""
    fail(f"a model must be one of {', '.join(Models().watched())}; got {name!r}", hint=hint, code=2)


def _figures(model: Learnt) -> dict[str, Any]:
    tally = model.tally()
    return {
        "labels": model.labels,
        "latest_labels": tally.labels,
        "auc": _plain(tally.auc()),
        "auc_baseline": _plain(tally.auc_baseline()),
        "log_loss": _plain(tally.log_loss()),
        "ece": _plain(tally.ece()),
        "base_rate": _plain(tally.base_rate()),
        **_usual(model),
        "label_lag_s": _plain(tally.lag_s()),
        "label_coverage": _plain(model.coverage()),
        "withdrawn": {str(partition): why for partition, why in model.withdrawn.items()},
        "swaps": sum(one.swaps for one in model.partitions.values()),
    }


def _usual(model: Learnt) -> dict[str, Any]:
    if not model.chooses:
        return {}
    loss, right = model.usual()
    return {"usual_log_loss": _plain(loss), "usual_right": _plain(right)}


def _details(model: Learnt) -> dict[str, Any]:
    weights, intercept = model.weights()
    return {
        "calibration": [
            {"labels": labels, "says": said, "came": came}
            for labels, said, came in model.tally().calibration()
        ],
        "over_time": [
            {"t0": one.t0, "auc": _plain(one.auc), "auc_baseline": _plain(one.auc_baseline),
             "log_loss": _plain(one.log_loss), "ece": _plain(one.ece)}
            for one in model.history()
        ],
        "intercept": intercept,
        "weights": weights,
    }  # fmt: skip


def _status(model: Learnt) -> str:
    gone = model.withdrawn
    if not gone:
        return "[green]yes[/]"
    if len(gone) == len(model.partitions):
        return "[bold red]withdrawn[/]"
    return f"[yellow]withdrawn in {len(gone)} of {len(model.partitions)} partitions[/]"


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file} must be a file that can be written; {error.strerror}")


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0%}"


def _hours(seconds: float) -> str:
    return "-" if math.isnan(seconds) else f"{seconds / 3600:.1f} h"
