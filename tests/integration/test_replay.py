import asyncio
import math
from collections.abc import Iterable, Iterator
from time import time_ns

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from detectors.event import Event
from streams.clock import monotonic
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.bank_calls.reader import CallLog
from streams.sources.cloudevents import decode_record
from streams.sources.raw_record import RawRecord, structured
from streams.sources.replay import replay
from tests.streams.sources.bank_calls.test_reader import MALFORMED

pytestmark = pytest.mark.kafka


@pytest.fixture
def settings(kafka: str, prefix: str) -> Settings:
    return Settings(bootstrap_servers=kafka, topic_prefix=prefix, clock="log")


async def read(settings: Settings) -> dict[int, list[ConsumerRecord]]:
    """Return every record of raw-events, by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        topic = Topics(settings.topic_prefix).raw_events
        partitions = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[int, list[ConsumerRecord]] = {tp.partition: [] for tp in partitions}
        while any(len(found[tp.partition]) < ends[tp] for tp in partitions):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                found[tp.partition].extend(records)
        return found
    finally:
        await consumer.stop()


def events_of(records: Iterable[ConsumerRecord]) -> list[Event]:
    return [decode_record(record.value, record.headers) for record in records]


def ticks(seconds: Iterable[float]) -> Iterator[RawRecord]:
    for second in seconds:
        yield structured(Event(f"tick-{second}", "clockwork", "tick.ticked", second, "c-1"))


def test_everything_arrives_in_one_partition_in_order(settings: Settings) -> None:
    log = CallLog(MALFORMED)

    async def scenario() -> None:
        written = await replay(log.records(), source="bank-calls", settings=settings)
        found = await read(settings)

        assert written.records == len(log) + 2
        assert [number for number, records in found.items() if records] == [written.partition]
        records = found[written.partition]
        opened, *events, closed = events_of(records)
        assert opened.type == "source.opened"
        assert opened.data == {"clock": "log", "ordered": True, "reacts": False, "lateness_s": 0.0}
        assert (closed.type, closed.at) == ("source.closed", log.events[-1].at)
        assert opened.at == events[0].at
        sent = list(log.records())
        assert [(r.key, r.value, tuple(r.headers)) for r in records[1:-1]] == [
            (record.key, record.value, record.headers) for record in sent
        ]
        assert [event for event in events if event.type != "bank-calls.row"] == log.events

    asyncio.run(scenario())


def test_batches_keep_order_and_lose_nothing(settings: Settings) -> None:
    async def scenario() -> None:
        reports: list[tuple[int, float]] = []
        written = await replay(
            ticks(range(20_000)),
            source="clockwork",
            settings=settings,
            report=lambda *report: reports.append(report),
        )

        events = events_of((await read(settings))[written.partition])
        assert [event.at for event in events[1:-1]] == list(range(20_000))
        assert len(reports) > 5  # some batches, not one per record
        assert len(reports) < 200
        assert reports == sorted(reports)
        assert reports[-1] == (20_002, 19_999.0)

    asyncio.run(scenario())


def test_speed_paces_by_event_time(settings: Settings) -> None:
    async def scenario() -> None:
        start, start_ms = monotonic(), time_ns() // 1_000_000
        written = await replay(
            ticks([0.0, 0.0, 60.0, 120.0]), source="clockwork", settings=settings, speed=100.0
        )

        # 120 s at hundredfold speed.
        assert 1.2 <= written.seconds <= monotonic() - start
        stamps = [record.timestamp for record in (await read(settings))[written.partition]]
        # The broker stamps what it appends, however late the first one came to it.
        assert stamps[3] - start_ms >= 600
        assert stamps[4] - start_ms >= 1200

    asyncio.run(scenario())


def test_cancelled_replay_closes_its_source(settings: Settings) -> None:
    async def scenario() -> None:
        begun = asyncio.Event()

        def watched() -> Iterator[RawRecord]:
            for record in ticks([0.0, 1.0, 2.0, 1e6]):
                if record.at == 1e6:
                    begun.set()
                yield record

        task = asyncio.create_task(
            replay(watched(), source="clockwork", settings=settings, speed=1000.0)
        )
        await begun.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        records = [one for some in (await read(settings)).values() for one in some]
        assert [(event.type, event.at) for event in events_of(records)] == [
            ("source.opened", 0.0),
            ("tick.ticked", 0.0),
            ("tick.ticked", 1.0),
            ("tick.ticked", 2.0),
            ("source.closed", 2.0),
        ]

    asyncio.run(scenario())


def test_nothing_to_replay_writes_nothing(settings: Settings) -> None:
    async def scenario() -> None:
        written = await replay([], source="clockwork", settings=settings, speed=math.inf)

        assert written.records == 0
        assert not any((await read(settings)).values())

    asyncio.run(scenario())


def test_second_replay_continues_in_the_same_partition(settings: Settings) -> None:
    async def scenario() -> None:
        first = await replay(ticks([1.0]), source="clockwork", settings=settings)
        second = await replay(ticks([2.0]), source="clockwork", settings=settings)

        assert first.partition == second.partition
        events = events_of((await read(settings))[first.partition])
        assert [event.type for event in events] == [
            "source.opened",
            "tick.ticked",
            "source.closed",
        ] * 2

    asyncio.run(scenario())
