import math
import random

from detectors.traces import MAX_ROWS, Traces, checksum


def test_rows_come_in_the_order_of_time_and_windows_are_half_open() -> None:
    rows = [(float(at), at % 3, float(at)) for at in range(10)]
    traces = Traces()
    for row in random.Random(1).sample(rows, len(rows)):
        traces.add("hold", *row)

    assert list(traces.rows("hold", 2.0, 5.0)) == rows[3:6]
    assert list(traces.rows("hold", -1.0, math.inf)) == rows
    assert list(traces.rows("menu", -1.0, math.inf)) == []


def test_the_most_rows_about_one_thing() -> None:
    traces = Traces()
    for at, about in enumerate((7, 8, 7, 8, 8)):
        traces.add("menu", float(at), about)

    assert traces.most_alike("menu", -1.0, 4.0) == 3
    assert traces.most_alike("menu", -1.0, 2.0) == 2
    assert traces.most_alike("menu", 4.0, 9.0) == 0


def test_the_oldest_go_first() -> None:
    traces = Traces()
    for at in range(1_000):
        traces.add("hold", float(at))

    assert [row[0] for row in traces.rows("hold", -1.0, math.inf)] == [
        float(at) for at in range(1_000 - MAX_ROWS, 1_000)
    ]


def test_what_was_made_good_is_forgotten_with_the_moment_itself() -> None:
    traces = Traces()
    for at in (1.0, 2.0, 3.0):
        traces.add("refusal", at)
    traces.clear("refusal", 2.0)
    assert [row[0] for row in traces.rows("refusal", -1.0, 9.0)] == [3.0]

    traces.clear("refusal", 3.0)
    traces.clear("hold", 3.0)
    assert traces.to_list() == {}


def test_what_is_stored_comes_back_exactly() -> None:
    traces = Traces()
    traces.add("hold", 0.1, checksum("a"), 1 / 3)
    traces.add("menu", -1e9, 2**32 - 1)
    again = Traces.from_list(traces.to_list())

    assert again.to_list() == traces.to_list()
    assert again.rows("hold", 0.0, 1.0) == traces.rows("hold", 0.0, 1.0)


def test_texts_that_cannot_be_written_have_a_checksum_too() -> None:
    assert checksum("\ud800") == checksum("\udfff")
    assert checksum("a", "b") != checksum("a\nb", "")
