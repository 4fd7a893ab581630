"""Which occurrences hold: each makes a rule match once for as long as its condition is true."""

from hashlib import blake2b

from rules.temporal.state import MAX_LATE_S, NUMBER_BYTES, SLOT_BYTES, USUAL_TEXT, State

MAX_OCCURRENCES = 8
"""Occurrences remembered per rule and customer; beyond it the oldest is forgotten."""
HELD_S = 7 * 86400.0
"""So long after the newest of them an occurrence may match again."""
_DIGEST = 6  # 48 bits: two of 8 occurrences are taken for the same once in 10^13 customers


class Occurrences:
    """The occurrences of one rule that hold.

    State is the time of the newest and six bytes of a hash for each.

    Examples
    --------
    >>> occurrences = Occurrences("o")
    >>> state = {}
    >>> occurrences.begin(state, "call-1", 0.0), occurrences.begin(state, "call-1", 1.0)
    (True, False)
    >>> occurrences.end(state, "call-1")
    >>> state
    {}
    """

    def __init__(self, slot: str) -> None:
        self.slot = slot

    def begin(self, state: State, occurrence: str, at: float) -> bool:
        """Return whether the occurrence holds only now."""
        found, held = _hash(occurrence), state.get(self.slot)
        if held is None or at - held[0] >= HELD_S:
            held = (at, b"")
        if _where(held[1], found) >= 0:
            return False
        state[self.slot] = [
            max(held[0], at),
            (held[1] + found)[-_DIGEST * MAX_OCCURRENCES :],
        ]
        return True

    def end(self, state: State, occurrence: str) -> None:
        """Take note that it holds no longer."""
        held = state.get(self.slot)
        if held is None:
            return
        index = _where(held[1], _hash(occurrence))
        if index < 0:
            return
        left = held[1][:index] + held[1][index + _DIGEST :]
        if left:
            held[1] = left
        else:
            del state[self.slot]

    def forget(self, state: State, newest: float) -> None:
        """Drop them when the newest is long over."""
        held = state.get(self.slot)
        if held is not None and held[0] <= newest - HELD_S - MAX_LATE_S:
            del state[self.slot]

    def bytes(self, _text: int = USUAL_TEXT) -> int:
        """Return the most bytes it takes packed."""
        return SLOT_BYTES + 1 + NUMBER_BYTES + 2 + _DIGEST * MAX_OCCURRENCES


def _hash(occurrence: str) -> bytes:
    return blake2b(occurrence.encode(errors="surrogatepass"), digest_size=_DIGEST).digest()


def _where(held: bytes, found: bytes) -> int:
    return next(
        (i for i in range(0, len(held), _DIGEST) if held[i : i + _DIGEST] == found),
        -1,
    )
