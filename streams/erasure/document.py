"""What is held about a customer as one JSON document, written as it is found."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson

from streams.clock import now
from streams.erasure.held import SECTIONS


async def write_document(
    customer: str,
    found: AsyncIterator[tuple[str, Any]],
    write: Callable[[str], object],
) -> Counter[str]:
    """Write the document piece by piece; return how many things each section has.

    Parameters
    ----------
    found
        Section and content, in the order of `SECTIONS`.
    write
        Takes the next piece of text.
    """
    counts: Counter[str] = Counter(dict.fromkeys(SECTIONS, 0))
    write(f'{{"customer": {_text(customer)},\n"exported_at": {now():.3f}')
    opened = ""
    async for section, content in found:
        if section != opened:
            write(f"{_end(opened)},\n{_text(section)}: {_begin(section)}")
            opened = section
        elif section != "state":
            write(",\n")
        counts[section] += 1
        write(_text(content))
    write(_end(opened))
    for section, count in counts.items():
        if not count:
            write(f",\n{_text(section)}: {'null' if section == 'state' else '[]'}")
    write("}\n")
    return counts


def _begin(section: str) -> str:
    return "" if section == "state" else "[\n"


def _end(section: str) -> str:
    return "]" if section not in {"", "state"} else ""


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
