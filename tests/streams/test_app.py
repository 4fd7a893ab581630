"""What Faust is told about a role; that it works is shown by the integration tests."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from streams.app import Application, build_app
from streams.engine.observer import Observer
from streams.engine.partition import Role
from streams.health import Health
from streams.metrics import Metrics
from streams.settings import Settings
from streams.sources.normalise import Normaliser
from streams.transport.batching import Transport


@pytest.fixture
def app() -> Application:
    settings = Settings(topic_prefix="bank.", session_timeout_s=6.0)
    role = Role(
        "normalise", "raw_events", "normalise_state", lambda raw: Normaliser(raw, 4, 4, "log", 30.0)
    )
    options = {"bootstrap_servers": "127.0.0.1:9,127.0.0.1:10", "security_protocol": "PLAINTEXT"}
    observer = Observer("normalise", Metrics(CollectorRegistry()), Health(["normalise"]))
    return build_app(role, settings, options, observer, lambda _: None)


def test_its_group_is_the_one_whose_offsets_the_owners_commit(app: Application) -> None:
    app.finalize()

    assert app.conf.id == "bank.normalise"
    assert app.owners.source == "bank.raw-events"


def test_it_reads_its_source_alone_by_our_transport(app: Application) -> None:
    app.finalize()

    topics: list[Any] = [name for topic in app.topics for name in topic.topics]
    assert topics == ["bank.raw-events"]
    assert isinstance(app.transport, Transport)


def test_it_notices_a_dead_worker_in_time(app: Application) -> None:
    app.finalize()
    conf = app.conf

    assert conf.broker_session_timeout == 6.0
    assert conf.broker_heartbeat_interval == 2.0
    # A rebalance waits for restores and commits of all members; a request may outlast a session.
    assert conf.broker_rebalance_timeout > conf.broker_session_timeout
    assert conf.broker_request_timeout > conf.broker_session_timeout


def test_it_keeps_nothing_of_its_own(app: Application) -> None:
    app.finalize()

    assert not app.tables
    assert app.conf.stream_recovery_delay == 0.0
    assert app.BootStrategy.enable_web is False
    assert app.BootStrategy.enable_kafka_producer is False
