"""What an author writes in a playbook. Every text is kept as written; units are in the names."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import Field, model_validator

from rules.gates.config import GatesConfig
from rules.playbook.part import Bool, Duration, Id, Part, Text, Written

Mode = Literal["draft", "shadow", "canary", "live", "retired"]
FactKind = Literal["count", "since", "last", "sum"]
Force = Literal["fair-treatment", "certainty", "control", "status", "belonging", "enjoyment"]

FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)
MAX_STEPS = 64
"""Steps of a sequence, its repetitions counted one by one."""
FIRINGS_PER_MINUTE = 600
"""Matches of one rule in one partition and minute of log time, when the playbook says nothing."""


class Goal(Part):
    """What the company wants to reach; a rule serves a goal that has no goals below it."""

    id: Id
    name: Text
    goals: tuple["Goal", ...] = ()


class Team(Part):
    """People who own rules or do the work that rules ask for."""

    id: Id
    name: Text


class Template(Part):
    """The wording of an action; ``{name}`` stands for the value of a name the rule may read."""

    id: Id
    text: Text


class Step(Part):
    """What to do.

    Parameters
    ----------
    do
        ``offer`` something to the customer where they are, hand a ``task`` to a team, or write
        the customer a ``message``.
    to
        The team that does it; a task needs one.
    class_
        ``class`` in the playbook: ``critical`` and ``service`` help with what the customer has,
        ``promotional`` sells.
    due_s
        ``due`` in the playbook: how soon it must be done, seconds; ``None`` for no limit.
    kind
        How it makes the customer better off than they aimed to be; level 5 needs it. ``teach`` a
        better way with what they have, ``protect`` it, ``grow`` its worth to them.
    """

    do: Literal["offer", "task", "message"]
    to: Id | None = None
    channel: Id
    template: Id
    class_: Literal["critical", "service", "promotional"] = Field("service", alias="class")
    due_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="due")
    kind: Literal["teach", "protect", "grow"] | None = None


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
    """

    firings_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = FIRINGS_PER_MINUTE


class TestEvent(Part):
    """An event on the time line of a test; what is not listed here is a field of the event."""

    __test__ = False

    at_s: Duration = Field(alias="at")
    event: str
    repeat: Annotated[int, Field(ge=1, le=1000)] = 1
    every_s: Duration = Field(0.0, alias="every")
    fields: Mapping[str, Written] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather_fields(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or "fields" in value:
            return value
        own = {"at", "at_s", "event", "repeat", "every", "every_s"}
        fields = {key: item for key, item in value.items() if key not in own}
        return {**{key: item for key, item in value.items() if key in own}, "fields": fields}


class Expectation(Part):
    """A firing that must happen; `because` names values it must have been decided on."""

    at_s: Duration = Field(alias="at")
    fires: Id
    because: Mapping[str, Written] = {}


class RuleTest(Part):
    """A case: events on a time line of one customer, and the complete list of firings.

    Parameters
    ----------
    given
        Values that names such as ``score.repeat`` or ``customer.contacts_7d`` have throughout,
        whatever the events say.
    """

    name: Text
    given: Mapping[str, Written] = {}
    events: Annotated[tuple[TestEvent, ...], Field(min_length=1)]
    expect: tuple[Expectation, ...]


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
    percent
        Of the customers, for whom a rule in mode ``canary`` is live; it runs along for the rest.
    cooldown_s
        ``cooldown`` in the playbook: how long the rule leaves this customer alone afterwards.
    occurrence
        The event's field that names what it is about, such as ``event.call``; the same
        occurrence is acted on once. Without it, each event is an occurrence of its own.
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
    topic: Id
    cooldown_s: Duration = Field(alias="cooldown")
    mode: Mode = "draft"
    percent: Annotated[int, Field(ge=1, le=99)] | None = None
    occurrence: Text | None = None
    then: Annotated[tuple[Step, ...], Field(min_length=1, max_length=1)]
    explain: Text
    tests: tuple[RuleTest, ...] = ()

    @cached_property
    def version(self) -> str:
        """Ten hexadecimal digits of the content, tests left out."""
        return _digest(self, exclude={"tests"})[:10]


class Playbook(Part):
    """Everything the company decided about proactive service."""

    name: Id
    description: Text
    time_zone: str
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    teams: tuple[Team, ...] = ()
    channels: tuple[Id, ...] = ()
    templates: tuple[Template, ...] = ()
    gates: GatesConfig
    limits: Limits = Limits()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the content, in hexadecimal; layout and comments do not count."""
        return _digest(self)


def _digest(part: Part, exclude: set[str] | None = None) -> str:
    # Without defaults, so that a new optional key leaves the versions of old rules alone.
    content = part.model_dump(mode="json", by_alias=True, exclude=exclude, exclude_defaults=True)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
