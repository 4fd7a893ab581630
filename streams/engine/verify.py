"""Recompute decisions, actions and state from the log of record, and compare byte by byte."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from detectors.event import InvalidEventError, decode_event
from streams.dispatch.incoming import Kind
from streams.engine.contract import Outgoing
from streams.engine.playbooks import PlaybookStore
from streams.engine.processor import Processor
from streams.engine.restore import APPLIED, StateError
from streams.engine.snapshots import Snapshot, first_offset, records, usable
from streams.engine.transaction import partition_of
from streams.kafka.reading import newest_values, read_to_end
from streams.kafka.topics import Topics
from streams.settings import Settings

MAX_DIFFERENCES = 20
COMPARED = (Kind.ACTION, Kind.CANCEL, Kind.FORGET)
"""What the engine writes to the topic of actions; operators write there too."""


@dataclass(slots=True)
class Report:
    """What was compared, and what differed.

    Parameters
    ----------
    interactions, decisions, actions, states
        Number of records compared.
    differences
        The first twenty, in words.
    sha256
        Of all decisions and actions as recomputed, in the order of their partitions.
    since
        Partition -> where it began: the offset of a snapshot, 0 for the start of the log.
    """

    interactions: int = 0
    decisions: int = 0
    actions: int = 0
    states: int = 0
    sha256: str = ""
    differences: list[str] = field(default_factory=list)
    since: dict[int, int] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether every byte was the same."""
        return not self.differences

    def differ(self, what: str) -> None:
        """Note a difference."""
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(what)


@dataclass(slots=True)
class _Recomputed:
    decisions: list[bytes]
    actions: dict[int, list[bytes]]
    state: dict[bytes, bytes]


async def verify(
    settings: Settings,
    client_options: Mapping[str, Any],
    progress: Callable[[int, int], None],
    *,
    from_snapshot: bool = False,
) -> Report:
    """Recompute every partition of interactions from its start to what the engine committed.

    Parameters
    ----------
    progress
        Called with (partition, interactions recomputed so far).
    from_snapshot
        Begin each partition at its oldest snapshot from which on the log is whole.

    Raises
    ------
    StateError
        When the log does not reach back so far.
    """
    topics = Topics(settings.topic_prefix)
    playbooks = PlaybookStore(client_options, topics.playbooks)
    await playbooks.refresh()
    report = Report()
    digest = hashlib.sha256()
    found_actions = await _actions_by_origin(settings, client_options, topics.actions)
    for partition in range(settings.partitions):
        state = await newest_values(client_options, topics.state, partition)
        applied = int(state.pop(APPLIED, b"0"))
        processor = Processor(partition, settings.partitions, settings.clock, playbooks.get)
        base = await _base(settings, client_options, partition, from_snapshot=from_snapshot)
        for key, value in base.state.items():
            processor.restore(key, value)
        processor.restored(base.offset)
        report.since[partition] = base.offset
        output: list[Outgoing] = []
        async for batch in read_to_end(
            client_options, topics.interactions, partition, since=base.offset, until=applied
        ):
            output.extend(processor.process(batch))
            report.interactions += len(batch)
            progress(partition, report.interactions)
        expected = _recomputed(output, processor, settings.partitions, base.state)
        decisions, ahead = [], -1
        async for batch in read_to_end(client_options, topics.decisions, partition):
            for record in batch:
                origin = _origin(record.value)[1]
                ahead = max(ahead, origin)
                if base.offset <= origin < applied:
                    decisions.append(record.value)
        if ahead >= applied:  # a running worker went on; what it wrote is applied by now
            now_applied = (await newest_values(client_options, topics.state, partition))[APPLIED]
            if ahead >= int(now_applied):
                report.differ(f"decisions/{partition}: of offset {ahead}, which was not applied")
        _compare(report, f"decisions/{partition}", expected.decisions, decisions)
        report.decisions += len(decisions)
        for target in range(settings.partitions):
            # Read before the state was, so all that they come from has been applied.
            actions = [
                value for offset, value in found_actions[target, partition] if offset >= base.offset
            ]
            _compare(report, f"actions/{target} of {partition}", expected.actions[target], actions)
            report.actions += len(actions)
        _compare_state(report, partition, expected.state, state)
        for value in (*expected.decisions, *(v for t in expected.actions.values() for v in t)):
            digest.update(value)
    report.sha256 = digest.hexdigest()
    return report


