"""What a rule does: one action, or a play of at most six steps in order.

A play does something, waits for what comes of it, and does the next thing, or something else when
nothing came in time. Each action of it is a candidate of its own that passes every gate.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from rules.playbook.part import Duration, Id, Part, Text

MAX_PLAY_STEPS: Final = 6
"""Steps of a play; what is done instead when nothing came in time belongs to its wait."""

Positive = Annotated[Duration, Field(gt=0)]


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
    due_s: Positive | None = Field(None, alias="due")
    kind: Literal["teach", "protect", "grow"] | None = None


class WaitFor(Part):
    """Wait for an event of the customer, and say what happens when it does not come.

    Parameters
    ----------
    wait_for
        The event type. One that names an action (``action_id``) counts only where it is an action
        of this play.
    if_
        ``if`` in the playbook: which of these events, over ``event.`` and ``customer.`` names.
    within_s
        ``within`` in the playbook: how long, seconds; one exactly at the end still counts.
    else_
        ``else`` in the playbook: what is done when none came; the play ends with it. ``stop``
        only ends it.
    """

    wait_for: str
    if_: Text | None = Field(None, alias="if")
    within_s: Positive = Field(alias="within")
    else_: Annotated[
        Annotated[Literal["stop"], Tag("(stop)")] | Annotated[Step, Tag("(do)")],
        Discriminator(lambda value: "(stop)" if isinstance(value, str) else "(do)"),
    ] = Field("stop", alias="else")


class Wait(Part):
    """Let time pass: ``wait`` in the playbook, seconds."""

    wait_s: Positive = Field(alias="wait")


def _kind(value: Any) -> str:
    if isinstance(value, WaitFor) or (isinstance(value, Mapping) and "wait_for" in value):
        return "(wait_for)"
    is_wait = isinstance(value, Wait) or (isinstance(value, Mapping) and "wait" in value)
    return "(wait)" if is_wait else "(do)"


PlayStep = Step | WaitFor | Wait
AnyStep = Annotated[
    Annotated[Step, Tag("(do)")]
    | Annotated[WaitFor, Tag("(wait_for)")]
    | Annotated[Wait, Tag("(wait)")],
    Discriminator(_kind),
]
"""One entry of ``then``; in brackets what a complaint about it names beside its place."""


def _begins_with_an_action(steps: tuple[PlayStep, ...]) -> tuple[PlayStep, ...]:
    if not isinstance(steps[0], Step):
        msg = "a play begins with what is done; write {do: task, ...} before it waits"
        raise ValueError(msg)
    return steps


Then = Annotated[
    tuple[AnyStep, ...],
    Field(min_length=1, max_length=MAX_PLAY_STEPS),
    AfterValidator(_begins_with_an_action),
]
