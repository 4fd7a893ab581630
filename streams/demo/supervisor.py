"""Keeps the demo's worker running: started as a child, started again when it is killed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import orjson

from streams.clock import monotonic
from streams.settings import Settings

STOP_TIMEOUT_S = 20.0
MAX_RESTARTS = 20
LIVED_S = 3.0  # a worker that ends sooner, by itself, does so again
LAST_WORDS = 15  # lines


class Supervisor:
    """Runs ``precede worker --role all`` and replaces it when it dies.

    Parameters
    ----------
    settings
        Of the run; they reach the worker in its environment.
    log
        File that takes what the worker says.

    Attributes
    ----------
    restarts
        How often it had to be started again.
    """

    def __init__(self, settings: Settings, log: Path) -> None:
        self.log = log
        self.restarts = 0
        self._environment = {**os.environ, **_environment(settings)}
        self._worker: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self) -> None:
        """Start the worker."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._started = monotonic()
        with self.log.open("ab") as sink:
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker", "--role", "all", "--attached"],
                env=self._environment,
                stdin=subprocess.PIPE,  # ends with this process, and the worker with it
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # Ctrl-C reaches the demo alone
            )

    def ensure(self) -> None:
        """Start the worker again if it was killed.

        Raises
        ------
        RuntimeError
            When it ends by itself, or again and again.
        """
        code = None if self._worker is None else self._worker.poll()
        if code is None:
            return
        killed = code < 0 and monotonic() - self._started > LIVED_S
        if not killed or self.restarts >= MAX_RESTARTS:
            lines = self.log.read_text(errors="replace").splitlines()[-LAST_WORDS:]
            msg = f"the worker must run; it ended with {code}; its last words ({self.log}):\n"
            raise RuntimeError(msg + "\n".join(lines))
        self.restarts += 1
        self.start()

    def stop(self) -> None:
        """End the worker in order; by force if that takes more than 20 s."""
        worker = self._worker
        if worker is None:
            return
        if worker.stdin is not None:
            worker.stdin.close()
        try:
            worker.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _environment(settings: Settings) -> Mapping[str, str]:
    channels = {
        name: {**channel.model_dump(mode="json"), "secret": channel.secret.get_secret_value()}
        for name, channel in settings.channels.items()
    }
    return {
        "PRECEDE_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "PRECEDE_TOPIC_PREFIX": settings.topic_prefix,
        "PRECEDE_CLOCK": settings.clock,
        "PRECEDE_HTTP_PORT": str(settings.http_port),
        "PRECEDE_CHANNELS": orjson.dumps(channels).decode(),
    }
