"""The words of a text as numbers: bounded, in any language, and no way back to the text."""

import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Final
from zlib import crc32

from detectors.event import Event

FEEDBACK: Final = "feedback.received"
BUCKETS: Final = 4096
NAMES: Final = tuple(f"word {bucket}" for bucket in range(BUCKETS))
"""Bucket -> its name as an input."""
MAX_WORDS: Final = 128
"""Words that are looked at; a text that goes on is cut."""
MAX_CHARACTERS: Final = 4_000
STEM: Final = 5
"""First letters by which the forms of one word are known: many languages inflect at the end."""

_WORD = re.compile(r"[^\W\d_]+|[!?]")
# Scripts without spaces between words: Thai, Lao, Khmer, Myanmar; Kana, Han.
_PAIR = 2
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def codes(text: object) -> list[int]:
    """Return the words, their stems and the pairs of neighbours as sorted bucket numbers.

    Pairs tell "not good" from "good". Scripts without spaces are read as pairs of characters.
    Anything but a text has no words.

    >>> codes("Not good") == codes("  NOT   good. "), codes("not good") == codes("good")
    (True, False)
    >>> codes(None), len(codes("спасибо, всё отлично"))
    ([], 7)
    """
    if not isinstance(text, str):
        return []
    words = _words(text[:MAX_CHARACTERS].casefold())
    names = dict.fromkeys(words)
    names |= dict.fromkeys(f"{word[:STEM]}*" for word in words if len(word) > STEM)
    pairs = ((one[:STEM], other[:STEM]) for one, other in pairwise(words))
    names |= dict.fromkeys(f"{one} {other}" for one, other in pairs)
    return sorted({crc32(name.encode("utf-8", "replace")) % BUCKETS for name in names})


def buckets_of(event: Event) -> list[int]:
    """Return the bucket numbers of the words that came with an event, ascending."""
    found = event.data.get("words")
    if not isinstance(found, list):
        return codes(event.data.get("text"))
    return sorted({code for code in found if type(code) is int and 0 <= code < BUCKETS})


def row(buckets: Iterable[int]) -> dict[str, float]:
    """Return the buckets as inputs, each with the same weight; a long text weighs no more.

    >>> row([7, 9])
    {'word 7': 0.7071067690849304, 'word 9': 0.7071067690849304}
    """
    names = [NAMES[bucket] for bucket in buckets]
    return dict.fromkeys(names, array("f", [1.0 / math.sqrt(len(names))])[0]) if names else {}


def without_text(event: Event) -> Event:
    """Return feedback with the numbers of its words in place of its text; others as they are.

    >>> without_text(Event("1", "crm", FEEDBACK, 0.0, "c-1", {"text": "good"})).data
    {'words': [3730]}
    """
    if event.type != FEEDBACK or "text" not in event.data:
        return event
    data = {name: value for name, value in event.data.items() if name != "text"}
    return replace(event, data=data | {"words": codes(event.data["text"])})


def _words(text: str) -> list[str]:
    found: list[str] = []
    for word in _WORD.findall(text.replace("\u0451", "\u0435")):
        if _UNSPACED.search(word) and len(word) > _PAIR:
            found += [word[i : i + _PAIR] for i in range(len(word) - 1)]
        else:
            found.append(word)
        if len(found) >= MAX_WORDS:
            return found[:MAX_WORDS]
    return found
