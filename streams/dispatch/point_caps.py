"""How often one contact point may be reached, whoever its customers are."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rules.gates.window import parse_window


@dataclass(frozen=True, slots=True)
class PointCap:
    """At most `max` actions in any stretch of `window_s` seconds of decision time.

    Parameters
    ----------
    id
        Names the cap in the playbook; actions that carry the same id are counted together.
    window
        Its length as written.
    """

    id: str
    max: int
    window: str
    window_s: float


def read_point_caps(found: object) -> tuple[PointCap, ...]:
    """Return the caps that an action carries.

    Raises
    ------
    ValueError
        When they cannot be read.

    Examples
    --------
    >>> read_point_caps([{"id": "two-a-day", "max": 2, "window": "1d"}])
    (PointCap(id='two-a-day', max=2, window='1d', window_s=86400.0),)
    >>> read_point_caps(None)
    ()
    """
    return tuple(_cap(each) for each in _listed(found))


class PointCaps:
    """The actions of one partition that count, by contact point.

    An action counts from when it is read, and no more once it certainly did not get there. Times
    are those of the decisions: the order in which actions of different customers are read does
    not change which stretches are full.
    """

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str], list[tuple[float, str]]] = {}

    def exceeded(self, point: str, caps: Iterable[PointCap], at: float) -> PointCap | None:
        """Return the first cap that one more action at this time would exceed."""
        return next((cap for cap in caps if self._is_full(point, cap, at)), None)

    def add(self, point: str, caps: Iterable[PointCap], at: float, action_id: str) -> None:
        """Count an action."""
        for cap in caps:
            insort(self._counted.setdefault((point, cap.id), []), (at, action_id))

    def remove(self, point: str, caps: Iterable[PointCap], at: float, action_id: str) -> None:
        """Count an action no more, if it was counted."""
        for cap in caps:
            counted = self._counted.get((point, cap.id), [])
            place = bisect_left(counted, (at, action_id))
            if counted[place : place + 1] == [(at, action_id)]:
                del counted[place]
                if not counted:
                    del self._counted[point, cap.id]

    def _is_full(self, point: str, cap: PointCap, at: float) -> bool:
        # Each stretch (end - window, end] that would hold the new one: it may lie between others.
        counted = self._counted.get((point, cap.id), [])
        times = [time for time, _ in counted if abs(time - at) < cap.window_s]
        for end in (at, *(time for time in times if time > at)):
            first = bisect_right(times, end - cap.window_s)
            if bisect_right(times, end) - first >= cap.max:
                return True
        return False


def _listed(found: object) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list):
        msg = f"point_caps must be a list; got {type(found).__name__}"
        raise ValueError(msg)
    return found


def _cap(found: object) -> PointCap:
    match found:
        case {"id": str(id_), "max": int(most), "window": str(text)} if most >= 1:
            window = parse_window(text)
            if window.kind == "rolling":
                return PointCap(id_, most, text, window.length_s)
    msg = (
        "each of point_caps must have an id, a max of at least 1 and a rolling window such as "
        "'1d'; got another form"
    )
    raise ValueError(msg)
