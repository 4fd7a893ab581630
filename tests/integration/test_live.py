"""On a live clock silence is noticed although nothing happens."""

import asyncio
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from detectors.event import Event, encode_event
from streams.clock import now
from tests.integration.conftest import MakeSettings
from tests.integration.workers import patient, site, until
from tests.streams.engine.build import lost_call

SILENCE_S = 45.0  # overdue by a tenth of it is not made good, and time comes once a second


def test_a_call_that_nobody_returned_is_noticed_by_the_clock(
    settings: MakeSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with site(settings(lateness_s=3.0), tmp_path, clock="live") as place:
            await place.publish(*patient(f"{SILENCE_S:.0f}s"))
            with place.worker() as worker:
                await worker.ready()
                await place.in_force()
                given_up = now()  # an older one would be late, and late events arm nothing
                events = lost_call(given_up, "7", "a")
                future = Event("x", "shop", "order.placed", now() + 3_600, "8")
                producer = AIOKafkaProducer(**place.options)
                await producer.start()
                for event in (future, *events):
                    await producer.send_and_wait(
                        place.topics.raw_events, encode_event(event), event.customer.encode()
                    )
                await producer.stop()

                async def is_decided() -> bool:
                    return bool(await place.read_all("decisions"))

                await until(is_decided, "the silence is noticed")
                noticed = now() - given_up - SILENCE_S
                await worker.stop()

            [decision] = await place.read_all("decisions")
            assert decision["data"]["rule"] == "callback-after-abandonment"
            # Not before the deadline and the lateness: a clock that is ahead moves nothing.
            assert 3.0 <= noticed < 33.0
            [letter] = await place.read_all("dead_letters")
            assert letter["data"]["code"] == "time_out_of_range"
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            progress = [
                orjson.loads(record.value)["data"]
                for record in (await place.read("interactions"))[0]
                if b'"type":"progress"' in record.value
            ]
            assert {each["raw"] for each in progress} == set(range(4))

    asyncio.run(scenario())
