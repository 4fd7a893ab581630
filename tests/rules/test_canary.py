import pytest

from rules.canary import BUCKETS, bucket, is_live
from rules.playbook.models import Rule
from tests.rules.build import rule


def read(**keys: object) -> Rule:
    return Rule.model_validate(rule("offer", when="contact.queued", **keys))


def test_buckets_are_the_hash_of_rule_and_customer() -> None:
    # printf 'offer\nc-1' | sha256sum: the first 16 digits, modulo 10,000.
    assert int("c24d40714a8eafeb", 16) % BUCKETS == bucket("offer", "c-1")


@pytest.mark.parametrize("percent", [1, 10, 50])
def test_a_canary_is_live_for_its_share_of_the_customers(percent: int) -> None:
    canary = read(mode="canary", percent=percent)
    n = 20_000
    live = sum(is_live(canary, f"c-{number}") for number in range(n))

    # Binomial: four standard deviations, sqrt(n p (1 - p)).
    p = percent / 100
    assert abs(live - n * p) < 4 * (n * p * (1 - p)) ** 0.5


def test_a_higher_percentage_only_adds_customers() -> None:
    few, more = read(mode="canary", percent=10), read(mode="canary", percent=20)
    customers = [f"c-{number}" for number in range(2000)]

    assert all(is_live(more, name) for name in customers if is_live(few, name))


def test_the_percentage_is_exact_and_without_one_it_is_live_for_nobody() -> None:
    half, bare = read(mode="canary", percent=50), read(mode="canary")

    for name in (f"c-{number}" for number in range(2000)):
        assert is_live(half, name) is (bucket("offer", name) < 5000)
        assert not is_live(bare, name)


def test_rules_try_themselves_on_different_customers() -> None:
    first = {name for name in map(str, range(10_000)) if bucket("a", name) < 1000}
    second = {name for name in map(str, range(10_000)) if bucket("b", name) < 1000}

    assert 50 < len(first & second) < 150  # 1 % of 10,000 when they are independent


@pytest.mark.parametrize(
    ("mode", "expected"), [("live", True), ("shadow", False), ("draft", False), ("retired", False)]
)
def test_other_modes_are_for_all_or_nobody(mode: str, *, expected: bool) -> None:
    assert is_live(read(mode=mode), "c-1") is expected