@dataclass(frozen=True, slots=True)
class _Base:
    """What is taken as given: the state at an offset."""

    offset: int = 0
    state: dict[bytes, bytes] = field(default_factory=dict)


async def _base(
    settings: Settings, client_options: Mapping[str, Any], partition: int, *, from_snapshot: bool
) -> _Base:
    if from_snapshot:
        snapshot = oldest(await usable(settings, client_options, partition), partition)
        state = [each async for each in records(settings, client_options, snapshot)]
        return _Base(snapshot.offset, dict(state))
    begin = await first_offset(settings, client_options, partition)
    if begin:
        name = Topics(settings.topic_prefix).interactions
        msg = (
            f"{name}/{partition} must begin at offset 0 to recompute all of it; it begins at "
            f"{begin}: what was before was deleted; begin at a snapshot, with --from-snapshot"
        )
        raise StateError(msg)
    return _Base()


def oldest(found: Sequence[Snapshot], partition: int) -> Snapshot:
    """Return the oldest of the snapshots that are usable.

    Raises
    ------
    StateError
        When there is none.
    """
    if not found:
        msg = (
            f"partition {partition} must have a snapshot that the log reaches back to; it has "
            "none: take one with `precede snapshot`"
        )
        raise StateError(msg)
    return found[-1]


def _recomputed(
    output: list[Outgoing], processor: Processor, partitions: int, before: Mapping[bytes, bytes]
) -> _Recomputed:
    actions: dict[int, list[bytes]] = {partition: [] for partition in range(partitions)}
    decisions = []
    for record in output:
        if record.topic == "decisions":
            decisions.append(record.value or b"")
        elif record.topic == "actions":
            target = record.partition
            if target is None:
                target = partition_of(record.key or b"", partitions)
            actions[target].append(record.value or b"")
    state = dict(before)
    for record in processor.checkpoint():
        if record.value is None:
            state.pop(record.key or b"", None)
        else:
            state[record.key or b""] = record.value
    return _Recomputed(decisions, actions, state)


async def _actions_by_origin(
    settings: Settings, client_options: Mapping[str, Any], topic: str
) -> dict[tuple[int, int], list[tuple[int, bytes]]]:
    found: dict[tuple[int, int], list[tuple[int, bytes]]] = defaultdict(list)
    for target in range(settings.partitions):
        async for batch in read_to_end(client_options, topic, target):
            for record in batch:
                if _is_ours(record.value):
                    partition, offset = _origin(record.value)
                    found[target, partition].append((offset, record.value))
    return found


def _is_ours(value: bytes | None) -> bool:
    try:
        event = decode_event(value or b"")
    except InvalidEventError:
        return False
    return event.type in COMPARED and "origin" in event.data


def _origin(value: bytes) -> tuple[int, int]:
    origin = orjson.loads(value)["data"]["origin"]
    return origin["partition"], origin["offset"]


def _compare(report: Report, where: str, expected: list[bytes], found: list[bytes]) -> None:
    if expected == found:
        return
    if len(expected) != len(found):
        report.differ(f"{where}: {len(expected)} recomputed, {len(found)} in the topic")
    for position, (ours, theirs) in enumerate(zip(expected, found, strict=False)):
        if ours != theirs:
            report.differ(f"{where} record {position}: {ours!r} recomputed, {theirs!r} found")
            return


def _compare_state(
    report: Report, partition: int, expected: dict[bytes, bytes], found: dict[bytes, bytes]
) -> None:
    report.states += len(found)
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            missing = "recomputed" if key not in expected else "in the topic"
            where = "differs" if key in expected and key in found else f"is not {missing}"
            # The key may name a customer: say which room it belongs to, not whom.
            report.differ(f"state/{partition}: a record {key[:2]!r} {where}")
