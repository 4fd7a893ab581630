from hypothesis import given
from hypothesis import strategies as st

from detectors.marks import MAX_MARKS, Marks

TIMES = st.lists(st.integers(0, 50).map(float), max_size=MAX_MARKS)


@given(times=TIMES, after=st.integers(-1, 50), length=st.integers(0, 50))
def test_it_counts_what_lies_in_the_window(times: list[float], after: int, length: int) -> None:
    marks = Marks()
    for at in times:
        marks.add("a", at)

    until = after + length
    assert marks.count("a", after, until) == sum(after < at <= until for at in times)
    assert marks.count("b", after, until) == 0


@given(times=TIMES, cleared=st.integers(0, 50), place=st.integers(0, MAX_MARKS))
def test_when_the_success_arrives_does_not_matter(
    times: list[float], cleared: int, place: int
) -> None:
    marks = Marks()
    for at in times[:place]:
        marks.add("a", at)
    marks.clear("a", float(cleared))
    for at in times[place:]:
        marks.add("a", at)

    assert marks.count("a", -1.0, 100.0) == sum(at > cleared for at in times)
    assert Marks.from_list(marks.to_list()).to_list() == marks.to_list()


def test_only_the_newest_are_kept() -> None:
    marks = Marks()
    for at in range(100):
        marks.add("a", float(at))

    assert marks.count("a", -1.0, 100.0) == MAX_MARKS
    assert marks.count("a", 100.0 - MAX_MARKS - 1.0, 100.0) == MAX_MARKS


def test_an_older_success_takes_nothing_back() -> None:
    marks = Marks()
    marks.clear("a", 20.0)
    marks.clear("a", 10.0)
    marks.add("a", 15.0)

    assert marks.count("a", 0.0, 100.0) == 0
