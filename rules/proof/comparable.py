"""Comparable customers: the same kind of moment, the rule silent, the clock started alike.

::

    firing       trigger --- delay --- fired ------------- 24 h -------------|
    comparable   moment  --- delay --- clock starts ------ 24 h -------------|
                         no contact of either side

Silent means that the rule did not match about that contact. A match that a gate held back is no
silence: the rule had said that this customer would call.
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from rules.proof.aftermath import HORIZON_S
from rules.proof.history import Contact, History, Kind
from rules.proof.intervals import Share


class Band(NamedTuple):
    """Customers who began between `least` and `most` contacts before; both inclusive."""

    name: str
    least: int
    most: float


BANDS: Final = (Band("0-2", 0, 2), Band("3-9", 3, 9), Band("10+", 10, float("inf")))
"""How often somebody calls says most about whether they call again, so like is held to like."""

ANSWERED: Final = Kind("contact.ended", "inbound", "answered")


def band_of(earlier: int) -> str:
    """Return the band of a number of earlier contacts.

    >>> [band_of(n) for n in (0, 2, 3, 9, 10, 500)]
    ['0-2', '0-2', '3-9', '3-9', '10+', '10+']
    """
    return next(band.name for band in BANDS if band.least <= earlier <= band.most)


def like(kind: Kind) -> Kind:
    """Return the kind of moment to compare with: who hung up in the queue, with who got through."""
    return ANSWERED if kind.type == "contact.abandoned" else kind


def asked_anyway(
    history: History, kinds: Iterable[Kind], delay_s: float, matched: Collection[Contact]
) -> dict[tuple[Kind, str], Share]:
    """Return, per kind and band, how many of those for whom the rule stayed silent asked in 24 h.

    Parameters
    ----------
    kinds
        Of the moments to count.
    delay_s
        How long after the moment the clock starts. If positive, only moments count after which no
        contact of either side started within it, as for a rule that waits for that.
    matched
        Contacts on which the rule matched, whatever the gates said; their moments do not count.
    """
    counts: dict[tuple[Kind, str], Share] = {}
    for kind in kinds:
        hits = dict.fromkeys((band.name for band in BANDS), 0)
        total = dict(hits)
        for moment in history.moments(kind):
            clock, past, contact = moment.at + delay_s, moment.past, moment.contact
            if clock + HORIZON_S > history.end or contact in matched:
                continue
            if delay_s > 0 and past.has_contact(moment.at, clock):
                continue
            band = band_of(moment.earlier)
            total[band] += 1
            hits[band] += past.next_ask(clock, contact) <= clock + HORIZON_S
        counts |= {(kind, band): Share(hits[band], total[band]) for band in hits}
    return counts
