"""What publishing a playbook costs the events that arrive meanwhile.

``python -m bench.switch`` starts a Kafka and a worker of its own, loads them by the clock, and
publishes a playbook of 100 rules meanwhile as a person would, with ``precede playbook publish``. A
latency runs from the moment at which an event was due to the one at which its action was read.

While the command checks and tests the playbook it takes a core, as it does on the desk of whoever
publishes; that time is shown on its own. The switch begins with the record of the playbook.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.latency import WARM_UP_S, WorkerProcess, quantile, read_actions, switch
from bench.report import written
from bench.rules_playbook import generated
from streams.kafka.client import client_options
from streams.kafka.launcher import KafkaServer
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics, create_topics
from streams.settings import Settings

RULES = 100
ACTING = 0.10  # each of these events shows how long events take
AFTER_S = 5.0  # so long after the command has ended, events are taken for those of the switch
TARGET_MS = 20.0
TEMPLATE = '{id: look-at-it, text: "Please look at the contact"}'
MARKED = """\
rules:
  - id: marked
    owner: desk
    description: A marked contact is acted on at once.
    pyramid_level: 2
    goal: fewer-calls
    when: contact.started
    if: event.topic == "marked"
    priority: 50
    topic: calls
    cooldown: 0s
    mode: live
    then: [{do: task, to: desk, channel: task-desk, template: look-at-it}]
    explain: "The contact is about {event.topic}"
    tests:
      - name: a marked contact is acted on
        events: [{at: 0s, event: contact.started, call: c1, direction: inbound, topic: marked}]
        expect: [{at: 0s, fires: marked}]
      - name: another is not
        events: [{at: 0s, event: contact.started, call: c1, direction: inbound, topic: other}]
        expect: []
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Latencies of the actions of one span of time, milliseconds."""

    name: str
    actions: int
    p50: float
    p99: float
    max: float


async def measure(bootstrap: str, rate: float, seconds: float, folder: Path) -> list[Window]:
    """Run the load and return what it showed before, during and after the publish.

    During it there are two windows: of the command's own checks, and of the switch.
    """
    settings = Settings(bootstrap_servers=bootstrap, topic_prefix="switch.", home=folder)
    topics = await create_topics(settings)
    await switch(settings, "raw_events")
    worker = WorkerProcess(settings, "all", folder / "worker.log")
    seen: dict[str, float] = {}
    try:
        await worker.ready(settings.partitions, 3)
        reading = asyncio.create_task(read_actions(settings, topics, seen))
        await asyncio.sleep(1.0)
        begun = time.time()
        load = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.load", bootstrap, topics.raw_events,
            "--rate", str(rate), "--marked", str(ACTING), "--seconds", str(WARM_UP_S + seconds),
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await asyncio.sleep(WARM_UP_S + seconds / 3)
            called = time.time()
            await _publish(bootstrap, folder)
            published = await _published_at(settings, topics)
            switched = time.time() + AFTER_S
            await load.wait()
        finally:
            if load.returncode is None:
                load.kill()
        await asyncio.sleep(2.0)
        reading.cancel()
    finally:
        worker.stop()
    late = sorted((int(name.split("-")[0]) / 1e6, at) for name, at in seen.items())
    spans = {
        "before": (begun + WARM_UP_S, called),
        "checks of the command": (called, published),
        "switch": (published, switched),
        "after": (switched, time.time()),
    }
    return [
        _window(name, [(at - due) * 1000.0 for due, at in late if since <= due < until])
        for name, (since, until) in spans.items()
    ]


async def _publish(bootstrap: str, folder: Path) -> None:
    playbook = folder / "playbook"
    playbook.mkdir()
    files = generated(RULES) | {"marked.yaml": MARKED}
    head = files["playbook.yaml"].replace("templates: [", f"templates: [{TEMPLATE}, ")
    files["playbook.yaml"] = f"{head}limits: {{firings_per_minute: 1000000}}\n"
    for name, text in files.items():
        (playbook / name).write_text(text, encoding="utf-8")
    environment = os.environ | {
        "PRECEDE_BOOTSTRAP_SERVERS": bootstrap,
        "PRECEDE_TOPIC_PREFIX": "switch.",
        "PRECEDE_APPROVAL": "off",
        "PRECEDE_HOME": str(folder),
    }
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streams", "playbook", "publish", str(playbook), "--author", "bench",
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await command.communicate()
    if command.returncode:
        raise RuntimeError(told.decode()[-2000:])


async def _published_at(settings: Settings, topics: Topics) -> float:
    """Return when the newest playbook was appended, by the broker's clock, which is ours."""
    newest = 0
    async for batch in read_to_end(client_options(settings), topics.playbooks, 0):
        newest = max(newest, *(record.timestamp for record in batch))
    return newest / 1000.0


def _window(name: str, late: list[float]) -> Window:
    late.sort()
    p50, p99, longest = (round(quantile(late, share), 1) for share in (0.5, 0.99, 1.0))
    return Window(name, len(late), p50, p99, longest)


def main() -> None:
    parser = argparse.ArgumentParser(description="measure what a publish costs events")
    parser.add_argument("--rate", type=float, default=500.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=45.0, help="of the load, after warm-up")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    console = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="precede-switch-") as folder,
        KafkaServer(Path(folder) / "kafka") as server,
        Progress(console=console) as progress,
    ):
        progress.add_task("a publish under load", total=None)
        home = Path(folder)
        windows = asyncio.run(measure(server.bootstrap, options.rate, options.seconds, home))
    before, _, switched, after = windows
    extra = round(switched.max - max(before.max, after.max), 1)
    figures = {
        "rate": options.rate, "rules": RULES,
        "windows": [asdict(each) for each in windows], "longest_beyond_others_ms": extra,
        "target_ms": TARGET_MS, "met": extra <= TARGET_MS,
    }  # fmt: skip
    if written("switch", figures, as_json=options.json):
        return
    table = Table(title="Event to action around a publish, milliseconds", title_justify="left")
    for column in ("", "actions", "p50", "p99", "max"):
        table.add_column(column, justify="right" if column else "left")
    for each in windows:
        table.add_row(each.name, str(each.actions), str(each.p50), str(each.p99), str(each.max))
    Console().print(table)
    met = "met" if extra <= TARGET_MS else "MISSED"
    print(f"longest beyond that of the other windows: {extra} ms; target {TARGET_MS:.0f}: {met}")


if __name__ == "__main__":
    main()
