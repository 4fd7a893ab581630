"""Not too many actions to one customer, however many rules want to."""

from dataclasses import dataclass

from rules.gates.config import GatesConfig
from rules.gates.gate import Candidate
from rules.gates.memory import MAX_SENDS
from rules.gates.window import Window, parse_window
from rules.reason import Reason


@dataclass(frozen=True, slots=True)
class _Cap:
    id: str
    class_: str
    channel: str
    max: int
    window: Window

    def counts(self, class_: str, channel: str) -> bool:
        return self.class_ in {"*", class_} and self.channel in {"*", channel}


class Caps:
    """Holds back what would be one too many in the window of any cap that counts it.

    Counted at reservation, so what was let through counts whether or not it arrived. A customer's
    time never runs backwards here, so the count is exact under any order of candidates. What is
    remembered of a customer is a cap of its own: 32 sends that still matter.
    """

    name = "cap"
    reason: Reason = "cap"

    def __init__(self, config: GatesConfig) -> None:
        self._caps = [
            _Cap(cap.id, cap.class_, cap.channel, cap.max, parse_window(cap.window))
            for cap in config.caps
        ]

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether no cap is used up."""
        step, at = candidate.step, candidate.at
        sends = candidate.memory.sends(shadow=candidate.shadow)
        remembered = sum(send.shadow == candidate.shadow for send in sends)
        if remembered >= MAX_SENDS:
            return False, f"memory: {remembered} of {MAX_SENDS}"
        details = []
        for cap in self._caps:
            if not cap.counts(step.class_, step.channel):
                continue
            used = sum(
                cap.counts(send.class_, send.channel)
                and cap.window.holds(send.at, at, candidate.zone)
                for send in sends
            )
            detail = f"{cap.id}: {used} of {cap.max} in {cap.window.text}"
            if used >= cap.max:
                return False, detail
            details.append(detail)
        return True, "; ".join(details) or "no cap counts this"
