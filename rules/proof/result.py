"""What the proof says about a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rules.proof.intervals import Share

NO_CAUSAL_CLAIM: Final = "replayed history: no causal claim"
"""Nobody was treated, so nothing here says what an action would have changed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Firings beside comparable moments.

    Parameters
    ----------
    fired
        Firings, censored ones included.
    called
        Of the firings whose 24 h the log holds: how many customers called anyway.
    comparable
        The same of comparable moments for which the rule stayed silent.
    rate
        What `comparable` comes to if weighted as the firings are over bands and kinds of trigger;
        ``None`` where nobody is comparable.
    ratio
        Called anyway over `rate`, on those firings that have anybody to be compared with;
        ``None`` where nobody is comparable or no comparable one called.
    """

    fired: int
    called: Share
    comparable: Share
    rate: float | None
    ratio: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "fired": self.fired,
            "judged": self.called.n,
            "called_anyway": self.called.hits,
            "called_anyway_rate": self.called.rate,
            "called_anyway_interval": self.called.interval,
            "comparable": self.comparable.n,
            "comparable_called": self.comparable.hits,
            "comparable_interval": self.comparable.interval,
            "comparable_rate": self.rate,
            "ratio": self.ratio,
        }


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What became of a rule's candidates.

    Parameters
    ----------
    rule
        Its id.
    candidates
        Reason -> how many ended so, in the order of their names.
    total
        All firings; the comparable rate is standardised to their bands.
    censored
        Firings whose 24 h the log does not hold: fired = judged + censored.
    bands
        Band of earlier contacts -> the same for its firings only.
    delay_s
        How long after its trigger the rule acts, seconds; so does the clock of comparable ones.
    lead_time_s
        Median time from firing to ask, of judged firings whose customer called anyway.
    late
        Firings at which the customer was already asking.
    most_per_customer
        Firings of the customer who had most.
    outside_hours
        Firings at which the acting team was closed.
    """

    rule: str
    candidates: Mapping[str, int]
    total: Comparison
    censored: int
    bands: Mapping[str, Comparison]
    delay_s: float
    lead_time_s: float | None
    late: int
    most_per_customer: int
    outside_hours: int

    @property
    def late_share(self) -> float | None:
        """Late firings over all."""
        return Share(self.late, self.total.fired).rate

    @property
    def outside_share(self) -> float | None:
        """Firings outside opening hours over all."""
        return Share(self.outside_hours, self.total.fired).rate

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values; rates are ``None`` where there is nothing to say."""
        return {
            "note": NO_CAUSAL_CLAIM,
            "candidates": dict(self.candidates),
            **self.total.as_json(),
            "censored": self.censored,
            "median_lead_time_s": self.lead_time_s,
            "late_fires": self.late,
            "late_share": self.late_share,
            "max_per_customer": self.most_per_customer,
            "outside_opening_hours": self.outside_hours,
            "outside_opening_hours_share": self.outside_share,
            "delay_s": self.delay_s,
            "bands": {band: comparison.as_json() for band, comparison in self.bands.items()},
        }
