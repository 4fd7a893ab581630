"""The same log gives the same bytes: any batch, any restart, any number of workers."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.engine.contract import Outgoing
from streams.engine.restore import APPLIED
from tests.integration.conftest import MakeSettings
from tests.integration.frozen_log import (
    Log,
    Made,
    busy_playbook,
    frozen_log,
    made_of,
    make,
    publish,
    read_made,
    write_log,
)
from tests.integration.workers import site
from tests.long.conftest import Tell
from tests.streams.engine.build import Read, compacted, processor, state_of

DAYS = 10
CUTS = 200


@pytest.fixture(scope="module")
def log() -> Log:
    return frozen_log(DAYS)


@pytest.fixture(scope="module")
def whole(log: Log) -> Made:
    return make(log)


def in_batches(records: Sequence[Read], size: int) -> list[Sequence[Read]]:
    return [records[start : start + size] for start in range(0, len(records), size)]


@pytest.mark.parametrize("size", [1, 7, 2_000])
def test_invariant_2_batches_of_any_size(log: Log, whole: Made, tell: Tell, size: int) -> None:
    output: list[list[Outgoing]] = []
    states = []
    for number, records in enumerate(log):
        worker = processor(number, busy_playbook())
        output.append([])
        for batch in in_batches(records, size):
            output[number] += worker.process(batch)
        state = {key: value for key, value in state_of(worker).items() if value is not None}
        states.append(state | {APPLIED: str(len(records)).encode()})

    made = made_of(output, states)
    made.assert_equals(whole)
    tell(f"sha256 {made.sha256()}")


def test_invariant_2_cut_at_200_random_places(log: Log, whole: Made, tell: Tell) -> None:
    output: list[list[Outgoing]] = []
    states = []
    for number, records in enumerate(log):
        places = sorted(random.Random(number).sample(range(len(records)), CUTS))
        state: dict[bytes, bytes] = {}  # what the compacted topic holds
        worker = processor(number, busy_playbook())
        output.append([])
        for start, end in zip([0, *places], [*places, len(records)], strict=True):
            output[number] += worker.process(records[start:end])
            state = compacted(state, worker)
            worker = processor(number, busy_playbook())
            for key, value in state.items():
                worker.restore(key, value)
            worker.restored(end)
        states.append(state | {APPLIED: str(len(records)).encode()})

    made = made_of(output, states)
    made.assert_equals(whole)
    tell(f"{CUTS} cuts in each of {len(log)} partitions, sha256 {made.sha256()}")


@pytest.mark.parametrize("workers", [1, 3])
def test_invariant_2_any_number_of_workers(
    settings: MakeSettings, tmp_path: Path, log: Log, whole: Made, tell: Tell, workers: int
) -> None:
    async def scenario() -> Made:
        async with site(settings(), tmp_path) as place:
            await publish(place)
            flowing = asyncio.create_task(write_log(place, log, 20.0))
            with ExitStack() as running:
                started = []
                for number in range(workers):
                    started.append(running.enter_context(place.worker(f"w{number}", "engine")))
                    await started[-1].ready()
                await flowing
                await place.idle(*started)
                owned = [await worker.partitions() for worker in started]
                assert all(owned), "each of them has something to do"
                for worker in started:
                    await worker.stop()
            report = await place.verify()
            assert report.equal, "\n".join(report.differences)
            return await read_made(place)

    made = asyncio.run(scenario())
    made.assert_equals(whole)
    tell(f"{workers} workers, sha256 {made.sha256()}")
