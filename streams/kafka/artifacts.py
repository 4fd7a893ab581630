"""Apache Kafka's jars: fetched once per user, verified at every use."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streams.kafka.error import KafkaSetupError
from streams.kafka.lock import locked

KAFKA_VERSION = "4.1.1"
PINS = Path(__file__).with_name("kafka-jars.sha256")

_DOWNLOADS_AT_ONCE = 4
_SOCKET_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar, pinned.

    Parameters
    ----------
    path
        Its path in a Maven repository: group (dots as slashes), artifact, version, file.
    sha256
        Digest in lower-case hexadecimal.
    """

    path: PurePosixPath
    sha256: str

    @property
    def coordinates(self) -> tuple[str, str, str]:
        """Group, artifact and version."""
        *group, artifact, version, _ = self.path.parts
        return ".".join(group), artifact, version


def read_pins(path: Path = PINS) -> list[Jar]:
    """Return what is pinned, in the order of the file.

    >>> next(jar.coordinates for jar in read_pins() if "kafka_2.13" in jar.path.name)
    ('org.apache.kafka', 'kafka_2.13', '4.1.1')
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return [Jar(PurePosixPath(name), digest) for digest, name in rows]


def cache_folder() -> Path:
    """Return the folder of the jars, one for all checkouts of a user."""
    # Not a setting of ours but the desktop's: where programs of this user keep what can be
    # fetched again (XDG Base Directory Specification 0.8; relative paths are to be ignored).
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "precede" / "maven"


def fetch_jars(cache: Path, console: Console, pins: Path = PINS) -> list[Path]:
    """Return the path of every pinned jar, after fetching those that `cache` lacks.

    A jar whose digest is not the pinned one is never returned. Each is put into the cache by one
    rename, when it is complete and verified, so that a kill leaves nothing half written.

    Raises
    ------
    KafkaSetupError
        When a jar cannot be fetched, or what came is not what is pinned.
    """
    jars = read_pins(pins)
    if missing := _missing(cache, jars):
        with locked(cache / ".lock"):
            missing = _missing(cache, jars)  # another process may have been faster
            _download(cache, missing, console)
    return [cache / jar.path for jar in jars]


def _missing(cache: Path, jars: list[Jar]) -> list[Jar]:
    return [jar for jar in jars if _digest(cache / jar.path) != jar.sha256]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _download(cache: Path, jars: list[Jar], console: Console) -> None:
    with (
        tempfile.TemporaryDirectory(dir=cache, prefix=".partial-") as folder,
        _progress(console, len(jars)) as advance,
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
    ):
        context = _maven(Path(folder))

        def download(jar: Jar) -> None:
            _place(jar, _fetch(context, jar, cache), cache)
            advance(jar.path.name)

        try:
            for _ in pool.map(download, jars):
                pass
        except KafkaSetupError:
            pool.shutdown(cancel_futures=True)
            raise


def _maven(folder: Path) -> Any:
    from jgo.config import GlobalSettings  # noqa: PLC0415 - 0.7 s, needed once per user
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    return MavenContext(
        resolver=PythonResolver(),
        repo_cache=folder,
        remote_repos={"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories},
        timeout=_SOCKET_TIMEOUT_S,
    )


def _fetch(context: Any, jar: Jar, cache: Path) -> Path:
    group, artifact, version = jar.coordinates
    try:
        return Path(context.project(group, artifact).at_version(version).artifact().resolve())
    except (OSError, RuntimeError) as error:  # what requests and jgo raise
        where = ", ".join(context.remote_repos.values())
        msg = (
            f"Kafka's jars must be in {str(cache)!r} or come from {where}; got {error} for "
            f"{jar.path.name}; connect to the network once, or name a mirror as `central` under "
            "[repositories] in ~/.config/jgo.conf, or use a Kafka of your own with "
            "PRECEDE_BOOTSTRAP_SERVERS"
        )
        raise KafkaSetupError(msg) from error


def _place(jar: Jar, fetched: Path, cache: Path) -> None:
    digest = _digest(fetched)
    if digest != jar.sha256:
        msg = (
            f"{jar.path.name} must have the SHA-256 {jar.sha256}; got {digest}; a proxy or mirror "
            f"changed it: fetch it elsewhere and put it at {str(cache / jar.path)!r}"
        )
        raise KafkaSetupError(msg)
    target = cache / jar.path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fetched, target)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Any]:
    columns = (
        TextColumn("Apache Kafka " + KAFKA_VERSION),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("jars, once per user", total=total)
        yield lambda name: progress.update(task, advance=1, description=name)
