"""A real Apache Kafka on this machine: one node, loopback only."""

import subprocess
import sys
import time
import uuid
import zlib
from base64 import urlsafe_b64encode
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psutil
from rich.console import Console

from streams.cli.output import errors
from streams.clock import monotonic, now
from streams.kafka import guard
from streams.kafka.artifacts import cache_folder, fetch_jars
from streams.kafka.error import KafkaSetupError
from streams.kafka.java import find_java
from streams.kafka.lock import locked
from streams.kafka.ports import FIRST, LAST, free_port, is_free
from streams.kafka.properties import (
    HOST,
    format_properties,
    logging_properties,
    server_properties,
)
from streams.kafka.ready import serving_cluster
from streams.kafka.state import (
    KAFKA_FOLDER,
    ServerState,
    cluster_argument,
    find_process,
    is_alive,
    remove_state,
    running,
    write_state,
)

# The serial collector spares the threads of the others; one that starts small keeps 0.3 GB.
HEAP = ("-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:-UsePerfData")
FORMAT = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 20.0
_POLL_S = 0.03
_PORT_ATTEMPTS = 3


class KafkaServer:
    """One Kafka, its data in `home`; stops at the end of a ``with``, or with its owner's process.

    Parameters
    ----------
    home
        Folder; Kafka's own is ``<home>/kafka``. What was written there is found again.
    port
        Port of the broker; 0 takes a free one, the same as last time where possible.
    java
        A java executable to use instead of the packaged runtime.
    console
        Where the progress of the first download is shown; standard error by default.
    """

    def __init__(
        self,
        home: Path,
        port: int = 0,
        *,
        java: Path | None = None,
        console: Console = errors,
    ) -> None:
        self.home = home.absolute()
        self.folder = self.home / KAFKA_FOLDER
        self.java = java
        self.console = console
        self._fixed = port
        self._port = port
        self._controller_port = 0
        self._process: psutil.Process | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Address for clients; known from the first start on, and kept over restarts."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Process id of the broker, while it was started here and not stopped."""
        return self._process.pid if self._process else None

    def start(self, *, detached: bool = False) -> str:
        """Start, wait until clients are served, and return the bootstrap address.

        Parameters
        ----------
        detached
            Leave it running when this process ends. Otherwise it ends with it, however it dies.

        Raises
        ------
        KafkaSetupError
            When a Kafka of this home runs already, a port is taken, a jar or Java is missing, or
            Kafka itself gives up.
        """
        with locked(self.folder / "lock"):
            if state := running(self.home):
                msg = (
                    f"no Kafka of {str(self.home)!r} must run yet; got process {state.pid} at "
                    f"{state.bootstrap}; use that one or run `precede kafka down`"
                )
                raise KafkaSetupError(msg)
            java = find_java(self.java)
            jars = fetch_jars(cache_folder(), self.console)
            for attempt in range(1, _PORT_ATTEMPTS + 1):
                self._choose_ports()
                cluster = self._prepare(java, jars)
                try:
                    self._launch(java, jars, cluster, "leave" if detached else "hold")
                    self._wait_until_serving(cluster)
                except BaseException as error:
                    self.kill()
                    taken = isinstance(error, KafkaSetupError) and not self._ports_free()
                    if not taken or self._fixed or attempt == _PORT_ATTEMPTS:
                        raise
                    continue
                break
        return self.bootstrap

    def stop(self) -> None:
        """End it in order; by force when that takes more than 20 s. Harmless when not running."""
        self._end(force=False)

    def kill(self) -> None:
        """End it at once, as a power cut would: nothing is flushed, the state file stays."""
        self._end(force=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _choose_ports(self) -> None:
        if self._fixed and not is_free(HOST, self._fixed):
            msg = f"port {self._fixed} on {HOST} must be free; got one in use; choose another"
            raise KafkaSetupError(msg)
        if not self._ports_free():
            # The same home starts its search at the same place: a restart keeps its address.
            start = FIRST + zlib.crc32(str(self.home).encode()) % (LAST - FIRST)
            self._port = self._fixed or free_port(HOST, start)
            self._controller_port = free_port(HOST, self._port + 1)

    def _ports_free(self) -> bool:
        ports = (self._port, self._controller_port)
        return all(port and is_free(HOST, port) for port in ports)

    def _prepare(self, java: Path, jars: list[Path]) -> str:
        data = self.folder / "data"
        settings = self.folder / "server.properties"
        settings.write_text(
            format_properties(server_properties(data, self._port, self._controller_port)),
            encoding="utf-8",
        )
        (self.folder / "log4j2.properties").write_text(
            format_properties(logging_properties(self.folder / "server.log")), encoding="utf-8"
        )
        if cluster := _read_cluster(data):
            return cluster
        # 22 characters of URL-safe base64, as Kafka makes them; a leading dash would be a flag.
        cluster = urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode().replace("-", "_")
        tool = ("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings))
        command = self._command(java, jars, cluster, FORMAT, tool)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            msg = f"Kafka must be able to format {str(data)!r}; got {done.stdout}{done.stderr}"
            raise KafkaSetupError(msg)
        return cluster

    def _command(
        self,
        java: Path,
        jars: list[Path],
        cluster: str,
        flags: tuple[str, ...],
        main: tuple[str, ...],
    ) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        path = (":" if sys.platform != "win32" else ";").join(map(str, jars))
        return [str(java), *flags, cluster_argument(cluster), logging, "-cp", path, *main]

    def _launch(
        self, java: Path, jars: list[Path], cluster: str, mode: Literal["hold", "leave"]
    ) -> None:
        main = ("kafka.Kafka", str(self.folder / "server.properties"))
        command = self._command(java, jars, cluster, HEAP, main)
        with (self.folder / "console.log").open("wb") as log:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, mode, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the owner alone
            )
        assert self._guard.stdout is not None
        pid = self._guard.stdout.readline()
        if not pid:
            self._release_guard()
            msg = f"{str(java)!r} must start; got {self._last_words()}"
            raise KafkaSetupError(msg)
        self._process = psutil.Process(int(pid))
        state = ServerState(self._process.pid, self.bootstrap, now(), cluster)
        write_state(self.home, state)
        if mode == "leave":
            self._release_guard()

    def _wait_until_serving(self, cluster: str) -> None:
        assert self._process is not None
        deadline = monotonic() + START_TIMEOUT_S
        while serving_cluster(HOST, self._port) != cluster:
            if not is_alive(self._process):
                msg = f"Kafka must keep running; got its end, and {self._last_words()}"
                raise KafkaSetupError(msg)
            if monotonic() > deadline:
                msg = f"Kafka must serve within {START_TIMEOUT_S:.0f} s; got {self._last_words()}"
                raise KafkaSetupError(msg)
            time.sleep(_POLL_S)

    def _last_words(self) -> str:
        # Of each: the server's own log may be long, and of an earlier start.
        logs = [self.folder / name for name in ("server.log", "console.log")]
        text = "".join(log.read_text(errors="replace")[-1000:] for log in logs if log.exists())
        return f"{text.strip()}; all of it is in {str(self.folder)!r}"

    def _end(self, *, force: bool) -> None:
        if self._process is not None:
            end_process(self._process, force=force)
            self._process = None
            if not force and not running(self.home):
                remove_state(self.home)
        self._release_guard()

    def _release_guard(self) -> None:
        if self._guard is not None:
            self._guard.communicate()  # closes the pipes and collects it
            self._guard = None


def stop_server(home: Path) -> ServerState | None:
    """Stop the Kafka of `home`, whoever started it; return what ran, ``None`` if nothing did."""
    with locked(home / KAFKA_FOLDER / "lock"):
        state = running(home)
        if state and (process := find_process(state)):
            end_process(process, force=False)
        remove_state(home)
    return state


def end_process(process: psutil.Process, *, force: bool) -> None:
    """End a broker and return when it is gone: SIGTERM, after 20 s SIGKILL; or that at once."""
    try:
        (process.kill if force else process.terminate)()
        deadline = monotonic() + STOP_TIMEOUT_S
        while is_alive(process):
            if monotonic() > deadline:
                process.kill()
            time.sleep(_POLL_S)
    except psutil.NoSuchProcess:
        return


def _read_cluster(data: Path) -> str | None:
    try:
        lines = (data / "meta.properties").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    return next((line.partition("=")[2] for line in lines if line.startswith("cluster.id=")), None)
