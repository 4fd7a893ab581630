"""The playbooks topic without Kafka: what its records come to. On Kafka: tests/integration."""

import asyncio
import sys

import orjson
import pytest

from rules import compiled
from rules.playbook.loader import load
from streams.engine.playbooks import PREPARED, PlaybookStore
from streams.engine.refusal import REFUSED, Refusal
from streams.sources.approvals import PREFIX
from tests.rules.playbook.texts import replaced, small, texts


def record(seconds: int) -> tuple[bytes, bytes]:
    """Return key and value of the small playbook with another threshold."""
    source = replaced("event.wait_s > 10s", f"event.wait_s > {seconds}s")
    return load(source).hash.encode(), orjson.dumps(source)


def store(*records: tuple[bytes | None, bytes | None]) -> PlaybookStore:
    made = PlaybookStore({}, "playbooks")
    for key, value in records:
        made._take(key, value)
    return made


def test_a_playbook_is_found_by_its_hash() -> None:
    key, value = record(11)
    playbooks = store((key, value))

    found = playbooks.get(key.decode())
    assert found is not None
    assert found.hash == key.decode()
    assert playbooks.get("0" * 64) is None


def test_one_that_is_published_again_is_the_newest() -> None:
    first, second = record(11), record(12)
    playbooks = store(first, second, first)

    assert playbooks.names() == [second[0].decode(), first[0].decode()]


def test_what_is_no_playbook_is_told_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    other = small().hash.encode()
    playbooks = store(
        (b"0123", b"{"), (b"\xff", b"[]"), (None, b"x"), (b"4567", None),
        (other, orjson.dumps(texts() | {"rules.yaml": "rules: []"})),
        (b"89ab", orjson.dumps(texts())),
    )  # fmt: skip

    assert [playbooks.get(name) for name in playbooks.names()] == [None] * 4
    assert playbooks.newest() == []
    assert f"playbook {other.decode()}: cannot be loaded (PlaybookError)" in caplog.text
    assert f"playbook 89ab: its content has the hash {small().hash}" in caplog.text


def test_two_may_wait_for_a_playbook_that_cannot_be_loaded() -> None:
    playbooks = store((b"0123", b"{"))

    async def prepare() -> None:
        await asyncio.gather(playbooks._prepare(["0123"]), playbooks._prepare(["0123"]))

    asyncio.run(prepare())

    assert playbooks.get("0123") is None
    assert playbooks.names() == []


def test_the_newest_are_prepared_before_anybody_asks() -> None:
    records = [record(seconds) for seconds in range(11, 11 + PREPARED + 1)]
    playbooks = store(*records)
    interval = sys.getswitchinterval()

    async def prepare() -> None:
        await playbooks._prepare(playbooks.names()[-PREPARED:])

    asyncio.run(prepare())

    names = [key.decode() for key, _ in records]
    assert [playbook.hash for playbook in playbooks.newest()] == names[1:]
    assert sys.getswitchinterval() == interval
    prepared = playbooks.get(names[-1])
    assert prepared is not None
    # The program is there already: whoever adopts the playbook makes none.
    assert prepared.hash in compiled._programs
    assert playbooks.get(names[0]) is not None


def test_while_one_is_prepared_it_is_not_there_yet() -> None:
    key, value = record(13)
    playbooks = store((key, value))

    async def look() -> tuple[object, object]:
        task = asyncio.create_task(playbooks._prepare([key.decode()]))
        await asyncio.sleep(0)
        before = playbooks.get(key.decode())  # loading here would hold everybody up
        await task
        return before, playbooks.get(key.decode())

    before, after = asyncio.run(look())
    assert before is None
    assert after is not None


def test_the_last_refusal_is_kept_and_is_no_playbook() -> None:
    first, last = Refusal(1.0, "invalid", ("a",)), Refusal(2.0, "tests", ("b",))
    playbooks = store((REFUSED, first.pack()), (REFUSED, last.pack()))

    assert playbooks.refusal == last
    assert playbooks.names() == []


def test_an_approval_is_no_playbook() -> None:
    key, value = record(11)
    approval = (PREFIX + key + b":bob", b'{"content": "x", "by": "bob", "at": 1.0}')

    assert store((key, value), approval).names() == [key.decode()]
