"""The same matter on another channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.customer import Customer
    from detectors.event import Event

WINDOW_S = 86400.0
NOTABLE = 2
STRONG = 3


def channel_switch(
    _event: Event,
    customer: Customer,
    at: float,
    *,
    window_s: float = WINDOW_S,
    notable: int = NOTABLE,
    strong: int = STRONG,
) -> float:
    """Return 0, 0.5 when the newest topic was asked on two channels within 24 h, or 1 on three.

    Contacts and cases count; one without a topic may be about any. Having to change the channel is
    one of the drivers of effort [1]_; the window is an own proposal.

    References
    ----------
    .. [1] CEB, "The Effortless Experience".
    """
    count = customer.contacts.channels(at - window_s, at)
    return 0.0 if count < notable else 0.5 if count < strong else 1.0
