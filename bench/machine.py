"""The machine that figures were taken on, in words."""

import platform
import shutil
import subprocess
from pathlib import Path

import psutil

from streams.kafka.artifacts import KAFKA_VERSION

BUSY_S = 1.0
_CPUINFO = Path("/proc/cpuinfo")


def describe() -> dict[str, str]:
    """Return what a reader needs to place the figures; looks at the machine for a second."""
    return {
        "processor": _processor(),
        "cores": f"{psutil.cpu_count(logical=False)}, {psutil.cpu_count()} threads",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "kafka": f"Apache Kafka {KAFKA_VERSION}, one node on the same machine",
        "java": _java(),
        "busy before": f"{psutil.cpu_percent(BUSY_S):.0f} % of all cores",
    }


def sentence(machine: dict[str, str]) -> str:
    """Return the description as one paragraph.

    >>> sentence({"cores": "2", "kafka": "4.1"})
    'cores: 2; kafka: 4.1'
    """
    return "; ".join(f"{name}: {value}" for name, value in machine.items())


def _processor() -> str:
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:  # not on Linux
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _java() -> str:
    if shutil.which("java") is None:
        return "none of its own"
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    return (told.stderr.splitlines() or ["unknown"])[0]
