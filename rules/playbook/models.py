"""What an author writes in a playbook. Every text is kept as written; units are in the names."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, get_args

import orjson
from pydantic import Field, model_validator

from rules.gates.config import GatesConfig
from rules.playbook.part import Amount, Bool, Duration, Id, Part, Text
from rules.playbook.steps import Step, Then, WaitFor
from rules.playbook.templates import Template
from rules.playbook.written_case import RuleTest

Mode = Literal["draft", "shadow", "canary", "live", "retired"]
FactKind = Literal["count", "since", "last", "sum"]
Force = Literal["fair-treatment", "certainty", "control", "status", "belonging", "enjoyment"]

FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)
Percent = Annotated[int, Field(ge=0, le=50)]
"""Of the customers held out; 0 ends it."""
Horizon = Annotated[Duration, Field(ge=30 * 86400.0, le=91 * 86400.0)]
MAX_STEPS = 64
"""Steps of a sequence, its repetitions counted one by one."""
FIRINGS_PER_MINUTE = 600
"""Matches of one rule in one partition and minute of log time, when the playbook says nothing."""


OPT_OUTS = 2.0
ECHO_CONTACTS = 5.0
"""Set by hand: of a hundred customers, two who want no more of it, five who ask what it means."""


class Goal(Part):
    """What the company wants to reach; a rule serves a goal that has no goals below it."""

    id: Id
    name: Text
    goals: tuple["Goal", ...] = ()


class Team(Part):
    """People who own rules or do the work that rules ask for."""

    id: Id
    name: Text


class Fact(Part):
    """A value about the customer's past, made of the events of one type.

    Parameters
    ----------
    count, since, last, sum
        An event type; exactly one of the four. How many there were; how long ago the newest was,
        longer than any duration when there was none; a field of the newest; a field added up.
    of
        The field that ``last`` gives and ``sum`` adds up. The newest event may lack it, then so
        does the fact; a ``sum`` takes a missing value as nothing.
    within_s
        ``within`` in the playbook: length of the window (t - within, t], seconds. A ``count`` and
        a ``sum`` need one, a ``last`` may have one, a ``since`` has none.
    if_
        ``if`` in the playbook: which of these events, over ``event.`` and ``customer.`` names.
    """

    count: str | None = None
    since: str | None = None
    last: str | None = None
    sum: str | None = None
    of: str | None = None
    within_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="within")
    if_: Text | None = Field(None, alias="if")

    @property
    def kind(self) -> FactKind:
        """Which of the four it is."""
        return next((kind for kind in FACT_KINDS if getattr(self, kind) is not None), "count")

    @property
    def event(self) -> str:
        """The type of the events that it is made of."""
        return str(getattr(self, self.kind))

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Fact":
        if sum(getattr(self, kind) is not None for kind in FACT_KINDS) != 1:
            msg = (
                "a fact must be one of 'count', 'since', 'last' and 'sum'; "
                "write {count: TYPE, within: 24h}"
            )
            raise ValueError(msg)
        kind = self.kind
        written = {
            "count": "{count: TYPE, within: 24h}",
            "since": "{since: TYPE}",
            "last": "{last: TYPE, of: FIELD}",
            "sum": "{sum: TYPE, of: FIELD, within: 24h}",
        }[kind]
        if (self.of is not None) != (kind in {"last", "sum"}):
            must = "must name a field with" if self.of is None else "has no"
            msg = f"a {kind} {must} 'of'; write {written}"
            raise ValueError(msg)
        if self.within_s is None and kind in {"count", "sum"}:
            msg = f"a {kind} must have 'within'; write {written}"
            raise ValueError(msg)
        if self.within_s is not None and kind == "since":
            msg = f"a since has no 'within': compare it in 'if'; write {written}"
            raise ValueError(msg)
        return self


class SequenceStep(Part):
    """One thing that happens, or at the end of a sequence one that does not.

    Parameters
    ----------
    event
        The event type that must come next.
    times
        How often it must come.
    within_s
        ``within`` in the playbook: longest time from the first to the last of these times.
    absent
        The event type that must not come after all other steps happened, for ``for_s`` seconds
        (``for`` in the playbook); one exactly at the end still counts as having come.
    if_
        ``if`` in the playbook: which of these events.
    """

    event: str | None = None
    times: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 1
    within_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="within")
    absent: str | None = None
    for_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="for")
    if_: Text | None = Field(None, alias="if")

    @model_validator(mode="after")
    def _is_one_kind(self) -> "SequenceStep":
        if (self.event is None) == (self.absent is None):
            msg = "a step must be either 'event' or 'absent'"
            raise ValueError(msg)
        if (self.absent is None) != (self.for_s is None):
            msg = "'absent' and 'for' belong together; write {absent: TYPE, for: 15m}"
            raise ValueError(msg)
        if self.absent is not None and (self.times != 1 or self.within_s is not None):
            msg = "an absent step has neither 'times' nor 'within'"
            raise ValueError(msg)
        if self.within_s is not None and self.times == 1:
            msg = "'within' of a step bounds its repetitions; add 'times', or put it on the rule"
            raise ValueError(msg)
        return self


class Absence(Part):
    """Something that used to happen and stays away.

    Parameters
    ----------
    of
        The event type. Each event of it ends the waiting, and begins it anew if `arm_if` holds.
    if_
        ``if`` in the playbook: which of these events; the others are not looked at.
    for_s
        ``for`` in the playbook: how long it must stay away after the last one, seconds; one
        exactly at the end still counts as having come.
    arm_if
        For whom to wait, judged on each of these events, such as ``customer.contacts_30d >= 3``.
    """

    of: str
    if_: Text | None = Field(None, alias="if")
    for_s: Annotated[Duration, Field(gt=0)] = Field(alias="for")
    arm_if: Text | None = None


class Limits(Part):
    """What holds a playbook back when a rule goes wrong.

    Parameters
    ----------
    firings_per_minute
        Matches of one rule that one partition lets through in a minute of log time; what is above
        ends as ``brake``.
    opt_outs
        Percentage of a rule's actions that may be followed by an opt-out; a rule that is above it
        for certain runs along as a shadow until somebody releases it.
    echo_contacts
        The same for contacts within 72 h: percentage points above customers who are held out.
    """

    firings_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = FIRINGS_PER_MINUTE
    opt_outs: Amount = OPT_OUTS
    echo_contacts: Amount = ECHO_CONTACTS


class Horizons(Part):
    """How far ahead models look, 30 to 91 days.

    Parameters
    ----------
    churn_s
        ``churn`` in the playbook: within which a customer cancels, seconds.
    silence_s
        ``silence`` in the playbook: for how long a customer is not active, seconds.
    """

    churn_s: Horizon = Field(60 * 86400.0, alias="churn")
    silence_s: Horizon = Field(91 * 86400.0, alias="silence")


class SharedHoldout(Part):
    """Customers whom no rule acts for, so that all of it together can be measured.

    Parameters
    ----------
    percent
        Of the customers.
    salt
        Names the drawing of lots; another one deals anew, such as ``2026-q4`` for each quarter.
    """

    percent: Percent
    salt: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Rule(Part):
    """When something should be done for a customer, what, and why.

    Parameters
    ----------
    pyramid_level
        1 informs, 2 answers at the first ask, 3 takes the effort away once asked, 4 acts before
        the ask, 5 makes the customer better off than they aimed to be. Checked.
    when
        The event type that triggers the rule; a rule has either this, a `sequence` or an
        `absence`.
    if_, unless
        ``if`` and ``unless`` in the playbook. In a sequence they are judged when it completes, in
        an absence when its time is over, and ``event.`` is the last event that came.
    within_s
        ``within`` in the playbook: longest time from a sequence's first to its last event.
    strict
        Whether an event of a type that the sequence names, and that does not take it further,
        ends what was begun; otherwise anything may come in between.
    consume
        ``all``: what was begun before a sequence completed is used up. ``none``: it may go on, so
        each last step that finds a beginning within the time completes the sequence again.
    priority
        Larger wins when several rules want the same customer.
    propensity, value, lever, cost
        Instead of the priority alone: propensity x context x value x lever - cost wins. A score
        such as ``score.repeat``, 0 where it is not known; what a success is worth, the priority
        without it; a weight to push the rule with; what doing it costs, in the unit of the value.
    percent
        Of the customers, for whom a rule in mode ``canary`` is live; it runs along for the rest.
    experiment
        Names the drawing of lots of `holdout`, and the rule in the ids of its actions; the rule's
        id without it. It keeps both when the rule is renamed.
    holdout
        Percentage of the customers for whom the rule does nothing, so that its effect shows.
    window_s
        ``window`` in the playbook: how long after an action what the customer does is taken for
        its effect, seconds.
    cooldown_s
        ``cooldown`` in the playbook: how long the rule leaves this customer alone afterwards.
    occurrence
        The event's field that names what it is about, such as ``event.call``; the same
        occurrence is acted on once. Without it, each event is an occurrence of its own.
    then
        What is done; more than one step is a play.
    until
        Event types that are the outcome: when one comes, the play stops.
    """

    id: Id
    owner: Id
    description: Text
    pyramid_level: Annotated[int, Field(ge=1, le=5)]
    force: Force | None = None
    goal: Id
    customer_goal: Id | None = None
    when: str | None = None
    facts: Mapping[str, Fact] = {}
    sequence: tuple[SequenceStep, ...] = ()
    absence: Absence | None = None
    strict: Bool = False
    consume: Literal["all", "none"] = "all"
    within_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="within")
    if_: Text | None = Field(None, alias="if")
    unless: Text | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50
    propensity: Text | None = None
    value: Amount | None = None
    lever: Amount = 1.0
    cost: Amount = 0.0
    topic: Id
    cooldown_s: Duration = Field(alias="cooldown")
    window_s: Annotated[Duration, Field(gt=0)] = Field(86400.0, alias="window")
    mode: Mode = "draft"
    percent: Annotated[int, Field(ge=1, le=99)] | None = None
    experiment: Id | None = None
    holdout: Percent | None = None
    occurrence: Text | None = None
    then: Then
    until: tuple[str, ...] = ()
    explain: Text
    tests: tuple[RuleTest, ...] = ()

    @property
    def experiment_id(self) -> str:
        """What its customers are dealt by, and its actions are named by."""
        return self.experiment or self.id

    @property
    def first(self) -> Step:
        """What is done when the rule fires."""
        step = self.then[0]
        if not isinstance(step, Step):
            msg = f"a play must begin with what is done; rule {self.id} begins with {step!r}"
            raise TypeError(msg)
        return step

    def actions(self) -> list[tuple[int, tuple[str | int, ...], Step]]:
        """Return everything that may be done: number of the step from 1, its path, the action."""
        found: list[tuple[int, tuple[str | int, ...], Step]] = []
        for index, step in enumerate(self.then):
            if isinstance(step, Step):
                found.append((index + 1, ("then", index), step))
            elif isinstance(step, WaitFor) and isinstance(step.else_, Step):
                found.append((index + 1, ("then", index, "else"), step.else_))
        return found

    @cached_property
    def version(self) -> str:
        """Ten hexadecimal digits of the content, tests left out."""
        return _digest(self, exclude={"tests"})[:10]


class Playbook(Part):
    """Everything the company decided about proactive service.

    Parameters
    ----------
    holdout
        Customers for whom no rule acts.
    context
        Force -> weight of its rules when several want the same customer; 1 for those left out.
    financial
        Whether customers entrust money: no message holds a link or asks for a credential, so that
        nobody can pass off messages of their own as ours.
    """

    name: Id
    description: Text
    time_zone: str
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    teams: tuple[Team, ...] = ()
    channels: tuple[Id, ...] = ()
    templates: tuple[Template, ...] = ()
    gates: GatesConfig
    limits: Limits = Limits()
    horizons: Horizons = Horizons()
    holdout: SharedHoldout | None = None
    context: Mapping[Force, Amount] = {}
    financial: Bool = False
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the content, in hexadecimal; layout and comments do not count."""
        return _digest(self)


def _digest(part: Part, exclude: set[str] | None = None) -> str:
    # Without defaults, so that a new optional key leaves the versions of old rules alone.
    content = part.model_dump(mode="json", by_alias=True, exclude=exclude, exclude_defaults=True)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
