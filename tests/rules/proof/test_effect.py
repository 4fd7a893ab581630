import pytest

from rules.proof.effect import TOO_SMALL, Effect, Lead, pre_empted
from rules.proof.intervals import Share
from rules.proof.sequential import Sample, median_interval


def effect(treated: tuple[int, int], ghost: tuple[int, int]) -> Effect:
    return Effect.of(Sample.of_share(Share(*treated)), Sample.of_share(Share(*ghost)))


@pytest.mark.parametrize(
    ("treated", "verdict"),
    [
        ((9, 18_000), TOO_SMALL),
        ((2700, 18_000), "fewer"),  # 15 % instead of 25 %
        ((4450, 18_000), "no difference shown"),
        ((6300, 18_000), "more"),
    ],
)
def test_a_verdict_says_what_the_interval_allows(treated: tuple[int, int], verdict: str) -> None:
    assert effect(treated, (500, 2000)).verdict == verdict


def test_too_small_gives_no_figure() -> None:
    told = effect((9, 18_000), (500, 2000)).as_json()

    assert (told["difference"], told["interval"]) == (None, None)
    assert told["treated"] == {"n": 18_000, "mean": 9 / 18_000}
    assert effect((0, 0), (0, 0)).as_json()["treated"]["mean"] is None


def test_a_difference_is_treated_less_held_out() -> None:
    told = effect((2700, 18_000), (500, 2000)).as_json()

    assert told["difference"] == pytest.approx(-0.1)
    assert told["interval"][0] < -0.1 < told["interval"][1] < 0.0


def test_the_median_lead_is_between_two_values_of_an_even_number() -> None:
    assert Lead.of([]).as_json() == {"n": 0, "median_s": None, "interval_s": None}
    assert Lead.of([30.0, 10.0]).median_s == 20.0
    assert Lead.of([30.0, 10.0, 90.0]).median_s == 30.0
    leads = [float(n) for n in range(99, -1, -1)]
    assert Lead.of(leads).interval == median_interval(leads)


def test_pre_empted_is_what_the_treated_lack() -> None:
    found = pre_empted(Share(2700, 18_000), Share(500, 2000))

    assert found is not None
    assert found[0] == pytest.approx(0.4)  # 15 % of 25 %
    assert 0.0 < found[1][0] < 0.4 < found[1][1] < 1.0
    assert pre_empted(Share(9, 18_000), Share(500, 2000)) is None


def test_a_rule_that_makes_customers_ask_pre_empts_less_than_nothing() -> None:
    found = pre_empted(Share(9000, 18_000), Share(500, 2000))

    assert found is not None
    assert found[0] == pytest.approx(-1.0)
    assert found[1][1] < 0.0
