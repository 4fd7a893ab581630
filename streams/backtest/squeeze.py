"""Leave out of a log what cannot matter to a backtest.

Switches of playbooks go: the playbook under test holds from the start.

States of the queues stand in every partition, several for each contact of one. Between two other
records only the newest of each queue can be read, so the older ones change nothing:

::

    state, 3 wait | state, 4 wait | progress | state, 5 wait | contact.queued
    left out        stays           stays      stays           stays
"""

from collections.abc import Iterable, Iterator

import orjson

_START = b'{"specversion":"1.0","id":'
_TYPE = b'"type":"'
_STATE = b"queue.state"
_SWITCH = b"control.playbook"
_SUBJECT = b'"subject":'  # in every record of a customer


def squeeze(values: Iterable[bytes], *, all_states: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, record) of what can matter.

    The first state of every queue stays: with it begins what a partition knows of the queue.

    Parameters
    ----------
    all_states
        Whether every state matters: it does where rules follow callers while they wait.
    """
    seen: set[str] = set()
    waiting: dict[str, tuple[int, bytes]] = {}
    for offset, value in enumerate(values):
        kind = _broadcast_type(value)
        if kind == _SWITCH:
            continue
        queue = _queue_of(value) if kind == _STATE and not all_states else None
        if queue is None:
            yield from waiting.values()
            waiting.clear()
            yield offset, value
        elif queue in seen:
            waiting.pop(queue, None)  # the newer one stands where it was written
            waiting[queue] = (offset, value)
        else:
            seen.add(queue)
            yield from waiting.values()
            waiting.clear()
            yield offset, value
    yield from waiting.values()


def concerns_all(value: bytes) -> bool:
    """Return whether a record concerns everybody; only of one that is written as we write it."""
    return value.startswith(_START) and _SUBJECT not in value


def is_state(value: bytes) -> bool:
    """Return whether a record is the state of a queue; only of one that is written as we do."""
    return _broadcast_type(value) == _STATE


def _broadcast_type(value: bytes) -> bytes:
    if not concerns_all(value):
        return b""
    # Quotes inside of texts are escaped, so the first such mark is the event's own type.
    at = value.find(_TYPE) + len(_TYPE)
    return value[at : value.find(b'"', at)]


def _queue_of(value: bytes) -> str | None:
    try:
        queue = orjson.loads(value)["data"].get("queue")
    except (ValueError, KeyError, AttributeError):
        return None
    return queue if isinstance(queue, str) else None
