"""What became of earlier actions decides whether more of them are welcome."""

from collections.abc import Sequence

from rules.gates.config import GatesConfig, SuppressAfter
from rules.gates.gate import Candidate
from rules.gates.memory import SETTLED, Send
from rules.language.text import format_seconds
from rules.reason import Reason


class Outcomes:
    """Holds back a second action on a topic before the first has an outcome, and what was refused.

    An action without the customer's answer was ignored once ``until_outcome`` is over. Actions
    that never reached the customer are neither ignored nor waited for.
    """

    name = "outcomes"
    reason: Reason = "cooldown"

    def __init__(self, config: GatesConfig) -> None:
        self._until_s = config.until_outcome_s
        self._suppressions = config.suppress_after

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether nothing waits for an answer, and the answers were no refusals."""
        if self._until_s is None and not self._suppressions:
            return True, "outcomes hold nothing back"
        rule, at = candidate.match.rule, candidate.at
        sends = [send for send in candidate.memory.sends(shadow=candidate.shadow) if send.rule]
        if self._until_s is not None:
            own = rule.id if candidate.is_later_step else ""  # a play does not wait for itself
            for send in reversed(sends):
                waits = send.topic == rule.topic and send.outcome not in SETTLED
                if waits and send.rule != own and at < send.at + self._until_s:
                    age = format_seconds(at - send.at)
                    return False, f"{send.rule} of {age} ago has no outcome yet"
        for each in self._suppressions:
            over_at = self._held_until(each, sends, candidate)
            if at < over_at:
                told = f"{each.times} {each.outcome} within {format_seconds(each.within_s)}"
                return False, f"{told}; another {format_seconds(over_at - at)} of rest"
        return True, "no outcome against it"

    def _held_until(
        self, each: SuppressAfter, sends: Sequence[Send], candidate: Candidate
    ) -> float:
        rule, until_s = candidate.match.rule, self._until_s or 0.0
        times = []
        for send in sends:
            if each.per == "topic" and send.topic != rule.topic:
                continue
            if each.per == "rule" and send.rule != rule.id:
                continue
            if each.outcome == "ignored":
                if send.outcome not in SETTLED and send.at + until_s <= candidate.at:
                    times.append(send.at + until_s)
            elif send.outcome == each.outcome:
                times.append(send.outcome_at)
        times.sort()
        ends = [
            last + each.for_s
            for first, last in zip(times, times[each.times - 1 :], strict=False)
            if last - first < each.within_s
        ]
        return max(ends, default=float("-inf"))
