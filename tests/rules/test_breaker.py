import msgpack

from rules.breaker import KEPT_MINUTES, Breaker


def test_each_rule_and_minute_has_its_own_limit() -> None:
    breaker = Breaker(2)
    asked = [("a", 0.0), ("a", 59.9), ("a", 30.0), ("b", 30.0), ("a", 60.0), ("a", 0.0)]

    assert [breaker.allows(rule, at) for rule, at in asked] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_minute_before_1970_is_a_minute_like_any_other() -> None:
    breaker = Breaker(1)

    assert breaker.allows("a", -30.0)  # minute -1
    assert breaker.allows("a", 30.0)  # minute 0
    assert breaker.snapshot() == {"a": [[-1, 1], [0, 1]]}


def test_saved_and_restored_it_goes_on_counting() -> None:
    breaker, again = Breaker(3), Breaker(3)
    for rule, at in (("b", 0.0), ("a", 60.0), ("a", 10.0), ("a", 10.0)):
        breaker.allows(rule, at)
    packed = msgpack.packb(breaker.snapshot())
    again.restore(msgpack.unpackb(packed))

    assert msgpack.packb(again.snapshot()) == packed
    assert [again.allows("a", at) for at in (10.0, 10.0, 60.0, 60.0, 60.0)] == [
        True, False, True, True, False,
    ]  # fmt: skip


def test_state_does_not_depend_on_the_order_in_which_rules_fired() -> None:
    first, second = Breaker(9), Breaker(9)
    fired = [("b", 0.0), ("a", 60.0), ("a", 0.0)]
    for rule, at in fired:
        first.allows(rule, at)
    for rule, at in reversed(fired):
        second.allows(rule, at)

    assert msgpack.packb(first.snapshot()) == msgpack.packb(second.snapshot())


def test_a_minute_that_is_forgotten_does_not_begin_anew() -> None:
    breaker = Breaker(1)
    for minute in range(KEPT_MINUTES + 1):
        assert breaker.allows("a", minute * 60.0)

    assert not breaker.allows("a", 0.0)
    assert breaker.allows("a", (KEPT_MINUTES + 1) * 60.0)
    # Of the minutes 0 to 9 the last eight.
    assert [minute for minute, _ in breaker.snapshot()["a"]] == list(range(2, 10))
