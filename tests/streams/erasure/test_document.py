"""The export is one JSON document, whatever was found."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from streams.erasure.document import write_document
from streams.erasure.held import SECTIONS


async def found(things: list[tuple[str, Any]]) -> AsyncIterator[tuple[str, Any]]:
    for thing in things:
        yield thing


@pytest.mark.parametrize(
    "things",
    [
        [],
        [("state", {"a": 1})],
        [("state", {"a": 1}), ("open_labels", {"model": "repeat"})],
        [("interactions", {"id": 1}), ("interactions", {"id": 2}), ("ledger", {"x": None})],
        [("dead_letters", {"ä": 'ö\n"'})],
    ],
)
def test_every_section_is_there_once(things: list[tuple[str, Any]]) -> None:
    out = io.StringIO()

    counts = asyncio.run(write_document('c"1', found(things), out.write))
    document = orjson.loads(out.getvalue())

    assert document.pop("customer") == 'c"1'
    assert document.pop("exported_at") > 0
    expected: dict[str, Any] = {section: [] for section in SECTIONS} | {"state": None}
    for section, content in things:
        if section == "state":
            expected[section] = content
        else:
            expected[section].append(content)
    assert document == expected
    assert counts == {section: sum(name == section for name, _ in things) for section in SECTIONS}
