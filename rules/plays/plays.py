"""What an event, a timer and a decision do to the plays of a customer.

A play begins when the first action of its rule goes out. An event moves on the plays that wait for
it, or ends those whose outcome it is; a contact about the same ends them too. An event counts as
it arrives, if its time is within the wait, both ends included; so what comes late is in time as
long as the wait is not over, and what is known is never passed over because it came early.

Each action of a play is a match like any other, decided with all gates. What a gate holds back is
skipped and the play goes on, but for a customer who does not want it: then it ends. What quiet or
opening hours hold back waits for their end, and passes all gates again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from detectors.customer import Customer
from detectors.event import Event
from rules.language.vocabulary import Vocabulary
from rules.match import Match
from rules.matching import Matcher
from rules.plan import Plan
from rules.playbook.models import Playbook
from rules.playbook.steps import Step, Wait
from rules.plays.asks import is_ask
from rules.plays.course import Course, Scores
from rules.plays.place import Place
from rules.plays.state import MAX_PLAYS, PLAYS, Running, first_due, keep, running
from rules.plays.tally import Stopped, Tally
from rules.reason import Reason
from rules.temporal.state import USUAL_TEXT


class Ended(Protocol):
    """How a candidate ended."""

    @property
    def match(self) -> Match:
        """What had matched."""

    @property
    def at(self) -> float:
        """When it was decided, event time."""

    @property
    def reason(self) -> Reason:
        """How it ended."""

    @property
    def release_at(self) -> float | None:
        """When it may be tried again, event time; ``None`` for never."""


EndedT = TypeVar("EndedT", bound=Ended)


class Plays:
    """The plays of a playbook. Keeps nothing of a customer.

    Parameters
    ----------
    plans
        Of the rules that run.
    matchers
        Rule -> what makes its matches.
    """

    def __init__(
        self,
        playbook: Playbook,
        plans: Iterable[Plan],
        matchers: Mapping[str, Matcher],
        vocabulary: Vocabulary,
    ) -> None:
        zone = ZoneInfo(playbook.time_zone)
        of_rules = {plan.rule.id: plan for plan in plans}
        self._courses = {
            rule: Course(plan, matchers[rule], vocabulary, zone)
            for rule, plan in of_rules.items()
            if len(plan.rule.then) > 1
        }
        self._rules = frozenset(of_rules)
        self._topics = frozenset(rule.topic for rule in playbook.rules)

    def observe(
        self, event: Event, customer: Customer, scores: Scores, signals: Scores, tally: Tally
    ) -> list[Match]:
        """Take an event, after the customer was updated with it; return the actions now due."""
        if PLAYS not in customer.rules:
            return []
        left: list[Running] = []
        due: list[Match] = []
        for play in running(customer.rules):
            course = self._course(play, tally)
            if course is None:
                continue
            if course.awaits(play, event, customer, scores, signals):
                is_last = play.index == len(course.rule.then) - 1
                if event.type in course.rule.until and not is_last:
                    tally.stop(play.rule, "outcome")
                    continue
                match = self._enter(course, play, customer, play.index + 1, event.at, event, tally)
                due += [match] if match is not None else []
            elif reason := self._end(course, play, event):
                tally.stop(play.rule, reason)
                continue
            if play.index < len(course.rule.then):
                left.append(play)
        keep(customer.rules, left)
        return due

    def due(
        self, customer: Customer, until: float, tally: Tally, *, now: float | None = None
    ) -> list[Match]:
        """Return the actions that are due because waits are over, deadlines before `until`.

        Parameters
        ----------
        now
            How far time has really come: what is overdue then is not done, and its play ends.
            Without it everything is done.
        """
        due: list[Match] = []
        while first_due(customer.rules) < until:
            plays = running(customer.rules)
            play = min(plays, key=lambda each: (each.deadline, *each.order))
            course = self._course(play, tally)
            match = None if course is None else self._expire(course, play, customer, tally, now)
            is_over = course is None or play.index >= len(course.rule.then)
            keep(customer.rules, [each for each in plays if each is not play or not is_over])
            due += [match] if match is not None else []
        return due

    def next_deadline(self, customer: Customer) -> float:
        """Return when `due` has something to do, infinite for never."""
        return first_due(customer.rules) if PLAYS in customer.rules else inf

    def decide(
        self,
        customer: Customer,
        matches: Sequence[Match],
        decide: Callable[[Customer, Sequence[Match]], list[EndedT]],
        tally: Tally,
    ) -> list[EndedT]:
        """Return what is decided on matches, and on the steps that follow from it at once."""
        decided = decide(customer, matches)
        found = list(decided)
        while following := self._following(customer, decided, tally):
            decided = decide(customer, following)
            found += decided
        return found

    def bytes(self, rule: str | None = None, text: int = USUAL_TEXT) -> int:
        """Return the most bytes that the plays of a customer take packed, or those of a rule.

        Parameters
        ----------
        text
            Characters of the longest id or text of an event.
        """
        courses = self._courses.values() if rule is None else [self._courses.get(rule)]
        return MAX_PLAYS * max((course.bytes(text) for course in courses if course), default=0)

    def _following(self, customer: Customer, decided: Iterable[Ended], tally: Tally) -> list[Match]:
        found = []
        for end in decided:
            place = end.match.play
            if place is None:
                continue
            if place.is_later:
                match = self._go_on(customer, end, place, tally)
            else:
                match = self._begin(customer, end, tally)
            if match is not None:
                found.append(match)
        return found

    def _begin(self, customer: Customer, end: Ended, tally: Tally) -> Match | None:
        course = self._courses.get(end.match.rule.id)
        if course is None or end.reason != "sent":
            return None
        plays = running(customer.rules)
        play = course.begin(end.match, end.at)
        if any(each.order[:2] == play.order[:2] for each in plays):
            return None  # it is under way
        if len(plays) == MAX_PLAYS:
            oldest = min(plays, key=lambda each: (each.began, *each.order))
            plays.remove(oldest)
            tally.stop(oldest.rule, "crowded")
        tally.play("started", play.rule)
        match = self._enter(course, play, customer, 1, end.at, None, tally)
        keep(customer.rules, [*plays, play])
        return match

    def _go_on(self, customer: Customer, end: Ended, place: Place, tally: Tally) -> Match | None:
        """Move a play on whose action was decided."""
        course = self._courses.get(end.match.rule.id)
        plays = running(customer.rules)
        about = (end.match.rule.id, end.match.occurrence)
        play = next((each for each in plays if each.order[:2] == about), None)
        if course is None or play is None:
            return None
        if end.release_at is not None:
            play.deadline, play.is_held = end.release_at, True
            keep(customer.rules, plays)
            return None
        if end.reason != "sent":
            tally.step("skipped", play.rule, place.number)
        match = None
        if end.reason == "no_consent":
            tally.stop(play.rule, "no_consent")
        elif place.is_last:
            tally.stop(play.rule, "in_vain")
        else:
            match = self._enter(course, play, customer, play.index + 1, end.at, None, tally)
            if play.index < len(course.rule.then):
                keep(customer.rules, plays)
                return match
        keep(customer.rules, [each for each in plays if each is not play])
        return match

    def _enter(
        self,
        course: Course,
        play: Running,
        customer: Customer,
        index: int,
        at: float,
        came: Event | None,
        tally: Tally,
    ) -> Match | None:
        """Let a play come to a step; return its action if it has one."""
        steps = course.rule.then
        play.index, play.since, play.is_held = index, at, False
        if index == len(steps):
            tally.play("finished", play.rule)
            return None
        step = steps[index]
        if isinstance(step, Step):
            play.deadline = inf
            return course.match(play, step, customer, at, came=came)
        play.deadline = at + course.wait_s(index)
        return None

    def _expire(
        self, course: Course, play: Running, customer: Customer, tally: Tally, now: float | None
    ) -> Match | None:
        """Let the wait of a play be over."""
        at, step = play.deadline, course.rule.then[play.index]
        over = len(course.rule.then)
        if now is not None and course.is_overdue(play, now):
            tally.stop(play.rule, "overdue")
            play.index = over
            return None
        if isinstance(step, Step):
            return self._enter(course, play, customer, play.index, at, None, tally)
        if isinstance(step, Wait):
            return self._enter(course, play, customer, play.index + 1, at, None, tally)
        if not play.is_held:
            tally.step("late", play.rule, play.index + 1)
        if isinstance(step.else_, Step):
            play.deadline = inf
            return course.match(play, step.else_, customer, at, is_last=True)
        tally.stop(play.rule, "in_vain")
        play.index = over
        return None

    def _end(self, course: Course, play: Running, event: Event) -> Stopped | None:
        """Return why an event ends a play, if it does."""
        if event.at < play.began:
            return None
        if event.type in course.rule.until and course.concerns(play, event):
            return "outcome"
        asks = is_ask(event, course.rule, play.happened, self._topics)
        return "asked" if asks else None

    def _course(self, play: Running, tally: Tally) -> Course | None:
        """Return what a play goes through; nothing when its rule or its steps are gone."""
        course = self._courses.get(play.rule)
        if course is not None and course.shape == play.shape:
            return course
        tally.stop(play.rule, "changed" if play.rule in self._rules else "retired")
        return None
