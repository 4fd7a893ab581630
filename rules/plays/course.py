"""The steps of one rule made ready: which events they wait for, and what is done at each."""

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.action import action_id
from rules.fused import Check, fuse_check
from rules.language.text import format_seconds
from rules.language.vocabulary import Vocabulary
from rules.match import Match
from rules.matching import Matcher
from rules.plan import Plan, step_condition
from rules.playbook.models import Rule
from rules.playbook.steps import Step, Wait, WaitFor
from rules.plays.place import Place
from rules.plays.state import SHAPE_LETTERS, Running, running_bytes
from rules.temporal.absence import CATCH_UP_S, CATCH_UP_SHARE
from rules.temporal.happened import keeps, told
from rules.temporal.state import digest

Scores = Mapping[str, float | str]


class Course:
    """What the plays of one rule go through.

    Attributes
    ----------
    shape
        A digest of the steps, of what ends the play, and of what is kept: a play of another
        shape cannot go on.
    """

    def __init__(
        self, plan: Plan, matcher: Matcher, vocabulary: Vocabulary, zone: ZoneInfo
    ) -> None:
        self._plan = plan
        self._matcher = matcher
        self._vocabulary = vocabulary
        self._zone = zone
        rule = plan.rule
        self.rule: Rule = rule
        later = plan.tree.shown_later()
        self._keeps = keeps([*later, "event.topic"])
        steps = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        what = digest("p", rule.id, steps["then"], steps.get("until"), list(later))
        self.shape = what[:SHAPE_LETTERS]
        self._checks: dict[int, Check] = {}

    def begin(self, match: Match, at: float) -> Running:
        """Return the play that begins with a match whose action was decided at a time."""
        tables = (told(match.facts, space) for space in ("score.", "signal."))
        happened = self._keeps.of(match.event, *tables)
        about = match.occurrence
        return Running(self.rule.id, self.shape, 0, at, at, False, at, about, happened)

    def awaits(
        self, play: Running, event: Event, customer: Customer, scores: Scores, signals: Scores
    ) -> bool:
        """Return whether an event is what a play waits for, and in time."""
        step = self.rule.then[play.index]
        if not isinstance(step, WaitFor) or step.wait_for != event.type:
            return False
        if not play.since <= event.at <= play.deadline or not self.concerns(play, event):
            return False
        if step.if_ is None:
            return True
        check = self._check(play.index)
        return check(event, customer, scores, signals, customer.rules, event.at)

    def concerns(self, play: Running, event: Event) -> bool:
        """Return whether an event that names an action names one of this play."""
        named = event.data.get("action_id")
        if not isinstance(named, str) or not named:
            return True
        return any(
            named == str(self._action_id(play.occurrence, event.customer, number))
            for number, _, _ in self.rule.actions()
        )

    def wait_s(self, index: int) -> float:
        """Return how long a step waits; 0 for one that does something."""
        step = self.rule.then[index]
        if isinstance(step, WaitFor):
            return step.within_s
        return step.wait_s if isinstance(step, Wait) else 0.0

    def is_overdue(self, play: Running, now: float) -> bool:
        """Return whether it is too late for what follows, because time stood still."""
        wait_s = self.wait_s(play.index)
        share_s = CATCH_UP_S if play.is_held else CATCH_UP_SHARE * wait_s
        return now - play.deadline >= min(share_s, CATCH_UP_S)

    def match(
        self,
        play: Running,
        step: Step,
        customer: Customer,
        at: float,
        *,
        is_last: bool = False,
        came: Event | None = None,
    ) -> Match:
        """Return the match of a step that is due.

        Parameters
        ----------
        came
            The event that was waited for; ``None`` when time alone has passed.
        """
        place = Place(
            id=str(self._action_id(play.occurrence, customer.id, 1)),
            number=play.index + 1,
            of=len(self.rule.then),
            step=step,
            is_last=is_last,
        )
        happened = play.happened
        event = happened.event(self._plan.tree.trigger, customer.id)
        told = [(self._told(play.index if is_last else play.index - 1, is_last, came), True)]
        return self._matcher.follow(
            event, customer, happened.scores, happened.signals, at, play.occurrence, place, told
        )

    def bytes(self, text: int) -> int:
        """Return the most bytes that a play takes packed.

        Parameters
        ----------
        text
            Characters of the longest id or text of an event.
        """
        return running_bytes(self.rule.id, text, self._plan.kept_bytes(self._keeps, text))

    def _told(self, index: int, in_vain: bool, came: Event | None) -> str:
        """Return in words what made a step due: how the one before it ended."""
        step = self.rule.then[index]
        if isinstance(step, WaitFor):
            condition = f" if {' '.join(step.if_.split())}" if step.if_ else ""
            within = format_seconds(step.within_s)
            if in_vain:
                return f"no {step.wait_for}{condition} within {within}"
            return f"{step.wait_for}{condition} within {within}"
        if isinstance(step, Wait):
            return f"{format_seconds(step.wait_s)} have passed"
        return f"step {index + 1} was decided"

    def _action_id(self, occurrence: str, customer: str, number: int) -> UUID:
        return action_id(self.rule.experiment_id, customer, occurrence, number)

    def _check(self, index: int) -> Check:
        """Return what judges the event that a step waits for; made when it is needed first."""
        if index not in self._checks:
            step = self.rule.then[index]
            event_type = step.wait_for if isinstance(step, WaitFor) else ""
            node = self._plan.tree.waits[index]
            condition = step_condition(event_type, node, self._vocabulary)
            self._checks[index] = fuse_check(condition, self._vocabulary, self._zone)
        return self._checks[index]
