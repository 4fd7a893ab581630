"""The recorded month with its answers shuffled: who hangs up has nothing to do with anything."""

import random

OUTCOME, SERVICE_BEGIN, SERVICE_END, SERVER = 12, 13, 14, 16
QUEUE_TIME, QUEUE_EXIT, KIND = 11, 10, 4
DAY_S = 86_400
RETURNED = b"TT"


def shuffled(rows: bytes, seed: int) -> bytes:
    """Return the rows with the outcomes of all waits dealt anew among those who waited.

    A call keeps its caller, its times and its wait; whether it was answered then, how long the
    service took and by whom is that of another call. Calls that the bank made are left alone.
    """
    header, *lines = rows.splitlines(keepends=True)
    calls = [line.rstrip(b"\r\n").split(b"\t") for line in lines]
    waited = [
        call
        for call in calls
        if call[QUEUE_TIME] != b"0" and call[KIND] != RETURNED and call[OUTCOME] != b"PHANTOM"
    ]
    ends = [(call[OUTCOME], _seconds(call[15]), call[SERVER]) for call in waited]
    random.Random(seed).shuffle(ends)
    for call, (outcome, service_s, server) in zip(waited, ends, strict=True):
        begin = _at(call[QUEUE_EXIT]) if outcome == b"AGENT" else 0
        took = service_s if outcome == b"AGENT" else 0
        call[OUTCOME:] = [
            outcome, _time(begin), _time(begin + took), b"%d" % took, server,
        ]  # fmt: skip
    return header + b"".join(b"\t".join(call) + b"\r\n" for call in calls)


def _seconds(text: bytes) -> int:
    return max(0, int(text))


def _at(time: bytes) -> int:
    hours, minutes, seconds = map(int, time.split(b":"))
    return hours * 3600 + minutes * 60 + seconds


def _time(at: int) -> bytes:
    at %= DAY_S
    return b"%d:%02d:%02d" % (at // 3600, at // 60 % 60, at % 60)
