"""The demo with one model's labels shuffled: it withdraws itself, and its rules fall silent."""

import asyncio
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from streams.kafka.client import client_options
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics
from streams.settings import Settings
from tests.detectors.shuffled import shuffled
from tests.integration.demos import Page, read_metrics, start, wait_for
from tests.long.conftest import Tell
from tests.streams.engine.build import first_rows

RULE = "callback-offer-in-queue"  # of the default playbook: score.abandon >= 0.35
DAYS, PARTITIONS = 8, 4
PATIENCE_S = 600.0
EXPORT = re.compile(r"export (\w+)=(\S+)")


@dataclass(frozen=True)
class Shown:
    """The metrics page at the end, and by partition what was decided about the rule."""

    page: Page
    decisions: list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def shown(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("shuffled")
    (folder / "calls.txt").write_bytes(shuffled(first_rows(DAYS), seed=1))
    demo = start(folder, "--speed", "max", "--file", "calls.txt", kafka=kafka)
    try:
        said = wait_for(folder, "precede verify", demo, PATIENCE_S)
        yield Shown(asyncio.run(read_metrics(said)), asyncio.run(_decisions(kafka, said)))
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
    finally:
        demo.kill()


async def _decisions(kafka: str, said: str) -> list[list[dict[str, Any]]]:
    prefix = dict(EXPORT.findall(said))["PRECEDE_TOPIC_PREFIX"]
    options = client_options(Settings(bootstrap_servers=kafka, topic_prefix=prefix))
    found = []
    for partition in range(PARTITIONS):
        batches = read_to_end(options, Topics(prefix).decisions, partition)
        all_ = [orjson.loads(record.value)["data"] async for batch in batches for record in batch]
        found.append([data for data in all_ if data.get("rule") == RULE])
    return found


def test_the_model_is_withdrawn_in_every_partition_and_the_metric_says_so(shown: Shown) -> None:
    for partition in map(str, range(PARTITIONS)):
        of = {"partition": partition}
        assert shown.page.value("model_withdrawn", model="abandon", **of) == 1
        assert shown.page.value("model_withdrawn", model="sentiment", **of) == 0


def test_its_rule_falls_silent_with_the_reason_in_the_decision(shown: Shown, tell: Tell) -> None:
    silent = 0
    for decisions in shown.decisions:
        reasons = [data["reason"] for data in decisions]
        first = reasons.index("missing_fact") if "missing_fact" in reasons else len(reasons)
        assert set(reasons[first:]) <= {"missing_fact"}  # never sent again
        silent += len(reasons) - first
        for data in decisions[first:]:
            assert data["missing"] == ["score.abandon"]
            gate, verdict, detail = data["gates"][-1]
            assert (gate, verdict) == ("facts", "fail")
            assert "score.abandon is withdrawn: gain over" in detail

    assert silent >= PARTITIONS
    counted = shown.page.value("candidates_total", rule=RULE, reason="missing_fact")
    assert counted == silent
    tell(f"{silent} offers not made")
