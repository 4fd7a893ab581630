import math

from streams.dispatch.breaker import Breaker


def opened(breaker: Breaker, now: float = 0.0) -> Breaker:
    for _ in range(3):
        breaker.fail(now)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=3)
    for _ in range(10):
        breaker.fail(0)
        breaker.fail(0)
        breaker.succeed()
    assert breaker.state(0) == "closed"
    assert breaker.permits(0) == math.inf

    assert opened(breaker).state(0) == "open"
    assert breaker.permits(0) == 0


def test_it_lets_one_probe_through_after_its_time() -> None:
    breaker = opened(Breaker(failures=3, open_s=2))

    assert breaker.permits(1.9) == 0
    assert breaker.state(2) == "half-open"
    assert breaker.permits(2) == 1
    breaker.begin()
    assert breaker.permits(2) == 0
    breaker.withdraw()
    assert breaker.permits(2) == 1


def test_a_probe_that_succeeds_closes_it_and_resets_its_time() -> None:
    breaker = opened(Breaker(failures=3, open_s=2))
    breaker.begin()
    breaker.fail(2)
    breaker.begin()
    breaker.succeed()
    assert breaker.state(6) == "closed"

    opened(breaker, now=10)
    assert breaker.next_at() == 12


def test_each_probe_that_fails_doubles_the_pause_up_to_the_maximum() -> None:
    breaker = opened(Breaker(failures=3, open_s=2, max_open_s=5))
    pauses = []
    for _ in range(4):
        now = breaker.next_at()
        breaker.begin()
        breaker.fail(now)
        pauses.append(breaker.next_at() - now)

    assert pauses == [4, 5, 5, 5]


def test_calls_that_were_out_when_it_opened_do_not_prolong_it() -> None:
    breaker = opened(Breaker(failures=3, open_s=2))
    breaker.fail(1)

    assert breaker.next_at() == 2


def test_a_pause_that_was_asked_for_is_kept_also_when_closed() -> None:
    breaker = Breaker()
    breaker.hold(30)
    breaker.hold(10)

    assert breaker.permits(29) == 0
    assert breaker.state(29) == "open"
    assert breaker.permits(30) == math.inf
