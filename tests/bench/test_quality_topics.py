"""The bench of topics reads tables as they come, and its figures are those of the model."""

from pathlib import Path

import pytest

from bench.quality_topics import Said, figures, macro_f1, one_pass, read
from detectors.learning.choices import Told
from tests.detectors.models.comments import comments


def table(folder: Path, header: str = "text,category", count: int = 400) -> Path:
    lines = [header, *(f'"{text}",{topic}' for text, topic in comments(count))]
    path = folder / "sorted.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_table_is_read_by_its_columns(tmp_path: Path) -> None:
    rows = read(table(tmp_path, count=20))

    assert [topic for _, topic in rows] == [topic for _, topic in comments(20)]
    assert rows == read(table(tmp_path, "Comment,Topic", 20))
    with pytest.raises(SystemExit, match="must have a column topic, category"):
        read(table(tmp_path, "text,colour"))


def test_every_text_is_judged_before_it_is_learnt(tmp_path: Path) -> None:
    said = one_pass(read(table(tmp_path, count=50)))

    assert (said[0].name, said[0].chance, said[0].told.chance) == ("", 0.0, 1.0)
    assert len(said) == 50


def test_the_mean_over_topics_counts_rare_ones_as_much() -> None:
    def said(name: str, told: str) -> Said:
        return Said(name, 0.9, Told(told, 0.9, 0.5, 0))

    given = [said("fees", "fees")] * 8 + [said("fees", "app")] + [said("app", "app")]
    # Fees: precision 8/9, recall 1. App: precision 1, recall 1/2.
    assert macro_f1(given) == pytest.approx((16 / 17 + 2 / 3) / 2)


def test_figures_stand_beside_the_usual_choice(tmp_path: Path) -> None:
    found = {figure.name.split(",")[0]: figure for figure in figures(table(tmp_path))}

    right, loss = found["right"], found["log loss"]
    # Four in ten comments are about deliveries, and the shares are 4 3 2 1.
    assert right.bar == pytest.approx(0.4, abs=0.05)
    assert loss.bar == pytest.approx(1.28, abs=0.1)
    assert (right.verdict, loss.verdict) == ("pass", "pass")
    assert found["right where said"].value > 0.9
