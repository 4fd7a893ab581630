"""``precede demo`` as a process of its own, and what it shows."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

PATIENCE_S = 150.0
URL = re.compile(r"metrics and health: (\S+)/metrics")

Labels = frozenset[tuple[str, str]]


def start(folder: Path, *options: str, kafka: str = "") -> "subprocess.Popen[bytes]":
    """Start the demo in a folder of its own; an empty `kafka` makes it start one."""
    environment = {key: value for key, value in os.environ.items() if "PRECEDE_" not in key}
    with (folder / "out").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "streams", "demo", *options],
            cwd=folder,
            env={**environment, "PRECEDE_BOOTSTRAP_SERVERS": kafka, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )


def wait_for(
    folder: Path, text: str, demo: "subprocess.Popen[bytes]", patience_s: float = PATIENCE_S
) -> str:
    """Return what the demo has said once the text is among it."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        out = (folder / "out").read_text(errors="replace")
        if text in out:
            return out
        assert demo.poll() is None, out
        time.sleep(0.2)
    raise TimeoutError(out)


async def read_metrics(said: str) -> "Page":
    """Return the metrics page whose address the demo has said."""
    found = URL.search(said)
    assert found is not None, said
    url, accepted = f"{found.group(1)}/metrics", {"Accept": "text/plain"}
    async with aiohttp.ClientSession() as client, client.get(url, headers=accepted) as answer:
        return Page(await answer.text())


class Page:
    """A metrics page, by name and labels."""

    def __init__(self, text: str) -> None:
        self._samples: dict[str, dict[Labels, float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                of_name = self._samples.setdefault(sample.name, {})
                of_name[frozenset(sample.labels.items())] = sample.value

    def value(self, name: str, **labels: str) -> float:
        """Return the value of the one series that has these labels; NaN if it is not there."""
        found = self.values(name, **labels)
        assert len(found) <= 1, f"{name} {labels} must name one series; got {len(found)}"
        return found[0] if found else float("nan")

    def values(self, name: str, **labels: str) -> list[float]:
        """Return the values of all series that have these labels."""
        wanted = set(labels.items())
        series = self._samples.get(f"precede_{name}", {})
        return [value for own, value in series.items() if wanted <= own]
