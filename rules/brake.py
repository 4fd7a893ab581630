"""Takes a rule out of service that customers resent, by what all partitions have counted.

One partition adds up the tallies of all of them and decides; what it decides comes back through the
log to every partition, so each one brakes and releases exactly where the record stands.
"""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any, Final

from detectors.contacts import text
from detectors.event import Event
from rules.playbook.models import Limits
from rules.proof.intervals import Share
from rules.proof.sequential import Sample, difference_interval, share_interval
from rules.reactions import SOURCE, TALLY, Counts

BRAKE: Final = "control.brake"
RELEASE: Final = "control.release"
ALPHA: Final = 0.01
"""Of 100 rules that keep their limit of opt-outs, one at most is braked, ever."""

MIN_SENT: Final = 50
"""Actions before opt-outs are judged: after a release, those of earlier actions still come in."""


class Brake:
    """The rules that are braked, and in one partition the sums that decide about it.

    Parameters
    ----------
    decides
        Whether this partition is the one that adds up.
    """

    def __init__(self, *, decides: bool) -> None:
        self._decides = decides
        self._limits = Limits()
        self._braked: dict[str, str] = {}  # rule -> why
        self._sums: dict[str, Counts] = {}
        self._asked: dict[str, None] = {}  # braking is on its way through the log
        self._brakings = 0

    def adopt(self, limits: Limits) -> None:
        """Hold rules to the limits of a playbook from here on."""
        self._limits = limits

    def why(self, rule: str) -> str | None:
        """Return why a rule is braked; ``None`` if it is not."""
        return self._braked.get(rule)

    @property
    def braked(self) -> Mapping[str, str]:
        """Rule -> why it is braked."""
        return self._braked

    def take(self, event: Event) -> list[Event]:
        """Take a control record; return the records that it leads to, for every partition."""
        rule = text(event.data.get("rule"))
        if event.type in {BRAKE, RELEASE}:
            self._asked.pop(rule, None)
        if event.type == BRAKE:
            self._braked[rule] = text(event.data.get("reason"))
        elif event.type == RELEASE:
            self._braked.pop(rule, None)
            self._sums.pop(rule, None)  # what was held against it is over
        elif event.type == TALLY and self._decides:
            return self._add(event)
        return []

    def _add(self, event: Event) -> list[Event]:
        rule = text(event.data.get("rule"))
        sums = self._sums.setdefault(rule, Counts())
        sums.add(event.data)
        if rule in self._braked or rule in self._asked:
            return []
        if (reason := resented(sums, self._limits)) is None:
            return []
        self._asked[rule] = None
        self._brakings += 1
        data = {"rule": rule, "reason": reason}
        return [Event(f"brake-{self._brakings}", SOURCE, BRAKE, event.at, data=data)]

    def snapshot(self) -> dict[str, Any] | None:
        """Return the state as plain values in a fixed order; nothing while there is none."""
        if not (self._braked or self._sums or self._brakings):
            return None
        return {
            "braked": [[rule, self._braked[rule]] for rule in sorted(self._braked)],
            "sums": {rule: list(astuple(self._sums[rule])) for rule in sorted(self._sums)},
            "asked": sorted(self._asked),
            "brakings": self._brakings,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what `snapshot` returned."""
        self._braked = dict(state["braked"])
        self._sums = {rule: Counts(*counts) for rule, counts in state["sums"].items()}
        self._asked = dict.fromkeys(state["asked"])
        self._brakings = state["brakings"]


def resented(counts: Counts, limits: Limits) -> str | None:
    """Return by what a rule breaks its limits for certain, however often it is looked at.

    >>> resented(Counts(sent=1000, opted_out=60), Limits())
    'opt-outs: 60 of 1000 actions, 3.4 % at least, limit 2 %'
    >>> resented(Counts(sent=10, opted_out=1), Limits()) is None
    True
    """
    opted_out = Share(min(counts.opted_out, counts.sent), counts.sent)
    interval = share_interval(opted_out, ALPHA)
    if interval is not None and opted_out.n >= MIN_SENT:
        least = 100.0 * interval[0]
        if least > limits.opt_outs:
            return (
                f"opt-outs: {opted_out.hits} of {opted_out.n} actions, {least:.1f} % at least, "
                f"limit {limits.opt_outs:g} %"
            )
    sent = Share(min(counts.sent_contacts, counts.sent), counts.sent)
    ghosts = Share(min(counts.ghost_contacts, counts.ghosts), counts.ghosts)
    more = difference_interval(Sample.of_share(sent), Sample.of_share(ghosts))
    if more is not None and 100.0 * more[0] > limits.echo_contacts:
        return (
            f"echo contacts: {100.0 * more[0]:.1f} percentage points at least above those who are "
            f"held out, limit {limits.echo_contacts:g}"
        )
    return None
