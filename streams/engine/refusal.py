"""A publish that was refused, as the publisher tells the workers, who serve it as a metric.

The publisher is gone when anybody asks, so it leaves a record in the playbooks topic. The record
is under a key of its own: the newest replaces the one before, and no playbook is touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import orjson

REFUSED = b"refused"
"""Key of the record; a playbook's key is a hash."""
SHOWN = 20
"""So many of the complaints are told."""

Reason = Literal["invalid", "tests", "timeout", "error"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Errors in the files; a test failed; checking took too long; the check itself broke."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a playbook was not published.

    Parameters
    ----------
    at
        When, Unix seconds.
    said
        The first complaints, each with its place.
    """

    at: float
    reason: Reason
    said: Sequence[str]

    def pack(self) -> bytes:
        """Return the record's value."""
        return orjson.dumps({"at": self.at, "reason": self.reason, "said": self.said[:SHOWN]})


def read_refusal(value: bytes) -> Refusal | None:
    """Return what `Refusal.pack` wrote; nothing when it is something else."""
    try:
        found = orjson.loads(value)
        at, reason, said = float(found["at"]), found["reason"], found["said"]
    except (ValueError, KeyError, TypeError):
        return None
    if reason not in REASONS or not isinstance(said, list):
        return None
    return Refusal(at, reason, tuple(map(str, said)))
