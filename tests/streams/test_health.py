import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)

from streams.clock import monotonic
from streams.engine.watchdog import STALLED_AFTER_S, Watchdog
from streams.health import AddressInUseError, Health, HttpServer
from streams.metrics import Metrics
from streams.settings import Settings
from tests.deploy.exposition import samples

LONG_AGO_S = STALLED_AFTER_S + 5


def settings(port: int = 0, host: str = "127.0.0.1") -> Settings:
    return Settings(http_host=host, http_port=port)


def serve(
    visit: Callable[[aiohttp.ClientSession, HttpServer], Awaitable[None]],
    health: Health | None = None,
    host: str = "127.0.0.1",
) -> None:
    async def run() -> None:
        metrics = Metrics(CollectorRegistry())
        server = HttpServer(settings(host=host), metrics, health or Health(["engine"]))
        await server.start()
        try:
            async with aiohttp.ClientSession(server.url) as session:
                await visit(session, server)
        finally:
            await server.stop()

    asyncio.run(run())


def fetch(path: str, health: Health | None = None, **headers: str) -> tuple[int, str, str]:
    found: list[tuple[int, str, str]] = []

    async def visit(session: aiohttp.ClientSession, _: HttpServer) -> None:
        async with session.get(path, headers=headers) as answer:
            found.append((answer.status, answer.headers["Content-Type"], await answer.text()))

    serve(visit, health)
    return found[0]


def fetch_json(path: str, health: Health) -> tuple[int, Any]:
    found: list[tuple[int, Any]] = []

    async def visit(session: aiohttp.ClientSession, _: HttpServer) -> None:
        async with session.get(path) as answer:
            found.append((answer.status, await answer.json()))

    serve(visit, health)
    return found[0]


def ready_health(*partitions: int) -> Health:
    health = Health(["engine"])
    health.assigned("engine", partitions)
    for partition in partitions:
        health.restored("engine", partition)
    return health


def test_metrics_are_served_as_text_by_default() -> None:
    status, kind, text = fetch("/metrics")

    assert status == 200
    assert kind.startswith("text/plain; version=0.0.4")
    assert samples(text)["precede_records_processed_total"] == {"role": {"engine"}}


def test_metrics_are_served_as_openmetrics_to_who_accepts_them() -> None:
    status, kind, text = fetch("/metrics", Accept="application/openmetrics-text; version=1.0.0")

    assert status == 200
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    names = {family.name for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]
    assert {"precede_records_processed", "precede_lag_records", "precede_playbook"} <= names


def test_a_worker_is_not_ready_before_its_partitions_are_assigned() -> None:
    status, answer = fetch_json("/health/ready", Health(["normalise", "engine"]))

    assert status == 503
    assert answer == {
        "status": "not ready",
        "reasons": [
            "normalise: waiting for its partitions to be assigned",
            "engine: waiting for its partitions to be assigned",
        ],
        "partitions": {"normalise": {}, "engine": {}},
        "notes": [],
    }


def test_a_worker_is_not_ready_while_a_partition_restores() -> None:
    health = Health(["engine"])
    health.assigned("engine", [3, 1])
    health.restored("engine", 1)

    status, answer = fetch_json("/health/ready", health)

    assert status == 503
    assert answer["reasons"] == ["engine partition 3: restoring its state"]
    assert answer["partitions"] == {"engine": {"1": "ready", "3": "restoring"}}


def test_a_worker_is_ready_when_all_is_restored() -> None:
    status, answer = fetch_json("/health/ready", ready_health(0, 1))

    assert status == 200
    assert answer == {
        "status": "ready",
        "reasons": [],
        "partitions": {"engine": {"0": "ready", "1": "ready"}},
        "notes": [],
    }


def test_a_note_is_shown_and_keeps_nobody_from_working() -> None:
    health = ready_health(0)
    health.note("stopped", "rule call-back by ann: wrong text")
    health.note("engine partition 0", "approval is switched off")
    health.note("engine partition 0", "")

    status, answer = fetch_json("/health/ready", health)

    assert (status, answer["reasons"]) == (200, [])
    assert answer["notes"] == ["stopped: rule call-back by ann: wrong text"]


def test_a_worker_without_partitions_stands_by_and_is_ready() -> None:
    health = Health(["engine"])
    health.assigned("engine", [])

    assert health.not_ready() == []


def test_a_stopped_partition_is_not_ready_but_live_because_a_restart_would_not_help() -> None:
    health = ready_health(0)
    long_ago = monotonic() - LONG_AGO_S
    health.observe("engine", 0, lag=5, applied=1, now=long_ago)

    health.stopped("engine", 0, "playbook 0f3a9c21 cannot be loaded; publish it again")
    health.observe("engine", 0, lag=5, applied=1, now=long_ago)

    status, answer = fetch_json("/health/ready", health)
    assert status == 503
    assert answer["reasons"] == [
        "engine partition 0: stopped, playbook 0f3a9c21 cannot be loaded; publish it again"
    ]
    assert fetch_json("/health/live", health) == (200, {"status": "live", "reasons": []})


