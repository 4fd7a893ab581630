"""The private names of faust-streaming and aiokafka that the transport and transactions rely on.

When an upgrade breaks one of these, the engine would fail in ways that are hard to read, or would
silently lose speed or order. Look at what changed, adapt the code, then this file.
"""

import inspect
from importlib.metadata import entry_points, version

import aiokafka
import aiokafka.producer.sender
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faust import transport
from faust.app.base import App, BootStrategy
from faust.transport import consumer as base
from faust.transport.drivers import aiokafka as driver

from streams.app import Application
from streams.engine import transaction
from streams.transport import batching


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def source(function: object) -> str:
    return inspect.getsource(function)  # type: ignore[arg-type]


def test_versions_are_those_that_were_examined() -> None:
    assert version("faust-streaming") == "0.15.3"
    assert version("aiokafka").startswith("0.14.")


def test_precede_urls_lead_to_our_transport() -> None:
    assert transport.by_url("precede://127.0.0.1:9092") is batching.Transport
    [entry] = entry_points(group="faust.transports", name="precede")
    assert entry.load() is batching.Transport


def test_transport_uses_its_own_consumer_and_thread() -> None:
    assert batching.Transport.Consumer is batching.Consumer
    assert issubclass(batching.Consumer, driver.Consumer)
    # The driver asks this method for its thread, and the thread this one for its consumer.
    assert "self._new_consumer_thread()" in source(base.ThreadDelegateConsumer.__init__)
    assert "_create_worker_consumer" in source(driver.AIOKafkaConsumerThread._create_consumer)
    signature = parameters(driver.AIOKafkaConsumerThread._create_worker_consumer)
    assert signature == ["self", "transport"]
    assert parameters(batching.ConsumerThread._create_worker_consumer) == signature


def test_faust_drains_by_the_method_that_is_replaced() -> None:
    assert "await consumer._drain_messages(self)" in source(base.Fetcher._fetcher.fun)
    assert parameters(base.Consumer._drain_messages) == ["self", "fetcher"]
    assert parameters(batching.Consumer._drain_messages) == ["self", "fetcher"]


def test_consumer_fetches_lists_of_records() -> None:
    assert parameters(driver.Consumer._getmany) == ["self", "active_partitions", "timeout"]
    assert inspect.iscoroutinefunction(driver.Consumer._getmany)
    assert "fetched_records" in source(driver.AIOKafkaConsumerThread._fetch_records)
    assert "max_records" in parameters(Fetcher.fetched_records)


def test_each_fetch_asks_how_long_the_broker_may_gather() -> None:
    request = source(Fetcher._get_actions_per_node)
    assert "self._fetch_max_wait_ms" in request
    assert "self._fetch_min_bytes" in request
    assert "consumer._fetcher" in source(driver.AIOKafkaConsumerThread._fetch_records)
    assert "self._thread.getmany" in source(driver.Consumer._getmany)


def test_flow_is_stopped_before_partitions_are_revoked() -> None:
    # Revocation waits for `not_waiting_next_records`, or a fetch would outlive its assignment.
    assert "not_waiting_next_records.wait()" in source(base.Consumer.wait_for_stopped_flow)
    assert "self.flow_active = False" in source(base.Consumer.stop_flow)
    assert "can_resume_flow.set()" in source(base.Consumer.resume_flow)
    revoked = source(App._on_partitions_revoked)
    assert revoked.index("consumer.stop_flow") < revoked.index("on_partitions_revoked.send")
    assert "app.consumer_generation_id = generation" in source(driver.ConsumerRebalanceListener)


def test_assigned_is_told_with_the_whole_assignment() -> None:
    assigned = source(App._on_partitions_assigned)
    assert "self.on_partitions_assigned.send)(assigned)" in assigned


def test_seek_waits_until_the_position_stands() -> None:
    assert parameters(driver.Consumer.seek_wait) == ["self", "partitions"]
    assert "consumer.seek(tp, offset)" in source(driver.AIOKafkaConsumerThread._seek_wait)


def test_nothing_but_the_consumer_is_started() -> None:
    for name in ("enable_web", "enable_kafka_producer"):
        assert hasattr(BootStrategy, name)
        assert getattr(Application.BootStrategy, name) is False
    assert hasattr(App, "_create_directories")


def test_consumer_takes_what_it_is_given() -> None:
    accepted = parameters(aiokafka.AIOKafkaConsumer.__init__)
    for name in ("isolation_level", "partition_assignment_strategy", "group_instance_id",
                 "rebalance_timeout_ms", "max_poll_records"):  # fmt: skip
        assert name in accepted
    # aiokafka runs assignors as classes.
    assert inspect.ismethod(StickyPartitionAssignor.assign)


def test_back_off_of_transactions_is_still_read_where_it_is_set() -> None:
    handler = aiokafka.producer.sender
    assert "sender._retry_backoff" in source(handler.BaseHandler.__init__)
    assert "self._retry_backoff" in source(handler.Sender.__init__)
    assert "self._sender = Sender(" in source(aiokafka.AIOKafkaProducer.__init__)
    assert transaction.RETRY_S < transaction.PATIENT_RETRY_S
    assert aiokafka.producer.sender.BACKOFF_OVERRIDE == 0.003
    assert "BACKOFF_OVERRIDE" in source(aiokafka.producer.sender.AddPartitionsToTxnHandler)


def test_producer_takes_ready_batches_and_offsets() -> None:
    producer = aiokafka.AIOKafkaProducer
    assert parameters(producer.send_batch) == ["self", "batch", "topic", "partition"]
    assert parameters(producer.send_offsets_to_transaction) == ["self", "offsets", "group_id"]
