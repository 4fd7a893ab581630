import orjson
import pytest
from rich.console import Console
from rich.table import Table

from detectors.effort import KINDS
from detectors.effort_model import EffortModel
from detectors.effort_points import FIRST_POINTS
from detectors.learning.labels import Label
from streams.cli.friction import as_plain, calibration_table, points, points_table


def model(kind: str, *outcomes: int, name: str = "friction") -> EffortModel:
    """Return a model that said 0.25 of friction of one kind, and what came true."""
    learnt = EffortModel()
    for y in outcomes:
        learnt.learn(Label(name, "x", 0.0, 0.25, 0.2, y, 0, True, {kind: 1.0}))
    return learnt


def shown(table: Table) -> list[str]:
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get().splitlines()


def test_points_are_means_over_partitions_by_what_they_learnt_from() -> None:
    once, thrice = model("transfer", 1), model("transfer", 1, 1, 1)
    found = points({0: once, 3: thrice}, "friction")

    mean = 0.25 * once.points["friction"]["transfer"] + 0.75 * thrice.points["friction"]["transfer"]
    assert found["transfer"] == pytest.approx(mean) != FIRST_POINTS["transfer"]
    assert found["hold"] == FIRST_POINTS["hold"]
    assert points({0: once}, "effort") == FIRST_POINTS


def test_the_heaviest_kind_comes_first() -> None:
    table = shown(points_table({0: model("dead_click", *[1] * 400)}))

    rows = [line for line in table if any(kind in line for kind in KINDS)]
    assert len(rows) == len(KINDS)
    assert "dead_click" in rows[0]
    assert "2.0" in rows[0]


def test_what_was_said_stands_beside_what_came_true() -> None:
    learnt = {0: model("hold", 1, 0), 1: model("hold", 1, 1)}

    [row] = [line for line in shown(calibration_table(learnt)) if "%" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "friction", "4", "25.0%", "75.0%",
    ]  # fmt: skip
    told = orjson.loads(orjson.dumps(as_plain(learnt)))
    assert told["friction"]["calibration"] == [{"outcomes": 4, "says": 0.25, "came": 0.75}]
    assert told["friction"]["ece"] == 0.5
    assert told["effort"]["outcomes"] == 0
    assert told["effort"]["auc"] is None


def test_before_anything_was_learnt_the_first_points_are_shown() -> None:
    assert as_plain({})["friction"]["points"] == dict(FIRST_POINTS)
    assert any("app_error" in line and "5.0" in line for line in shown(points_table({})))
