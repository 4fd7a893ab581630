"""What may be the value of a metric's label: closed lists, and names that somebody declared.

No label value comes from data, so no customer and no free text can reach one, and the number of
series is bounded.
"""

import re
from collections.abc import Iterable
from typing import get_args

from rules.holdout import Arm
from rules.playbook.steps import MAX_PLAY_STEPS
from rules.reason import REASONS
from rules.reservation import ALLOWED
from streams.dispatch.outcome import Kind

OTHER = "other"
ROLES = ("normalise", "engine", "dispatch")
TRANSACTION_RESULTS = ("committed", "aborted", "fenced")
POPULATIONS = ("all", "identified", "infrequent")
WINDOWS = ("all", "newer_half")  # of the labels kept, by the time of the score
PARTITION_STATES = ("restoring", "ready", "stopped")
LEVELS = ("1", "2", "3", "4", "5")
DEAD_LETTER_REASONS = (
    "unreadable",  # the bytes are no event and no row
    "invalid_event",  # a CloudEvent that breaks a rule of its envelope
    "invalid_field",  # a known type whose own fields are wrong
    "unknown_source",
    "unknown_type",
    "too_large",
    "time_out_of_range",
    "undeliverable",  # an action that no channel can carry
    "error",  # an exception while it was processed
    OTHER,
)
CANDIDATE_REASONS = (*REASONS, OTHER)
PLAY_STEPS = tuple(str(number) for number in range(2, MAX_PLAY_STEPS + 1))
ARMS = get_args(Arm)
ANSWERS = (ALLOWED, *REASONS, OTHER)
STOP_SCOPES = ("all", "rule", "channel")
DISPATCH_OUTCOMES = (*get_args(Kind), OTHER)

# Begins with a letter, so that no telephone number and no e-mail address is one.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_HASH = re.compile(r"(?:sha256:)?[0-9a-f]{8,64}")


class Names:
    """Names that somebody in charge declared; all others are ``other``."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: set[str] = set()

    def declare(self, names: Iterable[str]) -> None:
        """Let these names be label values; one that is no plain name stays ``other``."""
        self._known.update(name for name in names if _NAME.fullmatch(name))

    def label(self, name: str) -> str:
        """Return the name, or ``other``."""
        return name if name in self._known else OTHER


def name_label(name: str) -> str:
    """Return a playbook's name, or ``other`` if it is no plain name.

    >>> name_label("bank"), name_label("Ms Cohen, +972 3 555 0101")
    ('bank', 'other')
    """
    return name if _NAME.fullmatch(name) else OTHER


def hash_label(digest: str) -> str:
    """Return a hexadecimal digest, or ``other`` if it is none."""
    return digest if _HASH.fullmatch(digest) else OTHER


def partition_label(partition: int) -> str:
    """Return the number of a partition as text."""
    return str(int(partition))


def require(value: str, allowed: tuple[str, ...], name: str) -> None:
    """Raise ValueError unless the value is in a closed list."""
    if value not in allowed:
        msg = f"{name} must be one of {', '.join(allowed)}; got {value!r}"
        raise ValueError(msg)
