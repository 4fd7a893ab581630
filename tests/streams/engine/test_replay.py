"""The same log gives the same bytes, however it is cut and whoever goes on."""

import random
from collections.abc import Callable, Iterator, Sequence

import orjson
import pytest

from streams.engine.contract import Outgoing
from tests.streams.engine.build import (
    PARTITIONS,
    Read,
    compacted,
    interactions,
    of,
    processor,
    restored,
    state_of,
)

Cut = Callable[[Sequence[Read]], Iterator[Sequence[Read]]]


def in_batches(size: int) -> Cut:
    def cut(log: Sequence[Read]) -> Iterator[Sequence[Read]]:
        for start in range(0, len(log), size):
            yield log[start : start + size]

    return cut


def replayed(partition: int, cut: Cut) -> tuple[list[Outgoing], dict[bytes, bytes | None]]:
    """Return the output and the final state of one partition's log."""
    worker = processor(partition)
    output: list[Outgoing] = []
    for batch in cut(interactions()[partition]):
        output += worker.process(batch)
    return output, state_of(worker)


def test_the_log_makes_work_for_every_part() -> None:
    # Otherwise the tests below would compare nothing with nothing.
    outputs = [replayed(partition, in_batches(5000))[0] for partition in range(PARTITIONS)]

    topics = {record.topic for output in outputs for record in output}
    assert topics == {"decisions", "actions", "labels"}
    reasons = {
        decision["data"]["reason"]  # type: ignore[index]
        for output in outputs
        for decision in of(output, "decisions")
    }
    assert {"sent", "cooldown"} <= reasons


@pytest.mark.parametrize("size", [1, 7, 2000])
@pytest.mark.parametrize("partition", [0, 3])
def test_invariant_2_batch_sizes_change_no_byte(partition: int, size: int) -> None:
    output, state = replayed(partition, in_batches(size))

    assert (output, state) == replayed(partition, in_batches(1_000_000))


@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_invariant_2_restarts_at_any_place_change_no_byte(partition: int) -> None:
    log = interactions()[partition]
    expected_output, expected_state = replayed(partition, in_batches(1_000_000))
    places = sorted(random.Random(partition).sample(range(len(log)), 40))
    worker = processor(partition)
    output: list[Outgoing] = []
    state: dict[bytes, bytes] = {}  # what the compacted topic holds

    for start, end in zip([0, *places], [*places, len(log)], strict=True):
        output += worker.process(log[start:end])
        worker = restored(compacted(state, worker), partition)

    assert output == expected_output
    assert state == {key: value for key, value in expected_state.items() if value is not None}


def test_invariant_2_a_checkpoint_changes_nothing() -> None:
    log = interactions()[1]
    worker = processor(1)
    output: list[Outgoing] = []

    for start in range(0, len(log), 500):
        output += worker.process(log[start : start + 500])
        worker.checkpoint()

    assert output == replayed(1, in_batches(1_000_000))[0]


def test_a_checkpoint_holds_only_what_changed() -> None:
    log = interactions()[0]
    worker = processor()
    worker.process(log)
    worker.checkpoint()

    assert {record.key for record in worker.checkpoint()} <= {b"watermark", b"counts"}

    # One more record of a customer, and that customer is all that is written beside the models.
    last = next(record for record in reversed(log) if record.key)
    again = Read((last.value or b"").replace(b'"id":"', b'"id":"x'), len(log), last.key)
    worker.process([again])
    customers = [r.key for r in worker.checkpoint() if (r.key or b"").startswith(b"c:")]
    assert customers in ([b"c:" + (last.key or b"")], [])


def test_decisions_and_actions_name_their_record() -> None:
    worker = processor(2)
    named = 0

    for record in interactions()[2]:
        for said in worker.process([record]):
            if said.topic in {"decisions", "actions"}:
                data = orjson.loads(said.value or b"")["data"]
                assert data["origin"] == {"partition": 2, "offset": record.offset}
                named += 1

    assert named > 10


def test_actions_are_urgent_and_decisions_alone_are_not() -> None:
    output, _ = replayed(0, in_batches(5000))
    worker = processor()

    assert worker.urgent([record for record in output if record.topic == "actions"]) == 1
    assert not worker.urgent([record for record in output if record.topic != "actions"])
