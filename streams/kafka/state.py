"""What is known about the Kafka of a home, and whether it still runs."""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import psutil

KAFKA_FOLDER = "kafka"
STATE_FILE = "server.json"


@dataclass(frozen=True, slots=True)
class ServerState:
    """A started Kafka.

    Parameters
    ----------
    pid
        Process id of the broker.
    bootstrap
        Its address, host:port.
    started
        When, Unix seconds UTC.
    cluster
        Id of the cluster, made once per home.
    """

    pid: int
    bootstrap: str
    started: float
    cluster: str


def cluster_argument(cluster: str) -> str:
    """Return the argument of the Java machine by which its process is recognised."""
    return f"-Dprecede.cluster={cluster}"


def write_state(home: Path, state: ServerState) -> None:
    """Replace the state file of `home` as a whole."""
    path = _path(home)
    partial = path.with_suffix(".partial")
    partial.write_bytes(orjson.dumps(asdict(state), option=orjson.OPT_APPEND_NEWLINE))
    partial.replace(path)


def remove_state(home: Path) -> None:
    """Forget the Kafka of `home`."""
    _path(home).unlink(missing_ok=True)


def running(home: Path) -> ServerState | None:
    """Return the Kafka of `home` if its process lives; a file left by a crash does not count."""
    try:
        state = ServerState(**orjson.loads(_path(home).read_bytes()))
    except (FileNotFoundError, TypeError, ValueError):
        return None
    return state if find_process(state) else None


def find_process(state: ServerState) -> psutil.Process | None:
    """Return the process of `state`; ``None`` if it ended, also if another has its pid now."""
    try:
        process = psutil.Process(state.pid)
        ours = cluster_argument(state.cluster) in process.cmdline()
    except psutil.Error:
        return None
    return process if ours and is_alive(process) else None


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; one that ended and was not yet collected by its parent does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _path(home: Path) -> Path:
    return home / KAFKA_FOLDER / STATE_FILE
