import msgpack

from rules.temporal.occurrences import HELD_S, MAX_OCCURRENCES, Occurrences
from rules.temporal.state import State


def test_an_occurrence_begins_anew_after_its_end() -> None:
    occurrences = Occurrences("o")
    state: State = {}
    assert occurrences.begin(state, "k1", 0.0)
    assert occurrences.begin(state, "k2", 1.0)
    assert not occurrences.begin(state, "k1", 2.0)
    occurrences.end(state, "k1")
    occurrences.end(state, "unknown")

    assert not occurrences.begin(state, "k2", 3.0)
    assert occurrences.begin(state, "k1", 4.0)


def test_the_oldest_of_many_is_forgotten() -> None:
    occurrences = Occurrences("oAbcd")
    state: State = {}
    for number in range(MAX_OCCURRENCES + 1):
        assert occurrences.begin(state, f"k{number}", float(number))

    assert not occurrences.begin(state, "k1", 9.0)
    assert occurrences.begin(state, "k0", 9.0)
    assert len(msgpack.packb(state)) <= occurrences.bytes() + 1


def test_occurrences_end_when_nothing_came_for_a_week() -> None:
    occurrences = Occurrences("o")
    state: State = {}
    occurrences.begin(state, "k1", 0.0)

    assert not occurrences.begin(state, "k1", HELD_S - 1.0)
    assert occurrences.begin(state, "k1", HELD_S)
    occurrences.forget(state, 3 * HELD_S)
    assert state == {}


def test_a_late_occurrence_does_not_shorten_the_memory() -> None:
    occurrences = Occurrences("o")
    state: State = {}
    occurrences.begin(state, "k1", 1000.0)
    occurrences.begin(state, "k2", 500.0)

    assert not occurrences.begin(state, "k1", HELD_S + 999.0)
