"""Why a candidate ended as it did: a closed list, exactly one for each."""

from typing import Final, Literal, get_args

Reason = Literal[
    "sent",
    "ghost",
    "shadow",
    "no_consent",
    "suppressed_contact",
    "already_asked",
    "open_complaint",
    "cooldown",
    "quiet",
    "cap",
    "capacity",
    "lost_arbitration",
    "stale",
    "duplicate",
    "brake",
    "missing_fact",
    "unapproved",
    "error",
]

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
