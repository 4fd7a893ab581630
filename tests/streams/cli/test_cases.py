from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console

from detectors.event import Event
from rules.decide import Decider
from rules.decision import decision_event
from rules.proof.aftermath import Aftermath
from rules.proof.result import NO_CAUSAL_CLAIM
from streams.cli.cases import Case, case_as_json, case_table, gates_in_short
from tests.rules.gates.build import customer, match, playbook, utc

AT = utc("1999-01-03 07:15")
ZONE = ZoneInfo("Asia/Jerusalem")  # two hours ahead in winter


def decision(explanation: str = "Because.") -> Event:
    """Return the record of a firing."""
    book = playbook(time_zone=ZONE.key)
    found = match(book.rules[0], AT)
    found.explanation = explanation
    [made] = Decider(book, 0, 1, "log").decide(customer(at=AT), [found])
    return decision_event(made, playbook_hash="h", partition=0, offset=7)


def case(explanation: str = "Because.") -> Case:
    after = Aftermath(11520.0, is_known=True, was_asking=False)
    return Case(decision(explanation), datetime.fromtimestamp(AT, ZONE), after)


def shown(one: Case, width: int) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(case_table("call-back", 7, [one], ZONE))
    return capture.get()


def test_a_case_says_when_who_why_and_what_followed() -> None:
    text = shown(case("Hung up after 81 s."), 200)

    assert "call-back: 1 of 7 firings" in text
    assert "Sun 03 Jan 1999, 09:15" in text
    assert "c-1" in text
    assert "Hung up after 81 s." in text
    assert "gates: no other contact under way; not acted lately; " in text
    assert "then: called again after 3 h 12 min" in text
    assert NO_CAUSAL_CLAIM in text
    assert "Asia/Jerusalem" in text


def test_square_brackets_of_a_playbook_are_no_markup() -> None:
    assert "from [bold]here[/] to there" in shown(case("from [bold]here[/] to there"), 200)


def test_it_wraps_on_a_narrow_screen() -> None:
    lines = shown(case("word " * 40), 60).splitlines()

    assert max(map(len, lines)) <= 60
    assert sum(line.count("word") for line in lines) == 40


def test_json_has_the_same_and_all_gates() -> None:
    one = case()
    told = case_as_json(one)

    assert told["at"] == "1999-01-03T07:15:00.000000Z"
    assert told["local"] == "1999-01-03T09:15:00+02:00"
    assert (told["customer"], told["explanation"]) == ("c-1", "Because.")
    assert told["then"] == "called again after 3 h 12 min"
    assert (told["asked_after_s"], told["known"], told["late"]) == (11520.0, True, False)
    assert [gate for gate, *_ in told["gates"]][:2] == ["identified", "facts"]
    assert len(told["gates"]) > gates_in_short(told["gates"]).count(";") + 1
