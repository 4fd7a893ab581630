from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rules.proof.aftermath import Aftermath
from rules.proof.cases import describe_aftermath, describe_time, spread
from tests.rules.proof.build import DAY, HOUR, MINUTE


@given(st.integers(0, 5000), st.integers(1, 200))
def test_cases_are_spread_over_all(count: int, limit: int) -> None:
    places = spread(count, limit)

    assert len(places) == min(count, limit)
    assert all(0 <= place < count for place in places)
    gaps = {after - before for before, after in pairwise(places)}
    assert all(gap >= 1 for gap in gaps)
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_what_followed_is_said_in_words() -> None:
    called = Aftermath(3 * HOUR + 12 * MINUTE, is_known=True, was_asking=False)
    quiet = Aftermath(None, is_known=True, was_asking=False)
    unknown = Aftermath(None, is_known=False, was_asking=False)
    late = Aftermath(40.0, is_known=False, was_asking=True)

    assert describe_aftermath(called) == "called again after 3 h 12 min"
    assert describe_aftermath(quiet) == "did not call within 24 h"
    assert describe_aftermath(unknown) == "still open at the end of the log"
    assert describe_aftermath(late) == "was in another call already; called again after 40 s"


@given(st.floats(0, DAY))
def test_a_time_is_told_to_the_minute(seconds: float) -> None:
    number_of = {"h": 0, "min": 0, "s": 0}
    words = describe_time(seconds).split()
    for number, unit in zip(words[::2], words[1::2], strict=True):
        number_of[unit] = int(number)

    told = number_of["h"] * HOUR + number_of["min"] * MINUTE + number_of["s"]
    assert told <= seconds < told + (MINUTE if seconds >= MINUTE else 1.0)
