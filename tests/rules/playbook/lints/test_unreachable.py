import pytest

from tests.rules.playbook.lints.build import warnings

WRITTEN = 'if: >\n      event.direction == "inbound"\n      and event.wait_s > 10s'


def found(condition: str) -> list[str]:
    """The complaints about a condition, without what they say to all."""
    return [
        problem.message.removeprefix("this rule can never fire: ")
        for problem in warnings(WRITTEN, condition)
    ]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (
            "if: event.wait_s > 5s and event.wait_s < 3s",
            "event.wait_s < 3s excludes event.wait_s > 5s",
        ),
        ("if: event.wait_s > 5s and event.wait_s <= 5s", "event.wait_s <= 5s excludes"),
        ("if: 5s < event.wait_s and 3s > event.wait_s", "3s > event.wait_s excludes"),
        ("if: event.wait_s == 5s and event.wait_s > 9s", "event.wait_s > 9s excludes"),
        ("if: score.repeat > 1", "score.repeat > 1 never holds"),
        ("if: event.wait_s >= 5s and not (event.wait_s > 4s)", "(event.wait_s > 4s) excludes"),
        ('if: event.direction == "inbound" and event.direction == "outbound"', "excludes"),
        ('if: event.direction not in ["inbound", "outbound"]', "never holds"),
        ('if: event.direction != "inbound" and event.direction != "outbound"', "excludes"),
        ("if: customer.identified and not customer.identified", "customer.identified excludes"),
        ("if: customer.identified and customer.identified == false", "excludes"),
        ("if: has(customer.last_wait) and not has(customer.last_wait)", "excludes"),
        ("if: customer.last_wait > 5s and not has(customer.last_wait)", "excludes"),
        ("if: 1 > 2 and customer.identified", "1 > 2 never holds"),
        (
            "if: (event.wait_s > 5s or score.repeat > 2) and event.wait_s < 3s",
            "event.wait_s < 3s excludes event.wait_s > 5s",
        ),
        ("if: event.wait_s > 9s\n    unless: event.wait_s > 5s", "event.wait_s > 5s excludes"),
        # In unless a missing value suppresses, so a value there must be.
        ("if: score.repeat < 0.5\n    unless: score.repeat < 0.7", "score.repeat < 0.7 excludes"),
    ],
)
def test_a_condition_that_never_holds(condition: str, why: str) -> None:
    [message] = found(condition)

    assert why in message


@pytest.mark.parametrize(
    "condition",
    [
        "if: event.wait_s > 3s and event.wait_s < 5s",
        "if: event.wait_s >= 5s and event.wait_s <= 5s",
        "if: event.wait_s > 5s or event.wait_s < 3s",
        "if: score.repeat == 1 or score.repeat > 0.99",
        'if: event.direction in ["inbound", "outbound"] and event.direction != "inbound"',
        # Another name each, or more than constants: not to be told apart here.
        "if: event.wait_s > 5s and customer.waiting < 3s",
        "if: event.wait_s > 5s and event.wait_s < customer.waiting",
        "if: event.wait_s + 1s > 5s and event.wait_s < 3s",
        # Who has no last wait is let through by either part.
        "if: not (customer.last_wait > 5s or has(customer.last_wait)) and event.wait_s > 1s",
        "if: event.wait_s > 5s\n    unless: event.wait_s > 9s",
        "if: event.wait_s > 5s\n    unless: event.wait_s > 9s and customer.identified",
    ],
)
def test_a_condition_that_may_hold(condition: str) -> None:
    assert [message for message in found(condition) if "may be missing" not in message] == []


def test_the_mark_is_under_the_later_part() -> None:
    [problem] = warnings(WRITTEN, "if: event.wait_s > 5s and event.wait_s < 3s")

    assert (problem.file, problem.line, problem.column) == ("rules.yaml", 8, 31)
    assert (problem.severity, problem.width) == ("warning", len("event.wait_s < 3s"))


def test_a_step_and_a_fact_that_nothing_can_be() -> None:
    never = 'event.direction == "inbound" and event.direction == "outbound"'
    step = f"sequence: [{{event: contact.abandoned, if: '{never}'}}]"
    fact = f"when: contact.abandoned\n    facts: {{n: {{since: contact.ended, if: '{never}'}}}}"

    assert "no event can be this step" in warnings("when: contact.abandoned", step)[0].message
    assert "no event can be this fact" in warnings("when: contact.abandoned", fact)[0].message


def test_a_condition_with_very_many_ways_is_left_alone() -> None:
    pairs = " and ".join(f"(event.wait_s > {n}s or customer.contacts_7d > {n})" for n in range(9))

    assert found(f"if: {pairs} and event.wait_s > 9s and event.wait_s < 3s") == []
