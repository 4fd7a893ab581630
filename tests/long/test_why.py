"""Ten questions about the recorded month, and their answers as the log itself gives them.

The expected answers are worked out here from the lines of the log, by the text of the playbook's
rules: nothing of the code that explains takes part.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from typer.testing import CliRunner

from streams.cli.main import app
from streams.sources.bank_calls.reader import JANUARY
from tests.streams.engine.build import DEFAULT

pytestmark = pytest.mark.long

RUN = CliRunner(env={"COLUMNS": "400"})
ZONE = ZoneInfo("Asia/Jerusalem")  # of playbook.yaml
LOST = "callback-after-abandonment"


@dataclass(frozen=True)
class Line:
    """An event of the log: its type, when it was, and what it says."""

    type: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Question:
    command: str
    customer: str
    rule: str
    at: str
    answer: Callable[[list[Line]], list[str]]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("january") / "log"
    outcome = RUN.invoke(app, ["log", "export", str(folder), "--file", str(JANUARY)])
    assert outcome.exit_code == 0, outcome.stderr
    return folder


def lines_of(log: Path, customer: str, until: datetime) -> list[Line]:
    """Read what the log says of a customer up to a time."""
    mark = f'"subject":"{customer}"'.encode()
    found = []
    for file in sorted(log.glob("*.jsonl.gz")):
        with gzip.open(file) as text:
            for line in text:
                if mark in line:
                    event = orjson.loads(line)
                    at = datetime.fromisoformat(event["time"]).astimezone(ZONE)
                    found.append(Line(event["type"], at, event["data"]))
    return sorted((each for each in found if each.at <= until), key=lambda each: each.at)


def when(at: datetime) -> str:
    return f"{at:%a %d %b %Y, %H:%M:%S}"


def spell(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:.2g} min"


def last(lines: list[Line], kind: str) -> Line:
    return [line for line in lines if line.type == f"contact.{kind}"][-1]


def starts(lines: list[Line], before: Line, days: float) -> int:
    """Count the customer's own calls in the days before an event."""
    since = before.at - timedelta(days=days)
    return sum(
        line.type == "contact.started"
        and line.data["direction"] == "inbound"
        and since < line.at <= before.at
        for line in lines
    )


def went_out(lines: list[Line]) -> list[str]:
    """A quarter of an hour of silence after a call that was lost in opening hours."""
    lost = last(lines, "abandoned")
    assert lost.data["wait_s"] > 10
    assert lost.data["direction"] == "inbound"
    assert not [line for line in lines if line.type == "contact.started" and line.at > lost.at]
    due = lost.at + timedelta(minutes=15)
    assert 8 <= due.hour < 22
    return [f"went out to 22293930 on {when(due)}", f"Hung up after {spell(lost.data['wait_s'])}"]


def was_quiet(lines: list[Line]) -> list[str]:
    due = last(lines, "abandoned").at + timedelta(minutes=15)
    assert due.hour >= 22  # quiet_hours of gates.yaml: 22:00 to 08:00 for the task desk
    return ["was held back", f"on {when(due)} by quiet_hours", f"{due:%H:%M}", "22:00-08:00"]


def waited_too_little(lines: list[Line]) -> list[str]:
    lost = last(lines, "abandoned")
    wait_s = lost.data["wait_s"]
    assert wait_s <= 10
    return [
        f"at contact.abandoned on {when(lost.at)} wait_s was {wait_s:g} s, needs more than 10 s"
    ]


def called_again(lines: list[Line]) -> list[str]:
    lost = last(lines, "abandoned")
    again = next(line for line in lines if line.type == "contact.started" and line.at > lost.at)
    between = again.at - lost.at
    assert between <= timedelta(minutes=15)
    return [
        f"after contact.abandoned on {when(lost.at)}",
        f"contact.started came within {spell(between.total_seconds())}",
        "the rule waits for 15 min without one",
    ]


def still_waits(lines: list[Line]) -> list[str]:
    lost = last(lines, "abandoned").at
    return [
        f"since contact.abandoned on {when(lost)}",
        f"waits until {when(lost + timedelta(minutes=15))}",
    ]


def four_calls(lines: list[Line]) -> list[str]:
    ended = last(lines, "ended")
    assert starts(lines, ended, 7) == 4
    return [f"at contact.ended on {when(ended.at)}", "contacts_7d was 4, needs at least 5"]


def two_calls(lines: list[Line]) -> list[str]:
    queued = last(lines, "queued")
    assert starts(lines, queued, 1) == 2
    return [f"at contact.queued on {when(queued.at)}", "contacts_24h was 2, needs at least 3"]


def spoke_longer(lines: list[Line]) -> list[str]:
    ended = last(lines, "ended")
    assert ended.data["outcome"] == "answered"
    assert ended.data["wait_s"] >= 180
    assert ended.data["service_s"] > 20
    return [
        f"at contact.ended on {when(ended.at)} "
        f"service_s was {spell(ended.data['service_s'])}, needs at most 20 s"
    ]


def no_such_data(lines: list[Line]) -> list[str]:
    assert {line.type.partition(".")[0] for line in lines} == {"contact"}
    return ["no payment.failed was ever seen", "no data"]


def nobody(lines: list[Line]) -> list[str]:
    assert lines == []
    return ["99 is unknown", "there is no event of this customer"]


QUESTIONS = [
    Question("why", "22293930", LOST, "1999-01-03T15:30", went_out),
    Question("why", "58410622", LOST, "1999-01-04T23:00", was_quiet),
    Question("why-not", "25094061", LOST, "1999-01-04T15:00", waited_too_little),
    Question("why-not", "32197675", LOST, "1999-01-05T16:30", called_again),
    Question("why-not", "58410622", LOST, "1999-01-04T22:10", still_waits),
    Question("why-not", "13323795", "owner-for-regulars", "1999-01-05T18:00", four_calls),
    Question("why-not", "27347905", "senior-agent-at-third-call", "1999-01-02T00:00", two_calls),
    Question("why-not", "15156847", "cut-off-after-waiting", "1999-01-06T12:00", spoke_longer),
    Question("why-not", "25094061", "card-payment-stuck", "1999-01-04T15:00", no_such_data),
    Question("why-not", "99", LOST, "1999-01-04T15:00", nobody),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.answer.__name__)
def test_a_question_is_answered_in_one_true_sentence(question: Question, log: Path) -> None:
    until = datetime.fromisoformat(question.at).replace(tzinfo=ZONE)
    expected = question.answer(lines_of(log, question.customer, until))

    outcome = RUN.invoke(
        app,
        [question.command, question.customer, question.rule, "--at", question.at,
         "--from", str(log), "--playbook", str(DEFAULT)],
    )  # fmt: skip

    told = outcome.stdout.strip()
    assert outcome.exit_code == 0, outcome.stderr
    assert question.customer in told
    for part in expected:
        assert part in told
    assert told.endswith(".")
    assert ". " not in told  # one sentence
    assert "unexplained" not in told
