"""A prepared log decides as the engine does: the figures of a backtest are those of the demo."""

from pathlib import Path

import pytest

from detectors.customer import Customer
from detectors.event import Event, decode_event, encode_event
from rules.backtest.figures import figures, is_firing
from rules.match import Match
from rules.playbook.models import Playbook
from rules.program import Program
from rules.proof.decided import Decided, read_decision
from rules.proof.ghosts import judge
from rules.proof.history import History
from streams.backtest.decide import decide
from streams.backtest.log import Log, Logged
from streams.backtest.prepare import prepare, prepared_name, read_prepared
from tests.rules.gates.build import playbook, rule
from tests.streams.backtest.build import START, lost_calls, month, values, written
from tests.streams.engine.build import (
    contact,
    default_playbook,
    interactions,
    playbook_switch,
    processor,
)

DAYS = 3


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return month(tmp_path_factory.mktemp("month"), DAYS)


@pytest.fixture(scope="module")
def prepared(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    for partition in range(len(log.partitions)):
        assert prepare(log, partition, folder, default_playbook(), _quiet) is not None
    return folder


def _quiet(_more: int) -> None:
    pass


def decided(log: Log, prepared: Path | None, playbook: Playbook) -> list[Decided]:
    return [
        decision
        for partition in range(len(log.partitions))
        for decision in decide(log, partition, prepared, playbook, _quiet).made
    ]


def by_the_engine(partition: int) -> list[Decided]:
    return [
        read_decision(decode_event(record.value or b""))
        for record in processor(partition).process(interactions(DAYS)[partition])
        if record.topic == "decisions"
    ]


def test_a_prepared_log_decides_as_the_engine_did(log: Log, prepared: Path) -> None:
    expected = [each for partition in range(4) for each in by_the_engine(partition)]

    assert decided(log, prepared, default_playbook()) == expected
    assert len(expected) > 10


def test_every_value_of_every_decision_is_the_same(log: Log, prepared: Path) -> None:
    # The digest is of the whole records: scores, what moved them, gates, arbitration.
    for partition in range(2):
        quick = decide(log, partition, prepared, default_playbook(), _quiet)
        complete = decide(log, partition, None, default_playbook(), _quiet)

        assert quick == complete
        assert quick.made


def test_figures_are_those_of_the_ghost_table(log: Log, prepared: Path) -> None:
    history = History()
    for partition in interactions(DAYS):
        for value in values(partition):
            if b'"type":"contact.' in value:
                history.add(decode_event(value))
    made = [each for partition in range(4) for each in by_the_engine(partition)]
    table = judge(history, made, default_playbook())

    read = [read_prepared(prepared, partition) for partition in range(4)]
    stages = History()
    for part in read:
        for event in part.stages:
            stages.add(event)
    found = figures(
        default_playbook(), decided(log, prepared, default_playbook()), stages, read[0].facts
    )

    live = [rule.id for rule in default_playbook().rules if rule.mode == "live"]
    assert {rule: found[rule].result for rule in live} == {rule: table[rule] for rule in live}
    assert sum(found[rule].result.total.fired for rule in live) > 5


def test_a_playbook_with_another_threshold_decides_otherwise_and_as_the_engine_would(
    log: Log, prepared: Path
) -> None:
    # Nothing that models do depends on the rules, so what was recorded serves every version.
    versions = [
        playbook(
            rule("likely", when="contact.ended", **{"if": f"score.repeat >= {threshold}"}),
            time_zone=default_playbook().time_zone,
        )
        for threshold in (0.4, 0.3)
    ]

    high, low = (decide(log, 1, prepared, version, _quiet) for version in versions)

    assert [high, low] == [decide(log, 1, None, version, _quiet) for version in versions]
    assert len(low.made) > len(high.made) > 0


FOLLOWING = playbook(
    rule("losing-them", when="contact.waiting", cooldown="0s",
         **{"if": "score.abandon >= 0.2 and event.wait_s >= 60s"}),
    time_zone=default_playbook().time_zone,
)  # fmt: skip
BY_QUEUE = playbook(
    rule(when="contact.abandoned", cooldown="0s", due="1h"),
    time_zone=default_playbook().time_zone,
    gates={"service_level": [{"queue": "agents", "wait": "2m"}]},
)


@pytest.mark.parametrize("book", [FOLLOWING, BY_QUEUE], ids=["rules", "gates"])
def test_where_queues_decide_every_state_of_them_is_read(
    log: Log, tmp_path: Path, book: Playbook
) -> None:
    worker = processor(1, book)
    records = [Logged("", 1, offset, None, value) for offset, value in enumerate(values(
        interactions(DAYS)[1]))]  # fmt: skip
    switch = encode_event(playbook_switch(book.hash))
    output = worker.process([Logged("", 1, -1, None, switch), *records[1:]])
    expected = [
        read_decision(decode_event(record.value or b""))
        for record in output
        if record.topic == "decisions"
    ]

    assert prepare(log, 1, tmp_path, book, _quiet) is None
    assert list(decide(log, 1, tmp_path, book, _quiet).made) == expected
    assert len(expected) > 3


def test_facts_are_counted_and_every_record_is_seen(log: Log, prepared: Path) -> None:
    parts = [read_prepared(prepared, partition) for partition in range(4)]

    assert [part.facts.records for part in parts] == [len(part) for part in interactions(DAYS)]
    started = sum(b'"type":"contact.started"' in v for p in interactions(DAYS) for v in values(p))
    assert sum(part.facts.events["contact.started"] for part in parts) == started
    assert all(part.is_exact for part in parts)


def test_what_is_decided_while_a_log_is_prepared_is_the_same(
    log: Log, prepared: Path, tmp_path: Path
) -> None:
    told: list[int] = []

    first = prepare(log, 1, tmp_path, default_playbook(), told.append)

    assert first == decide(log, 1, prepared, default_playbook(), _quiet)
    assert (tmp_path / "1.records").read_bytes() == (prepared / "1.records").read_bytes()
    assert sum(told) == len(interactions(DAYS)[1])


def test_a_repeated_event_counts_once(tmp_path: Path) -> None:
    event = encode_event(contact("started", START, "c-1", "call-1"))
    log = written(tmp_path / "log", [[event, event]])
    prepare(log, 0, tmp_path, default_playbook(), _quiet)

    facts, stages, _ = read_prepared(tmp_path, 0)

    assert (facts.records, facts.events["contact.started"], len(stages)) == (2, 1, 1)


def test_where_a_rule_fails_on_an_event_the_whole_log_is_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A recording cannot take back what a failed event did, so it must not be relied on.
    log = lost_calls(tmp_path / "log", partitions=1)
    prepare(log, 0, tmp_path, default_playbook(), _quiet)
    observe = Program.observe

    def fail_once(self: Program, event: Event, customer: Customer, *rest: object, **more: object) -> list[Match]:  # fmt: skip  # noqa: E501
        found = observe(self, event, customer, *rest, **more)  # type: ignore[arg-type]
        if event.id == "call-2-abandoned" and self.bytes_per_customer():  # it has rules
            msg = "a fault"
            raise ValueError(msg)
        return found

    monkeypatch.setattr(Program, "observe", fail_once)
    quick = decide(log, 0, tmp_path, default_playbook(), _quiet)
    # A fault of a rule while the log is prepared does not spoil the recording.
    (tmp_path / "faulty").mkdir()
    assert prepare(log, 0, tmp_path / "faulty", default_playbook(), _quiet) is None
    assert read_prepared(tmp_path / "faulty", 0).is_exact

    assert quick == decide(log, 0, None, default_playbook(), _quiet)
    assert quick.failed == 1
    customers = {each.customer for each in quick.made if is_firing(each)}
    assert customers == {"c-0", "c-1", "c-3", "c-4", "c-5"}


def test_the_name_of_what_is_prepared_follows_the_log_and_the_time_zone(tmp_path: Path) -> None:
    one, other = lost_calls(tmp_path / "a"), lost_calls(tmp_path / "b", count=5)

    names = {
        prepared_name(one, "UTC"), prepared_name(other, "UTC"), prepared_name(one, "Asia/Jerusalem")
    }  # fmt: skip

    assert len(names) == 3
    assert prepared_name(one, "UTC") in names
