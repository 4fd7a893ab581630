"""The score: a customer who was active will not be so again within the horizon."""

import math
from types import MappingProxyType

from detectors.activity import Activity
from detectors.centre import Centre
from detectors.contacts import DAY_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.learning.labels import HORIZON_S, PendingLabel, subject
from detectors.models.linear import LinearHead
from detectors.models.scored import Scored
from detectors.models.shapes import rounded

FIRST_WEIGHTS = MappingProxyType(
    {
        "active_8w": -0.25,
        "active_13w": -0.25,
        "active_26w": -0.25,
        "idle": 0.5,
        "active_days": -0.1,
    }
)
"""Set by hand, fitted to no data: who was active more often and more lately comes back."""
HALF_IDLE_DAYS = 28.0
"""Days without activity at which the baseline says one half; only its order is judged."""

_FLOOR = 0.02  # of a count before its logarithm: an active day three and a half half-lives ago
_MEAN_GAP_DAYS = 140.0  # assumed of a customer with a single active day, with the weight of one


class SilenceModel:
    """Logistic regression on fading counts of active days and on how long ago the last one was.

    Nobody tells of a silence, so it is scored by a timer: when the count of active days has faded
    to one half, and every quarter of the horizon from then on. The baseline is the days d since
    the last activity, as d / (d + 28).

    The chance of being alive of models of repeat purchase (BG/NBD, Pareto/NBD) is not used: it is
    1 for whoever bought once, and so orders customers the wrong way round.

    Parameters
    ----------
    horizon_s
        How long the silence must last, seconds.
    """

    name = "silence"
    event_types = ("review.due",)
    watched = ("idle", "active_13w")

    __slots__ = ("head", "horizon_s")

    def __init__(
        self,
        learning_rate: float = 0.05,
        caution: float = 1.0,
        horizon_s: float = HORIZON_S["silence"],
    ) -> None:
        self.head = LinearHead(
            0.5, FIRST_WEIGHTS, learning_rate, caution, intercept_learning_rate=0.0005
        )
        self.horizon_s = horizon_s

    def score(self, event: Event, customer: Customer, centre: Centre) -> Scored | None:
        """Return the score of a customer who was ever active; else None."""
        activity = customer.activity
        if activity is None or not activity.days or not customer.identified:
            return None
        x = features(activity, event.at)
        idle_days = max(0.0, event.at - activity.last_at) / DAY_S
        baseline = idle_days / (idle_days + HALF_IDLE_DAYS)
        earlier = customer.contacts.total
        return Scored(self.name, self.head.score(x), baseline, x, earlier, identified=True)

    def open(self, scored: Scored, event: Event) -> PendingLabel | None:
        """Return the label to wait for: silent until shown otherwise."""
        return scored.pending(
            subject(self.name, event.customer, event.at), event.at, self.horizon_s, y=1
        )


def features(activity: Activity, at: float) -> dict[str, float]:
    """Return the inputs, zeros left out: logarithms of counts and of days."""
    eight, thirteen, twenty_six = activity.counts(at)
    idle = max(0.0, at - activity.last_at) / DAY_S
    between = max(0.0, activity.last_at - activity.first_at) / DAY_S
    gap = (between + _MEAN_GAP_DAYS) / activity.days
    return rounded(
        {
            "active_8w": math.log(eight + _FLOOR),
            "active_13w": math.log(thirteen + _FLOOR),
            "active_26w": math.log(twenty_six + _FLOOR),
            "idle": math.log1p(idle) / 2.0,
            "active_days": math.log(activity.days),
            "amount": math.log1p(activity.spent / max(1, activity.orders)) / 2.0,
            "gap": math.log1p(gap) / 2.0,
        }
    )
