"""Where a customer's clock hangs."""

from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from detectors.contact_points import ContactPoints
from detectors.customer import Customer

DEFAULT: Final = "playbook"
"""Source of a zone that nobody told."""


class Zones:
    """Finds the zones of a customer: as the profile says, the address, the telephone, the playbook.

    A telephone number may lie in several zones, such as one that is free of charge; then what
    must hold by the customer's clock must hold in all of them. A zone that nobody knows is
    passed over.

    Parameters
    ----------
    default
        The playbook's.
    """

    def __init__(self, default: ZoneInfo) -> None:
        self._default = (default,)

    def of(self, customer: Customer, contact_point: str) -> tuple[tuple[ZoneInfo, ...], str]:
        """Return the zones of a customer, and who told: profile, post, phone or playbook.

        Parameters
        ----------
        contact_point
            Where an action would go to: the telephone that counts, where it is one.
        """
        standing, reach = customer.standing, customer.reach
        if standing is not None:
            told = zone_of(str(standing.facts.get("zone", "")))
            if told is not None:
                return (told,), "profile"
        if reach is not None:
            for kind in ("post", "phone"):
                found = _of_points(reach.points, kind, contact_point)
                if found:
                    return found, kind
        return self._default, DEFAULT


def _of_points(points: ContactPoints, kind: str, contact_point: str) -> tuple[ZoneInfo, ...]:
    present = points.present(kind)
    for name, point in sorted(present, key=lambda pair: pair[0] != contact_point):
        told = zone_of(point.zone)
        if told is not None:
            return (told,)
        if kind == "phone" and (found := zones_of_number(name)):
            return found
    return ()


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name; ``None`` where there is none.

    >>> zone_of("Europe/Berlin"), zone_of("Europe/Atlantis"), zone_of("")
    (zoneinfo.ZoneInfo(key='Europe/Berlin'), None, None)
    """
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):
        return None


@lru_cache(maxsize=4096)
def zones_of_number(number: str) -> tuple[ZoneInfo, ...]:
    """Return the zones in which a telephone number may lie, by its country and area [1]_.

    Parameters
    ----------
    number
        International, with its plus sign; nothing is known of others.

    References
    ----------
    .. [1] libphonenumber, "time zone mapper", github.com/google/libphonenumber.

    Examples
    --------
    >>> [zone.key for zone in zones_of_number("+61 8 9123 4567")]
    ['Australia/Adelaide', 'Australia/Perth']
    >>> zones_of_number("08 9123 4567")
    ()
    """
    if not number.startswith("+"):
        return ()
    try:
        names = time_zones_for_number(parse(number))
    except NumberParseException:
        return ()
    found = [zone_of(name) for name in names if name != UNKNOWN_TIMEZONE]
    return tuple(zone for zone in found if zone is not None)
