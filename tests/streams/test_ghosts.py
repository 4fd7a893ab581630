import re

from rich.console import Console

from rules.proof.ghosts import judge
from rules.proof.intervals import Share
from rules.proof.result import NO_CAUSAL_CLAIM, Comparison, RuleResult
from streams.ghosts import ghost_table
from tests.rules.gates.build import playbook, rule
from tests.rules.proof.build import DAY, HOUR, MINUTE, abandoned, answered, decided, history_of


def shown(results: dict[str, RuleResult]) -> str:
    """Return the table as a screen of 120 columns shows it."""
    console = Console(width=120, color_system=None)
    with console.capture() as capture:
        console.print(ghost_table(results))
    return capture.get()


def results() -> dict[str, RuleResult]:
    """Return those of two firings, one called again after 2 h, and of a rule that never fired."""
    hung_up = [abandoned("a", 0.0), abandoned("b", 0.0, "bob")]
    through = [answered(who, 0.0, who) for who in ("cy", "dan", "eve", "flo")]
    again = abandoned("b2", 16 * MINUTE + 2 * HOUR, "bob"), abandoned("d2", HOUR, "dan")
    history = history_of(*hung_up, *through, *again, answered("end", 9 * DAY, "call:end"))
    firings = [decided(events[2], delay_s=15 * MINUTE) for events in hung_up]
    return judge(history, firings, playbook(rule(), rule("never-fired")))


def test_a_rule_has_a_line_of_its_figures_and_one_per_band() -> None:
    lines = [re.split(r"\s{2,}", line.strip()) for line in shown(results()).splitlines()]

    # One of two is 50 %, by Wilson 9 to 91 %; of four comparable callers one called again.
    called = ["2", "2", "50 % (9-91)", "25 % of 4", "2.00"]
    assert ["call-back", "2", *called, "2 h", "0", "1", "0"] in lines
    assert ["0-2", *called] in lines
    assert ["1 other rules: no data"] in lines  # never-fired
    assert not [line for line in lines if line[0] in {"3-9", "10+"}]  # nobody of theirs


def test_it_says_that_it_claims_no_cause() -> None:
    assert NO_CAUSAL_CLAIM in shown(results())
    assert NO_CAUSAL_CLAIM in shown({})


def test_it_fits_a_screen_with_large_figures() -> None:
    much = Comparison(99_999, Share(99_990, 99_999), Share(99_990, 99_999), 0.9999, 12.34)
    result = RuleResult(
        rule="-".join(["a-long-name"] * 5),
        candidates={"cap": 99_999, "sent": 99_999},
        total=much,
        censored=0,
        bands={"0-2": much, "3-9": much, "10+": much},
        delay_s=0.0,
        lead_time_s=DAY - MINUTE,
        late=99_999,
        most_per_customer=999,
        outside_hours=99_999,
    )
    console = Console(width=400, color_system=None)  # wider, so that nothing is squeezed
    with console.capture() as capture:
        console.print(ghost_table({result.rule: result}))

    assert "23 h 59 min" in capture.get()
    assert max(len(line.rstrip()) for line in capture.get().splitlines()) <= 120
