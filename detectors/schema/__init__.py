"""Every name that a rule may use about events, scores and signals: the vocabulary, as data."""

from collections.abc import Mapping
from types import MappingProxyType

from detectors.schema.account import ACCOUNT_EVENTS, ACTION_OUTCOMES
from detectors.schema.contact import CONTACT_EVENTS, DIRECTIONS, OUTCOMES, PRIORITIES
from detectors.schema.control import CONTROL_EVENTS
from detectors.schema.delivery import DELIVERY_EVENTS
from detectors.schema.digital import DIGITAL_EVENTS
from detectors.schema.felt import SCORES, SIGNALS
from detectors.schema.money import MONEY_EVENTS
from detectors.schema.name import Fields, Kind, Name
from detectors.schema.reach import REACH_EVENTS
from detectors.schema.service import SCALES, SERVICE_EVENTS
from detectors.schema.work import WORK_EVENTS

__all__ = [
    "ACTION_OUTCOMES",
    "DIRECTIONS",
    "EVENTS",
    "OUTCOMES",
    "PRIORITIES",
    "SCALES",
    "SCORES",
    "SIGNALS",
    "Kind",
    "Name",
]

EVENTS: Mapping[str, Fields] = MappingProxyType(
    {
        **CONTACT_EVENTS,
        **DIGITAL_EVENTS,
        **MONEY_EVENTS,
        **DELIVERY_EVENTS,
        **SERVICE_EVENTS,
        **ACCOUNT_EVENTS,
        **REACH_EVENTS,
        **WORK_EVENTS,
        **CONTROL_EVENTS,
    }
)
"""Event type -> field -> its description."""
