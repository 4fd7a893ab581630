"""The events of a rule's test, on a clock of their own, and the values that are given with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from detectors.event import Event
from rules.language.interpreter import Value
from rules.language.vocabulary import Vocabulary
from rules.playbook.cases import parse_value
from rules.playbook.written_case import RuleTest

START_AT = 1767596400.0
"""Zero of the time line: Monday 2026-01-05, 07:00 UTC."""
CUSTOMER = "tested-customer"
EXACT_S = 1e-5
"""Times closer than this are the same: sums of fractions, while the wire keeps microseconds."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happens in a test.

    Parameters
    ----------
    events
        In the order in which they arrive.
    given
        Full name, such as ``score.repeat``, -> the value it has throughout; ``None`` for one that
        is missing throughout.
    """

    events: tuple[Event, ...]
    given: Mapping[str, Value]

    def without(self, name: str) -> "Timeline":
        """Return the same time line on which a name has no value anywhere."""
        space, _, key = name.partition(".")
        if space != "event":
            return replace(self, given={**self.given, name: None})
        return replace(
            self,
            events=tuple(
                Event(
                    event.id,
                    event.source,
                    event.type,
                    event.at,
                    event.customer,
                    {field: value for field, value in event.data.items() if field != key},
                )
                for event in self.events
            ),
        )


def read_timeline(test: RuleTest, vocabulary: Vocabulary) -> Timeline:
    """Return the time line of a test, in order of time; of equal times, the one written first."""
    scope = vocabulary.scope(None)
    given = {name: parse_value(scope[name], text) for name, text in test.given.items()}
    events: list[Event] = []
    for written in test.events:
        names = vocabulary.events[written.event]
        data = {key: parse_value(names[key], text) for key, text in written.fields.items()}
        for time in range(written.repeat):
            at = START_AT + written.at_s + time * written.every_s
            number = f"{len(events):04d}"
            events.append(Event(number, "test", written.event, at, CUSTOMER, data))
    return Timeline(tuple(sorted(events, key=lambda event: event.at)), given)
