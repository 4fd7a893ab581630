"""Event time of a partition: never back, never ahead of the slowest open source."""

import math

from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Event
from streams.engine.watermark import Watermark
from tests.streams.engine.build import progress


def idle(raw: int, of_n: int) -> Event:
    data = {"raw": raw, "of_n": of_n, "idle": True}
    return Event(f"progress-{raw}", "precede/normalise", "progress", 0.0, "", data)


def test_time_stands_still_until_every_raw_partition_has_reported() -> None:
    watermark = Watermark()

    assert not watermark.update(progress(50.0, raw=0, of_n=3))
    assert not watermark.update(progress(60.0, raw=1, of_n=3))
    assert watermark.at == -math.inf

    assert watermark.update(progress(70.0, raw=2, of_n=3))
    assert watermark.at == 50.0


def test_the_slowest_one_counts() -> None:
    watermark = Watermark()
    watermark.update(progress(50.0, raw=0, of_n=2))
    watermark.update(progress(60.0, raw=1, of_n=2))

    assert not watermark.update(progress(99.0, raw=1, of_n=2))
    assert watermark.at == 50.0


def test_an_idle_one_leaves_the_minimum_and_comes_back() -> None:
    watermark = Watermark()
    watermark.update(progress(50.0, raw=0, of_n=2))
    watermark.update(progress(60.0, raw=1, of_n=2))

    assert watermark.update(idle(0, 2))
    assert watermark.at == 60.0

    # A source that opens again behind the watermark does not turn time back.
    assert not watermark.update(progress(55.0, raw=0, of_n=2))
    assert watermark.at == 60.0


def test_a_source_that_was_closed_before_all_had_reported_is_not_forgotten() -> None:
    # A short replay can be over before the owners of the other raw partitions have started.
    watermark = Watermark()
    watermark.update(progress(50.0, raw=0, of_n=2, lateness_s=10.0))
    watermark.update(idle(0, 2))

    assert watermark.update(idle(1, 2))
    assert watermark.at == 40.0


def test_all_idle_keep_the_time_they_had() -> None:
    watermark = Watermark()
    watermark.update(progress(50.0, raw=0, of_n=1))

    assert not watermark.update(idle(0, 1))
    assert watermark.at == 50.0


def test_each_source_has_its_own_lateness() -> None:
    watermark = Watermark()
    watermark.update(progress(100.0, raw=0, of_n=2, lateness_s=30.0))
    watermark.update(progress(110.0, raw=1, of_n=2, lateness_s=0.0))

    # Events of the first raw partition may still come from 70 on, whoever reported last.
    assert watermark.at == 70.0
    assert watermark.lateness_s == 30.0


def test_the_lateness_is_of_those_that_flow() -> None:
    watermark = Watermark()
    watermark.update(progress(100.0, raw=0, of_n=2, lateness_s=30.0))
    watermark.update(progress(110.0, raw=1, of_n=2, lateness_s=5.0))

    watermark.update(idle(0, 2))

    assert (watermark.at, watermark.lateness_s) == (105.0, 5.0)


REPORTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(st.none(), st.floats(0, 1e9)),
        st.sampled_from([0.0, 30.0]),
    ),
    max_size=40,
)


@given(REPORTS, st.integers(0, 40))
def test_it_never_goes_back_nor_ahead_and_survives_a_restart(
    reports: list[tuple[int, float | None, float]], cut: int
) -> None:
    watermark = Watermark()
    newest: dict[int, float] = {}
    open_ones: set[int] = set()
    for number, (raw, at, lateness_s) in enumerate(reports):
        if number == cut:
            packed = watermark.pack()
            watermark = Watermark()
            watermark.unpack(packed)
            assert watermark.pack() == packed
        before = watermark.at
        event = idle(raw, 3) if at is None else progress(at, raw, 3, lateness_s=lateness_s)
        moved = watermark.update(event)
        if at is None:
            newest.setdefault(raw, -math.inf)
            open_ones.discard(raw)
        else:
            newest[raw] = at - lateness_s
            open_ones.add(raw)
        assert watermark.at >= before
        assert moved == (watermark.at > before)
        slowest = min((newest[raw] for raw in open_ones), default=max(newest.values()))
        assert watermark.at == (before if len(newest) < 3 else max(before, slowest))
