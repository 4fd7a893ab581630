"""Not too many actions to one customer, however many rules want to."""

from collections.abc import Collection
from dataclasses import dataclass

from rules.action import PointCap
from rules.gates.channels import Channels
from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.memory import MAX_SENDS, UNDELIVERED, Send
from rules.gates.window import Window, parse_window
from rules.playbook.steps import Step
from rules.reason import Reason


@dataclass(frozen=True, slots=True)
class _Cap:
    id: str
    per_point: bool
    class_: str
    channel: str
    names: Collection[str]
    max: int
    window: Window

    def counts(self, of: Step | Send) -> bool:
        if isinstance(of, Send) and of.outcome in UNDELIVERED:
            return False
        if self.class_ not in {"*", of.class_}:
            return False
        if self.channel in {"*", of.channel}:
            return True
        # Other systems name the kind of contact point where the playbook has a channel.
        return isinstance(of, Send) and bool(of.system) and of.channel in self.names


class Caps:
    """Holds back what would be one too many in the window of any cap that counts it.

    Counted at reservation, so what was let through counts from then on, until dispatch says that it
    reached nobody; contacts of other systems count, too. A customer's time never runs backwards
    here, so the count is exact under any order of candidates. What is remembered of a customer is
    a cap of its own: 32 sends that still matter.

    A cap per contact point is counted here for this customer alone; actions carry it with them,
    and dispatch counts it for all customers who share the contact point.
    """

    name = "cap"
    reason: Reason = "cap"

    def __init__(self, config: GatesConfig) -> None:
        channels = Channels(config)
        self._caps = [
            _Cap(
                cap.id,
                cap.scope == "contact_point",
                cap.class_,
                cap.channel,
                channels.names(cap.channel),
                cap.max,
                parse_window(cap.window),
            )
            for cap in config.caps
        ]

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether no cap is used up."""
        at = candidate.at
        if candidate.memory.is_full(shadow=candidate.shadow):
            return False, f"memory: {MAX_SENDS} of {MAX_SENDS}"
        sends = candidate.memory.sends(shadow=candidate.shadow)
        details = []
        for cap in self._caps:
            if not cap.counts(candidate.step):
                continue
            counted = [send for send in sends if cap.counts(send)]
            if cap.per_point:
                point = candidate.contact_point or ""
                counted = [send for send in counted if send.contact_point == point]
            used = max(
                sum(cap.window.holds(send.at, at, zone) for send in counted)
                for zone in candidate.zones
            )
            detail = f"{cap.id}: {used} of {cap.max} in {cap.window.text}"
            if used >= cap.max:
                return False, detail
            details.append(detail)
        return True, "; ".join(details) or "no cap counts this"

    def per_point(self, step: Step) -> tuple[PointCap, ...]:
        """Return the caps that dispatch must keep for the contact point of an action."""
        return tuple(
            PointCap(cap.id, cap.max, cap.window.text)
            for cap in self._caps
            if cap.per_point and cap.counts(step)
        )
