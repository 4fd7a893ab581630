"""Plain values as YAML on one line; the layout breaks what is too long."""

from collections.abc import Mapping
from typing import Any

from rules.playbook.layout.scalars import written


def flow(value: Any) -> str:
    """Return a value in brackets, or as a scalar.

    >>> flow({"at": "0s", "wait_s": 11.0, "topic": "a, b", "given": [True, 0.5]})
    '{at: 0s, wait_s: 11, topic: "a, b", given: [true, 0.5]}'
    """
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:  # noqa: PLR2004
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    return written(str(value), flow=True)


def exact_duration(seconds: float) -> str:
    """Return a duration as it is written, to the microsecond.

    >>> [exact_duration(s) for s in (90, 900, 90061.25, 86400, 0)]
    ['90s', '15m', '90061.25s', '24h', '0s']
    """
    micro = round(seconds * 1_000_000)
    for unit, size in (("h", 3_600_000_000), ("m", 60_000_000)):
        if micro and micro % size == 0:
            return f"{micro // size}{unit}"
    whole, part = divmod(micro, 1_000_000)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".") + "s"
