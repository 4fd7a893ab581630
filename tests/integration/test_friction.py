"""What friction weighs is learnt by a running worker, survives kill -9 and can be shown."""

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaProducer

from detectors.effort_points import FIRST_POINTS
from detectors.event import Event, encode_event
from tests.integration.commands import answer, run
from tests.integration.conftest import MakeSettings
from tests.integration.workers import Site, site, until

CUSTOMERS = 30
START = 1_790_000_000.0


async def send(place: Site, first: int, until_number: int) -> None:
    """Let customers be passed on, and say that it was no effort at all."""
    about = {"call": "a", "topic": "limits", "direction": "inbound"}
    survey = {"source": "survey", "topic": "limits", "scale": "ces", "score": 7}
    async with AIOKafkaProducer(**place.options) as producer:
        for number in range(first, until_number):
            customer, at = f"c-{number}", START + number
            for kind, data in (("contact.transferred", about), ("feedback.received", survey)):
                event = Event(f"{customer}-{kind}", "test", kind, at, customer, dict(data))
                value = encode_event(event)
                await producer.send(place.topics.raw_events, value, customer.encode())
        await producer.flush()


def test_what_friction_weighs_is_learnt_and_shown(settings: MakeSettings, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(settings(partitions=2), tmp_path, clock="live") as place:

            async def learnt() -> int:
                _, told = await answer(place, "models", "friction")
                return int(told["effort"]["outcomes"])

            async def half() -> bool:
                return await learnt() == CUSTOMERS // 2

            async def whole() -> bool:
                return await learnt() == CUSTOMERS

            with place.worker() as worker:
                await worker.ready()
                await send(place, 0, CUSTOMERS // 2)
                await until(half, "half of the answers are learnt from")
                worker.kill()
            with place.worker() as worker:
                await worker.ready()
                await send(place, CUSTOMERS // 2, CUSTOMERS)
                await until(whole, "all answers are learnt from, each once")
                await worker.stop()

            _, told = await answer(place, "models", "friction")
            # Nobody who was passed on minded, so it weighs less for effort, and the same otherwise.
            assert 0.0 <= told["effort"]["points"]["transfer"] < FIRST_POINTS["transfer"]
            assert told["friction"]["points"] == dict(FIRST_POINTS)
            assert sum(each["outcomes"] for each in told["effort"]["calibration"]) == CUSTOMERS
            labels = await place.read_all("labels")
            assert [label["model"] for label in labels] == ["effort"] * CUSTOMERS
            status, said, _ = await run(place, "models", "friction")
            assert status == 0
            assert "effort: AUC" in said

    asyncio.run(scenario())
