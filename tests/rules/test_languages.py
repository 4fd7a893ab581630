"""An action speaks the customer's language, by the customer record."""

import pytest

from detectors.event import Event
from rules.decide import Decider
from rules.playbook.models import Playbook
from rules.playbook.templates import Template
from tests.rules.gates.build import customer, match, playbook

BOTH = Template.model_validate(
    {
        "id": "plain",
        "texts": {"en": "Waited {event.wait_s}", "ru": "Ждали {event.wait_s}"},
        "subjects": {"en": "Your call", "ru": "Ваш звонок"},
    }
)


def speaking(template: Template) -> Playbook:
    return playbook().model_copy(update={"templates": (template,)})


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru", ("ru", "Ждали 1,5 мин", "Ваш звонок")),
        ("fr", ("en", "Waited 1.5 min", "Your call")),
        (None, ("en", "Waited 1.5 min", "Your call")),
    ],
)
def test_an_action_is_worded_in_the_customers_language(
    language: str | None, expected: tuple[str, str, str]
) -> None:
    book = speaking(BOTH)
    who = customer(at=0.0)
    if language is not None:
        who.update(Event("p", "crm", "profile.updated", 0.0, who.id, {"language": language}))
    found = match(book.rules[0], 100.0, facts={"event.wait_s": 90.0})
    (decision,) = Decider(book, 0, 1, "log").decide(who, [found])
    action = decision.action

    assert action is not None
    assert (action.language, action.text, action.subject) == expected
