"""The playbook's block ``gates:``: caps, quiet and opening hours, capacity, consent, cool-downs."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from rules.gates.hours import parse_span, parse_time_of_day
from rules.gates.window import MAX_S, parse_window
from rules.language.duration import read_duration

CENTRE: Final = "centre"  # hours of every team that states none of its own
MAX_PER_CAP: Final = 32  # what is remembered of one customer, rules/gates/memory.py
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Basis = Literal["contract", "consent"]
Class = Literal["critical", "service", "promotional", "*"]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _check_start(text: object) -> object:
    parse_time_of_day(text)
    return text


def _check_end(text: object) -> object:
    parse_time_of_day(text, end=True)
    return text


def _check_window(text: object) -> object:
    parse_window(text)
    return text


def _check_day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        msg = f"a holiday must be a date such as 2026-12-25; got {value!r}"
        raise ValueError(msg) from None


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Start = Annotated[str, BeforeValidator(_check_start)]
End = Annotated[str, BeforeValidator(_check_end)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Seconds = Annotated[float, BeforeValidator(read_duration), Field(gt=0, le=MAX_S)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list), Field(min_length=1)]


class Cap(_Block):
    """At most so many actions to one customer in a window; of several caps all hold.

    Parameters
    ----------
    id
        Names the cap in decisions.
    scope
        What is counted over: the ``customer``, or the ``contact_point``, which several customers
        may share. The latter is counted where actions are dispatched, and its window is rolling:
        customers who share a telephone need not share a calendar.
    class_
        Class of the actions it counts, ``*`` for all.
    channel
        Channel of the actions it counts, ``*`` for all.
    max
        Actions allowed in one window, 1 to 32.
    window
        Rolling (``7d``: no stretch of seven days holds more) or ``calendar day`` or
        ``calendar week`` (from Monday) in the customer's zone.
    """

    id: Name
    scope: Literal["customer", "contact_point"] = "customer"
    class_: Class = Field(default="*", alias="class")
    channel: Name = "*"
    max: int = Field(ge=1, le=MAX_PER_CAP)
    window: Annotated[str, BeforeValidator(_check_window)]

    @model_validator(mode="after")
    def _is_rolling_where_shared(self) -> "Cap":
        if self.scope == "contact_point" and parse_window(self.window).kind != "rolling":
            msg = (
                "the window of a cap per contact point must be a duration such as 7d; "
                f"got {self.window!r}"
            )
            raise ValueError(msg)
        return self


class QuietHours(_Block):
    """When nothing may reach the customer: ``[start, end)`` in the customer's zone.

    Parameters
    ----------
    start, end
        ``HH:MM``. An end before the start is on the next day; ``24:00`` is allowed as an end.
    channels, classes
        Whom they hold for, ``*`` for all.
    holidays
        Whether the holidays of the block are quiet all day.
    """

    start: Start
    end: End
    channels: Names = ("*",)
    classes: tuple[Class, ...] = Field(default=("*",), min_length=1)
    holidays: bool = Field(default=False)

    @model_validator(mode="after")
    def _is_not_empty(self) -> "QuietHours":
        if self.start == self.end:
            msg = (
                f"quiet hours must not start and end at the same time; got {self.start!r} twice; "
                'all day is "00:00" to "24:00"'
            )
            raise ValueError(msg)
        return self


class WeekHours(_Block):
    """Opening hours of a week; a day without hours is closed.

    Each day is ``"07:00-24:00"``, a list of such spans in order, or ``"closed"``; spans are
    half-open, so at the closing minute the team has gone.
    """

    mon: tuple[str, ...] = ()
    tue: tuple[str, ...] = ()
    wed: tuple[str, ...] = ()
    thu: tuple[str, ...] = ()
    fri: tuple[str, ...] = ()
    sat: tuple[str, ...] = ()
    sun: tuple[str, ...] = ()

    @field_validator(*WEEKDAYS, mode="before")
    @classmethod
    def _are_spans(cls, value: object) -> object:
        if value == "closed":
            return ()
        texts = [value] if not isinstance(value, list | tuple) else value
        spans = [parse_span(text) for text in texts]
        for (_, end), (start, _), text in zip(spans, spans[1:], texts[1:], strict=False):
            if start < end:
                msg = f"spans of a day must be in order and apart; {text!r} begins too early"
                raise ValueError(msg)
        return texts

    def spans(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Return the spans in minutes since midnight, per day from Monday on."""
        return tuple(tuple(parse_span(text) for text in getattr(self, day)) for day in WEEKDAYS)


