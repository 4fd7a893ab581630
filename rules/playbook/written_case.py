"""What an author writes as a test of a rule: events on a time line, and all firings of them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from rules.playbook.part import Duration, Id, Part, Text, Written
from rules.playbook.steps import MAX_PLAY_STEPS


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
    """A firing that must happen; `because` names values it must have been decided on.

    Parameters
    ----------
    step
        Which step of its play is done, from 1; what is done after a wait in vain has the number
        of the wait.
    """

    at_s: Duration = Field(alias="at")
    fires: Id
    step: Annotated[int, Field(ge=1, le=MAX_PLAY_STEPS)] = 1
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
