"""Whether this worker is alive and ready, and the small server that says so."""

from collections.abc import Iterable, Mapping
from typing import Literal

import orjson
from aiohttp import web
from prometheus_client.exposition import choose_encoder

from streams.clock import monotonic
from streams.engine.watchdog import Stall, Watchdog
from streams.metrics import Metrics
from streams.settings import Settings

State = Literal["restoring", "ready", "stopped"]

HELP = """Nothing here. This worker serves:
/metrics       metrics for Prometheus
/health/live   200 while it makes progress, 503 when it should be restarted
/health/ready  200 when all its partitions are restored, 503 with the reasons until then
"""


class AddressInUseError(RuntimeError):
    """The HTTP address cannot be taken: what must hold, what was got, what to do."""


class Health:
    """What the parts of a worker report about themselves.

    A worker is *ready* when each of its roles got an assignment and every partition of it is
    restored. It is *live* unless a restored partition stands still. A partition that was stopped on
    purpose makes the worker not ready but leaves it live: a restart would not help.

    Parameters
    ----------
    roles
        The roles this worker runs.
    watchdog
        Judges whether a partition stands still.

    Examples
    --------
    >>> health = Health(["engine"])
    >>> health.not_ready()
    ['engine: waiting for its partitions to be assigned']
    >>> health.assigned("engine", [0, 1])
    >>> health.restored("engine", 0)
    >>> health.not_ready()
    ['engine partition 1: restoring its state']
    >>> health.restored("engine", 1)
    >>> health.not_ready()
    []
    """

    def __init__(self, roles: Iterable[str], watchdog: Watchdog | None = None) -> None:
        self._watchdog = watchdog or Watchdog()
        self._states: dict[str, dict[int, State] | None] = dict.fromkeys(roles)
        self._reasons: dict[tuple[str, int], str] = {}
        self._notes: dict[str, str] = {}

    def assigned(self, role: str, partitions: Iterable[int]) -> None:
        """Take the role's new assignment; partitions it had before keep their state.

        An empty assignment is one as well: more workers than partitions leave some on standby.
        """
        before = self._known(role) or {}
        after: dict[int, State] = {
            partition: before.get(partition, "restoring") for partition in sorted(partitions)
        }
        for partition in before.keys() - after.keys():
            self._watchdog.forget(role, partition)
            self._reasons.pop((role, partition), None)
        self._states[role] = after

    def restoring(self, role: str, partition: int) -> None:
        """Take note that a partition reads its state, perhaps again."""
        self._set(role, partition, "restoring")

    def restored(self, role: str, partition: int) -> None:
        """Take note that a partition has its state and works."""
        self._set(role, partition, "ready")

    def stopped(self, role: str, partition: int, reason: str) -> None:
        """Take note that a partition was stopped until a person acts.

        Parameters
        ----------
        reason
            What is wrong and what to do, shown at ``/health/ready``; never a customer's data.
        """
        self._set(role, partition, "stopped")
        self._reasons[role, partition] = reason

    def observe(self, role: str, partition: int, lag: int, applied: int, now: float) -> None:
        """Pass on where a working partition is; see ``Watchdog.observe``."""
        if (self._known(role) or {}).get(partition) == "ready":
            self._watchdog.observe(role, partition, lag, applied, now)

    def stalled(self, now: float) -> list[Stall]:
        """Return the partitions that stand still; not empty means not live."""
        return self._watchdog.stalled(now)

    def not_ready(self) -> list[str]:
        """Return why the worker is not ready, empty when it is."""
        reasons = []
        for role, partitions in self._states.items():
            if partitions is None:
                reasons.append(f"{role}: waiting for its partitions to be assigned")
                continue
            for partition, state in partitions.items():
                if state == "restoring":
                    reasons.append(f"{role} partition {partition}: restoring its state")
                elif state == "stopped":
                    reason = self._reasons[role, partition]
                    reasons.append(f"{role} partition {partition}: stopped, {reason}")
        return reasons

    def note(self, about: str, text: str) -> None:
        """Show a sentence at ``/health/ready`` that keeps nobody from working; empty: no more."""
        if text:
            self._notes[about] = text
        else:
            self._notes.pop(about, None)

    def notes(self) -> list[str]:
        """Return what a person should know although the worker is well."""
        return [f"{about}: {self._notes[about]}" for about in sorted(self._notes)]

    def partitions(self) -> dict[str, dict[str, State]]:
        """Return the state of each partition by role."""
        return {
            role: {str(partition): state for partition, state in (partitions or {}).items()}
            for role, partitions in self._states.items()
        }

    def _known(self, role: str) -> dict[int, State] | None:
        if role not in self._states:
            msg = f"role must be one of {', '.join(self._states)}; got {role!r}"
            raise ValueError(msg)
        return self._states[role]

    def _set(self, role: str, partition: int, state: State) -> None:
        partitions = self._known(role)
        if partitions is None or partition not in partitions:
            return  # a report that crossed a rebalance: the partition is another worker's by now
        partitions[partition] = state
        self._reasons.pop((role, partition), None)
        self._watchdog.forget(role, partition)


