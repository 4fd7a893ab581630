"""What an author writes in a playbook. Every text is kept as written; units are in the names."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rules.gates.config import GatesConfig
from rules.language.duration import parse_duration

Mode = Literal["draft", "shadow", "canary", "live", "retired"]
Force = Literal["fair-treatment", "certainty", "control", "status", "belonging", "enjoyment"]

MAX_STEPS = 64
"""Steps of a sequence, its repetitions counted one by one."""


def _true_or_false(value: object) -> object:
    if isinstance(value, str):
        if value not in {"true", "false"}:
            msg = f"{value!r} is neither true nor false"
            raise ValueError(msg)
        return value == "true"
    return value


def _as_written(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[float, BeforeValidator(_seconds), Field(ge=0, allow_inf_nan=False)]
"""Seconds; a text is read as a duration."""
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
"""Lower-case words joined by hyphens."""
Written = Annotated[str, BeforeValidator(_as_written)]
"""A value whose type its name tells."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Bool = Annotated[bool, BeforeValidator(_true_or_false)]


class Part(BaseModel):
    """Any part of a playbook: fixed once read, and without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, coerce_numbers_to_str=True
    )


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
    """

    do: Literal["offer", "task", "message"]
    to: Id | None = None
    channel: Id
    template: Id
    class_: Literal["critical", "service", "promotional"] = Field("service", alias="class")
    due_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="due")


class Fact(Part):
    """A number about the customer's past: how many events within a time, or how long since one.

    Parameters
    ----------
    count, since
        An event type; exactly one of both. ``since`` of what never happened is longer than any
        duration.
    within_s
        ``within`` in the playbook: length of the window (t - within, t] of a ``count``, seconds.
    if_
        ``if`` in the playbook: which of these events, over ``event.`` and ``customer.`` names.
    """

    count: str | None = None
    since: str | None = None
    within_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="within")
    if_: Text | None = Field(None, alias="if")

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Fact":
        if (self.count is None) == (self.since is None):
            msg = "a fact must be either 'count' or 'since'; write {count: TYPE, within: 24h}"
            raise ValueError(msg)
        if (self.count is None) != (self.within_s is None):
            msg = "a count must have 'within', a since must not; write {count: TYPE, within: 24h}"
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
        The event type that triggers the rule; a rule has either this or a `sequence`.
    if_, unless
        ``if`` and ``unless`` in the playbook. In a sequence they are judged when it completes,
        and ``event.`` is the last event that came.
    within_s
        ``within`` in the playbook: longest time from a sequence's first to its last event.
    priority
        Larger wins when several rules want the same customer.
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
    within_s: Annotated[Duration, Field(gt=0)] | None = Field(None, alias="within")
    if_: Text | None = Field(None, alias="if")
    unless: Text | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50
    topic: Id
    cooldown_s: Duration = Field(alias="cooldown")
    mode: Mode = "draft"
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
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the content, in hexadecimal; layout and comments do not count."""
        return _digest(self)


def _digest(part: Part, exclude: set[str] | None = None) -> str:
    # Without defaults, so that a new optional key leaves the versions of old rules alone.
    content = part.model_dump(mode="json", by_alias=True, exclude=exclude, exclude_defaults=True)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