def test_a_stall_fails_liveness_and_shows_in_the_metrics() -> None:
    health = ready_health(0, 2)
    long_ago = monotonic() - LONG_AGO_S
    health.observe("engine", 0, lag=5, applied=100, now=monotonic())
    health.observe("engine", 2, lag=5, applied=100, now=long_ago)

    status, answer = fetch_json("/health/live", health)

    assert status == 503
    assert answer["status"] == "not live"
    (reason,) = answer["reasons"]
    assert reason.startswith("engine partition 2: has lag, but its applied offset has not moved")
    _, _, text = fetch("/metrics", health)
    assert 'precede_stalled_partitions{role="engine"} 1.0' in text
    assert 'precede_partitions{role="engine",state="ready"} 2.0' in text


def test_a_stall_that_ended_shows_as_ended() -> None:
    watchdog = Watchdog(0.001)
    health = Health(["engine"], watchdog)
    health.assigned("engine", [0])
    health.restored("engine", 0)
    health.observe("engine", 0, lag=5, applied=100, now=monotonic() - 1)

    async def visit(session: aiohttp.ClientSession, _: HttpServer) -> None:
        async with session.get("/metrics") as answer:
            assert 'precede_stalled_partitions{role="engine"} 1.0' in await answer.text()
        health.observe("engine", 0, lag=0, applied=105, now=monotonic())
        async with session.get("/metrics") as answer:
            assert 'precede_stalled_partitions{role="engine"} 0.0' in await answer.text()

    serve(visit, health)


def test_a_long_restore_is_no_stall() -> None:
    health = Health(["engine"])
    health.assigned("engine", [0])

    health.observe("engine", 0, lag=5, applied=0, now=0.0)

    assert health.stalled(now=LONG_AGO_S) == []


def test_a_partition_that_restores_again_is_watched_anew_afterwards() -> None:
    health = ready_health(0)
    health.observe("engine", 0, lag=5, applied=100, now=0.0)

    health.restoring("engine", 0)
    assert health.not_ready() == ["engine partition 0: restoring its state"]
    assert health.stalled(now=LONG_AGO_S) == []
    health.restored("engine", 0)
    health.observe("engine", 0, lag=5, applied=90, now=LONG_AGO_S)

    assert health.stalled(now=LONG_AGO_S) == []
    assert [stall.partition for stall in health.stalled(now=2 * LONG_AGO_S)] == [0]


def test_a_rebalance_keeps_what_stays_and_forgets_what_leaves() -> None:
    health = ready_health(0, 1)
    health.observe("engine", 1, lag=5, applied=100, now=0.0)

    health.assigned("engine", [0, 2])

    assert health.partitions() == {"engine": {"0": "ready", "2": "restoring"}}
    assert health.stalled(now=LONG_AGO_S) == []


def test_a_report_that_crossed_a_rebalance_changes_nothing() -> None:
    health = ready_health(0)

    health.restored("engine", 5)
    health.stopped("engine", 5, "late")
    health.observe("engine", 5, lag=5, applied=1, now=0.0)

    assert health.not_ready() == []
    assert health.partitions() == {"engine": {"0": "ready"}}
    assert health.stalled(now=LONG_AGO_S) == []


def test_a_role_the_worker_does_not_run_is_refused() -> None:
    with pytest.raises(ValueError, match="role must be one of engine; got 'dispatch'"):
        Health(["engine"]).assigned("dispatch", [0])


@pytest.mark.parametrize("path", ["/", "/metric", "/health", "/health/live/", "/a/b?c=d"])
def test_other_paths_say_what_there_is(path: str) -> None:
    status, kind, text = fetch(path)

    assert status == 404
    assert kind.startswith("text/plain")
    for served in ("/metrics", "/health/live", "/health/ready"):
        assert served in text


def test_a_head_request_is_answered() -> None:
    async def visit(session: aiohttp.ClientSession, _: HttpServer) -> None:
        async with session.head("/health/ready") as answer:
            assert answer.status == 503

    serve(visit)


def test_port_zero_takes_a_free_port_and_says_which() -> None:
    async def visit(_: aiohttp.ClientSession, server: HttpServer) -> None:
        assert server.port > 0
        assert server.url == f"http://127.0.0.1:{server.port}"

    serve(visit)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    async def visit(session: aiohttp.ClientSession, server: HttpServer) -> None:
        assert server.url == f"http://[::1]:{server.port}"
        async with session.get("/health/live") as answer:
            assert answer.status == 200

    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    serve(visit, host="::1")


def test_a_port_in_use_is_refused_with_what_to_do() -> None:
    async def start(port: int) -> None:
        server = HttpServer(settings(port), Metrics(CollectorRegistry()), Health(["engine"]))
        with pytest.raises(
            AddressInUseError, match=rf"got 127\.0\.0\.1:{port} .*PRECEDE_HTTP_PORT=0"
        ):
            await server.start()
        await server.stop()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        asyncio.run(start(taken.getsockname()[1]))


def test_after_stop_the_port_is_free_and_stopping_again_is_harmless() -> None:
    async def run() -> None:
        server = HttpServer(settings(), Metrics(CollectorRegistry()), Health(["engine"]))
        await server.start()
        port = server.port
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{server.url}/metrics") as answer:
                assert answer.status == 200
            await server.stop()  # with a connection kept alive
        await server.stop()

        again = HttpServer(settings(port), Metrics(CollectorRegistry()), Health(["engine"]))
        await again.start()
        assert again.port == port
        await again.stop()

    asyncio.run(run())


def test_the_port_of_a_server_that_does_not_run_is_not_known() -> None:
    server = HttpServer(settings(), Metrics(CollectorRegistry()), Health(["engine"]))

    with pytest.raises(RuntimeError, match="must be started before its port is read"):
        _ = server.port
