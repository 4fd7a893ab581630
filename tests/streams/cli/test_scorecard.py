from pathlib import Path

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from rules.playbook.loader import load
from rules.proof.intervals import Share
from rules.proof.outcomes import Outcomes
from rules.proof.result import NO_CAUSAL_CLAIM
from rules.proof.scorecard import Scorecard, scorecards
from streams.backtest.log import LogWriter
from streams.cli.main import app
from streams.cli.scorecard import remarks, scorecard_table
from tests.rules.playbook.texts import replaced
from tests.rules.proof.test_scorecard import BOOK, card, exposed, history, population
from tests.streams.reacting import People, World

RUN = CliRunner(env={"COLUMNS": "200"})
HOLDOUT = replaced("topic: calls\n", "topic: calls\n    holdout: 20\n")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return the folder of a log whose customers could react, and of the playbook behind it."""
    log, book = tmp_path_factory.mktemp("log"), tmp_path_factory.mktemp("book")
    for name, text in HOLDOUT.items():
        (book / name).write_text(text)
    world = World(load(HOLDOUT), People()).run(200)
    with LogWriter(log, 1) as writer:
        for value in world.log:
            writer.write(0, value)
    return str(log), str(book)


def shown(cards: dict[str, Scorecard], width: int = 120) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(scorecard_table(cards))
    return capture.get()


def test_a_log_is_decided_anew_and_both_arms_are_told(folders: tuple[str, str]) -> None:
    log, book = folders
    outcome = RUN.invoke(app, ["scorecard", "--from", log, "--playbook", book, "--json"])

    assert outcome.exit_code == 0, outcome.output
    told = orjson.loads(outcome.stdout)
    rule = told["rules"]["call-back-soon"]
    assert told["causal"] is True
    assert rule["treated"] + rule["holdout"] == 200
    assert rule["candidates"] == {"ghost": rule["holdout"], "sent": rule["treated"]}
    assert rule["called_anyway"]["holdout"]["n"] == rule["holdout"]
    assert rule["lead_time"]["n"] > 0


def test_on_replayed_history_the_ghost_table_makes_no_claim(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    for name, text in HOLDOUT.items():
        (book / name).write_text(text)
    world = World(load(HOLDOUT), People(accepts=0.0), reacts=False).run(20)
    with LogWriter(tmp_path / "log", 1) as writer:
        for value in world.log:
            writer.write(0, value)

    arguments = ["scorecard", "--from", str(tmp_path / "log"), "--playbook", str(book)]
    outcome = RUN.invoke(app, arguments)
    assert outcome.exit_code == 0, outcome.output
    assert NO_CAUSAL_CLAIM in outcome.stdout
    assert "What customers did after actions that they never saw" in outcome.stdout
    assert "What rules change" not in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from", "LOG"], 2, "needs --playbook"),
        (["--playbook", "BOOK"], 2, "belongs to a log on disk"),
        (["no-such-rule", "--from", "LOG", "--playbook", "BOOK"], 1, "these have: call-back-soon"),
        (["--from", "LOG", "--playbook", "nowhere"], 1, "a playbook is a folder"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    folders: tuple[str, str], arguments: list[str], code: int, said: str
) -> None:
    names = dict(zip(("LOG", "BOOK"), folders, strict=True))
    outcome = RUN.invoke(app, ["scorecard", *(names.get(word, word) for word in arguments)])

    assert outcome.exit_code == code, outcome.output
    assert said in outcome.output
    assert "Traceback" not in outcome.output


def test_a_line_has_both_arms_the_difference_and_what_may_be_said() -> None:
    past, decisions = population(40, 50, 7200.0)
    text = shown({"call-back": card(past, *decisions)})

    for part in ("10 % of 400", "50 % of 100", "-40.0 (", "80 %", "2 h", "fewer"):
        assert part in text, part


def test_it_fits_a_screen_with_large_figures() -> None:
    past, decisions = population(399, 99, 86_000.0)
    wide = {"-".join(["a-long-name"] * 5): card(past, *decisions)}

    assert max(map(len, shown(wide).splitlines())) <= 120


def test_without_candidates_a_rule_has_no_line() -> None:
    found = scorecards(history(), Outcomes(), [exposed("ann", "")], BOOK)

    assert "call-back" in shown(found)
    assert "cards" not in shown(found).split("asked: customers")[0].replace("call-back", "")


def test_remarks_say_what_a_figure_does_not() -> None:
    past, decisions = population(40, 50, 7200.0)
    lost = [each for each in decisions if each.arm == "treated"] + decisions[-55:]
    found = card(past, *lost, exposed("t-1", "holdout", at=60.0), exposed("zoe", "treated", 8.9e5))
    said = " ".join(remarks("call-back", found))

    assert "55 of 455 customers are held out" in said
    assert "1 customers were in both arms" in said
    assert "1 customers are still within the window" in said
    assert remarks("call-back", card(past, *decisions)) == []
    assert found.late == Share(0, 401)
