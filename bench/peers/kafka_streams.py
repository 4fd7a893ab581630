"""Kafka Streams on the JVM: compiles the program beside this file, and starts it."""

import os
import shutil
import subprocess
from pathlib import Path

from rich.console import Console

from streams.kafka.artifacts import PINS, cache_folder, fetch_jars
from streams.kafka.error import KafkaSetupError

PROGRAM = Path(__file__).with_name("KafkaStreamsJob.java")
JARS = Path(__file__).with_name("kafka-streams.sha256")


def missing() -> str | None:
    """Return why it cannot run here, None if it can."""
    if shutil.which("javac") is None or shutil.which("java") is None:
        return "it is compiled here and there is no javac: install a JDK, 17 or newer"
    try:
        _jars()
    except KafkaSetupError as error:
        return str(error)
    return None


def command(folder: Path) -> list[str]:
    """Compile into `folder` unless that was done; return what runs it, less its argument.

    Raises
    ------
    RuntimeError
        When it does not compile.
    """
    path = os.pathsep.join([*map(str, _jars()), str(folder)])
    if not (folder / f"{PROGRAM.stem}.class").exists():
        done = subprocess.run(
            ["javac", "-cp", path, "-d", str(folder), str(PROGRAM)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            msg = f"{PROGRAM.name} must compile; got {done.stderr}"
            raise RuntimeError(msg)
    return ["java", "-cp", path, PROGRAM.stem]


def _jars() -> list[Path]:
    console = Console(stderr=True)
    return [jar for pins in (PINS, JARS) for jar in fetch_jars(cache_folder(), console, pins)]
