"""The Faust application of one role."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

import faust
from faust.app.base import BootStrategy

from streams.engine.observer import Observer
from streams.engine.owners import Owners
from streams.engine.partition import Role
from streams.kafka.quiet import quieten
from streams.settings import Settings

HEARTBEATS_PER_SESSION = 3
MAX_POLL_RECORDS = 5_000
MAX_FETCH_BYTES = 4 * 1024 * 1024

for noisy in ("faust", "mode"):
    logging.getLogger(noisy).setLevel(logging.ERROR)  # their rebalances are told by our owners
quieten()


class _Boot(BootStrategy):
    """Consumer and conductor; output goes through the owners' transactions, never Faust's."""

    enable_web = False
    enable_kafka_producer = False


class Application(faust.App):
    """A Faust application whose data topic is delivered in batches to the owners of partitions."""

    BootStrategy = _Boot
    owners: Owners

    def _create_directories(self) -> None:
        """Make none: there are no tables."""


def build_app(
    role: Role,
    settings: Settings,
    client_options: Mapping[str, Any],
    observer: Observer,
    on_failure: Callable[[BaseException], None],
) -> Application:
    """Return the application of a role, not started.

    Faust gives group membership, assignment, rebalance and lifecycle; the owners do the work.

    Parameters
    ----------
    on_failure
        Called with an error that no restart of a partition mends.
    """
    app = Application(
        f"{settings.topic_prefix}{role.name}",
        broker=f"precede://{client_options['bootstrap_servers'].split(',')[0]}",
        autodiscover=False,
        topic_disable_leader=True,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / HEARTBEATS_PER_SESSION,
        broker_rebalance_timeout=settings.session_timeout_s * HEARTBEATS_PER_SESSION,
        broker_request_timeout=max(30.0, settings.session_timeout_s * 2),
        broker_max_poll_records=MAX_POLL_RECORDS,
        consumer_max_fetch_size=MAX_FETCH_BYTES,
        stream_recovery_delay=0.0,
    )
    owners = Owners(role, settings, client_options, observer, on_failure)
    app.owners = owners
    app.topics.add(
        app.topic(
            owners.source,
            key_type=bytes, value_type=bytes, value_serializer="raw",
            partitions=settings.partitions, internal=False,
        )
    )  # fmt: skip

    async def assigned(_app: Any, *args: Any, **_: Any) -> None:
        await owners.assigned(args[0])

    async def revoked(_app: Any, *args: Any, **_: Any) -> None:
        await owners.revoked(args[0])

    cast(Any, app.on_partitions_assigned).connect(assigned, weak=False)
    cast(Any, app.on_partitions_revoked).connect(revoked, weak=False)
    return app