class HttpServer:
    """Metrics and health of one worker over HTTP.

    Parameters
    ----------
    settings
        ``http_host`` and ``http_port``; port 0 takes a free one.
    """

    def __init__(self, settings: Settings, metrics: Metrics, health: Health) -> None:
        self._settings, self._metrics, self._health = settings, metrics, health
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Serve until ``stop``.

        Raises
        ------
        AddressInUseError
            When the address cannot be taken.
        """
        app = web.Application()
        app.router.add_get("/metrics", self._serve_metrics)
        app.router.add_get("/health/live", self._serve_live)
        app.router.add_get("/health/ready", self._serve_ready)
        app.router.add_route("*", "/{path:.*}", _serve_help)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        host, port = self._settings.http_host, self._settings.http_port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            msg = (
                f"PRECEDE_HTTP_HOST and PRECEDE_HTTP_PORT must be a free address of this machine; "
                f"got {host}:{port} ({error.strerror}); stop what uses it or set "
                f"PRECEDE_HTTP_PORT=0 for any free port"
            )
            raise AddressInUseError(msg) from error
        self._runner = runner

    async def stop(self) -> None:
        """Close the server and its connections; harmless when it does not run."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._runner is None:
            msg = "the HTTP server must be started before its port is read; call start() first"
            raise RuntimeError(msg)
        return int(self._runner.addresses[0][1])

    @property
    def url(self) -> str:
        """The address it listens on, without a slash at the end."""
        host = self._settings.http_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def _serve_metrics(self, request: web.Request) -> web.Response:
        stalls = self._health.stalled(monotonic())
        for role, partitions in self._health.partitions().items():
            shown = self._metrics.role(role)
            shown.partitions(partitions.values())
            shown.stalled(sum(stall.role == role for stall in stalls))
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        body = encode(self._metrics.registry)
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _serve_live(self, _: web.Request) -> web.Response:
        reasons = [
            f"{stall.role} partition {stall.partition}: has lag, but its applied offset has not "
            f"moved for {stall.seconds:.0f} s; restart this worker"
            for stall in self._health.stalled(monotonic())
        ]
        return _verdict("live", reasons, {})

    async def _serve_ready(self, _: web.Request) -> web.Response:
        details = {"partitions": self._health.partitions(), "notes": self._health.notes()}
        return _verdict("ready", self._health.not_ready(), details)


async def _serve_help(_: web.Request) -> web.Response:
    return web.Response(status=404, text=HELP)


def _verdict(what: str, reasons: list[str], details: Mapping[str, object]) -> web.Response:
    status = f"not {what}" if reasons else what
    return web.Response(
        status=503 if reasons else 200,
        body=orjson.dumps({"status": status, "reasons": reasons, **details}),
        content_type="application/json",
    )
