"""How much one occurrence of each kind of friction weighs before anything is learnt, in points."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from detectors.effort import Points

FIRST_POINTS: Final[Points] = MappingProxyType(
    {
        "rage_click": 4.0,
        "dead_click": 2.0,
        "error_click": 4.0,
        "app_error": 5.0,
        "cursor_thrash": 2.0,
        "excessive_scroll": 1.0,
        "page_loop": 2.0,
        "quick_back": 1.0,
        "form_abandonment": 3.0,
        "form_loop": 2.0,
        "search_without_result": 2.0,
        "login_failure": 2.0,
        "payment_failure": 4.0,
        "delivery_delay": 4.0,
        "promise_at_risk": 5.0,
        "repeat_contact": 4.0,
        "transfer": 4.0,
        "hold": 2.0,
        "queue_wait": 2.0,
        "abandonment": 4.0,
        "callback_not_kept": 5.0,
        "channel_switch": 4.0,
        "web_to_call": 4.0,
        "ivr_loop": 3.0,
        "zero_out": 2.0,
        "long_silence": 1.0,
        "negative_sentiment": 4.0,
        "negative_feedback": 4.0,
        "case_reopened": 5.0,
    }
)
"""Points of one occurrence before anything is learnt.

Error 5, rage 4, error click 4 and dead click 2 are published [1]_. The others are set beside them
by hand: what drives effort in service weighs as much as an error (contacting again, being passed
on, changing the channel, telling it twice [2]_), what is only a nuisance 1 to 3.

.. [1] netaj.io, "Frustration scoring".
.. [2] CEB, "The Effortless Experience": 96 % of those with high effort become less loyal, 9 % of
   those with low effort.
"""
MEDIUM: Final = 6.0
HIGH: Final = 15.0
"""Points from which friction is medium, and high [1]_.

.. [1] netaj.io, "Frustration scoring".
"""
FIRST: Final[Mapping[str, Points]] = MappingProxyType(
    {"friction": FIRST_POINTS, "effort": FIRST_POINTS}
)
"""The first points of both sums."""
