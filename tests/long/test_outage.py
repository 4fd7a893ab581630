"""Kafka is away for 20 s in the middle of everything: nothing is lost, nobody has to help."""

import asyncio
from pathlib import Path

from streams.kafka.launcher import KafkaServer
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import SOURCE
from streams.sources.raw_record import RawRecord
from streams.sources.replay import replay
from tests.integration.frozen_log import publish
from tests.integration.test_broker_down import broker, settings_of
from tests.integration.test_kill import reaches
from tests.integration.workers import Site, month, site, until
from tests.long.conftest import Tell
from tests.long.kills import check_normalised, check_sent

__all__ = ["broker"]

AWAY_S = 20.0


def test_invariant_3_every_role_goes_on_after_20_seconds(
    broker: KafkaServer,
    tmp_path: Path,
    tell: Tell,
) -> None:
    async def scenario() -> None:
        settings = settings_of(broker, tmp_path)
        async with site(settings, tmp_path) as place:
            await publish(place)
            first, second = _halves(place)
            with place.worker() as worker:
                await worker.ready()
                await replay(first, source=SOURCE, settings=place.settings)
                async with place.watch(place.topics.interactions) as reached:
                    await until(reaches(reached, 2_000), "events flow")
                broker.kill()
                await asyncio.sleep(AWAY_S)
                assert worker.alive, worker.said()[-2000:]
                await asyncio.to_thread(broker.start)
                await replay(second, source=SOURCE, settings=place.settings)
                await place.idle(worker)
                await worker.stop()

            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            written, letters = await check_normalised(place)
            assert letters == 0
            actions = await check_sent(place)
            assert actions == report.actions > 100
            tell(f"{written} raw records, {actions} actions, none lost or doubled")

    asyncio.run(scenario())


def _halves(place: Site) -> tuple[list[RawRecord], list[RawRecord]]:
    file = place.folder / "rows.txt"
    file.write_bytes(month(3))
    records = list(CallLog(file).records())
    middle = len(records) // 2
    return records[:middle], records[middle:]