class Capacity(_Block):
    """How much a team can take on per local day, over all customers.

    Parameters
    ----------
    team
        Whom the action is handed to.
    per
        ``day``: the calendar day in the playbook's zone.
    max
        Actions a day over all partitions, 0 to 1,000,000; 0 hands nothing over.
    """

    team: Name
    per: Literal["day"] = "day"
    max: int = Field(ge=0, le=1_000_000)


class ServiceLevel(_Block):
    """What makes customers call waits while they would not be answered soon.

    Parameters
    ----------
    queue
        The queue in which they would wait.
    channels
        Of the actions that make them call, ``*`` for all.
    wait_s
        ``wait`` in the playbook: longest predicted wait of who calls now, seconds.
    """

    queue: Name
    channels: Names = ("*",)
    wait_s: Seconds = Field(alias="wait")


def _contract() -> Mapping[str, Basis]:
    return {"*": "contract"}


class Consent(_Block):
    """On which legal basis the customer may be contacted without having said anything.

    ``critical`` never needs consent and ``promotional`` always does, so only ``service`` is here.

    Parameters
    ----------
    service
        Channel, or ``*`` for all others -> ``contract``: allowed unless it was withdrawn;
        ``consent``: only if it was granted.
    """

    service: Mapping[Name, Basis] = Field(default_factory=_contract)


class SuppressAfter(_Block):
    """Who did not want something several times is left alone with it for a while.

    Parameters
    ----------
    outcome
        ``rejected``, ``opted_out``, or ``ignored``: no answer of the customer's within
        ``until_outcome``.
    times
        How often, 1 to 32.
    within_s
        ``within`` in the playbook: in a window (t - within, t], seconds.
    for_s
        ``for`` in the playbook: how long it is held back from the last of them on, seconds.
    per
        What is counted and held back: a ``topic``, a ``rule``, or ``all`` actions together.
    """

    outcome: Literal["rejected", "opted_out", "ignored"]
    times: int = Field(ge=1, le=MAX_PER_CAP)
    within_s: Seconds = Field(alias="within")
    for_s: Seconds = Field(alias="for")
    per: Literal["topic", "rule", "all"] = "topic"


class GatesConfig(_Block):
    """What an action must pass before it goes out.

    Parameters
    ----------
    caps, quiet_hours, capacity, service_level, consent, suppress_after
        See their classes.
    contact_points
        Channel -> kind of contact point that it reaches; a channel that is not here reaches
        customers by their id.
    after_bad_feedback_s
        ``after_bad_feedback`` in the playbook: for so many seconds after a complaint or a bad
        answer nothing is sold to the customer and nothing is urgent.
    until_outcome_s
        ``until_outcome`` in the playbook: for so many seconds a topic waits for the outcome of its
        last action; after that the action was ignored. ``None``: topics do not wait.
    opening_hours
        Per team that acts; ``centre`` is for teams without hours of their own and for steps
        without a team. Where neither is stated it is always open.
    holidays
        Local dates on which every team is closed.
    contact_window_s
        ``contact_window`` in the playbook: after an action on a topic no other one on it, of any
        rule, for so many seconds.
    """

    caps: tuple[Cap, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    opening_hours: Mapping[Name, WeekHours] = Field(default_factory=dict)
    holidays: tuple[Annotated[date, BeforeValidator(_check_day)], ...] = ()
    capacity: tuple[Capacity, ...] = ()
    service_level: tuple[ServiceLevel, ...] = ()
    contact_window_s: Seconds = Field(default=86400.0, alias="contact_window")
    consent: Consent = Consent()
    contact_points: Mapping[Name, Literal["phone", "email", "post", "push"]] = Field(
        default_factory=dict
    )
    after_bad_feedback_s: Annotated[
        float, BeforeValidator(read_duration), Field(ge=0, le=MAX_S)
    ] = Field(default=7 * 86400.0, alias="after_bad_feedback")
    until_outcome_s: Seconds | None = Field(default=None, alias="until_outcome")
    suppress_after: tuple[SuppressAfter, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> "GatesConfig":
        for what, names in (
            ("caps", [cap.id for cap in self.caps]),
            ("capacity", [limit.team for limit in self.capacity]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                msg = f"{what} must name each id or team once; got {', '.join(twice)} twice"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _ignored_is_defined(self) -> "GatesConfig":
        if self.until_outcome_s is None and any(
            each.outcome == "ignored" for each in self.suppress_after
        ):
            msg = "'ignored' must have a time after which it is so; write 'until_outcome: 3d'"
            raise ValueError(msg)
        return self
