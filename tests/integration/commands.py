"""Commands as people run them, on the topics of one installation."""

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

from tests.integration.workers import PASSED_ON, Site


def environment(place: Site, **values: str) -> dict[str, str]:
    """Return what a command needs to find the installation; `values` are further settings."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    own = {f"PRECEDE_{name.upper()}": value for name, value in values.items()}
    return passed_on | {
        "PRECEDE_BOOTSTRAP_SERVERS": place.settings.bootstrap_servers,
        "PRECEDE_TOPIC_PREFIX": place.settings.topic_prefix,
        "PRECEDE_PARTITIONS": str(place.settings.partitions),
        **own,
    }


async def run(place: Site, *arguments: str, **values: str) -> tuple[int, str, str]:
    """Run a command; return its status and what it said on both outputs."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "streams", *arguments],
        env=environment(place, **values),
        capture_output=True,
        timeout=120,
        check=False,
    )
    said, told = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in told, told
    return done.returncode, said, told


async def answer(place: Site, *arguments: str, **values: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json; return its status and its answer."""
    status, said, told = await run(place, *arguments, "--json", **values)
    assert said, told
    found: dict[str, Any] = json.loads(said)
    return status, found
