import pytest

from rules.proof.comparable import ANSWERED, BANDS, asked_anyway, band_of, like
from rules.proof.history import Contact, History, Kind
from rules.proof.intervals import Share
from tests.rules.proof.build import DAY, HOUR, MINUTE, abandoned, answered, history_of

DELAY_S = 15 * MINUTE
LATER = answered("end", 10 * DAY, "call:end")  # the log goes on


def count(history: History, fired: set[Contact] | None = None, delay_s: float = DELAY_S) -> Share:
    """Return the comparable answered callers with few earlier contacts."""
    return asked_anyway(history, [ANSWERED], delay_s, fired or set())[ANSWERED, "0-2"]


def test_bands_hold_every_number_once() -> None:
    for earlier in range(200):
        assert sum(band.least <= earlier <= band.most for band in BANDS) == 1
        assert band_of(earlier) in {"0-2", "3-9", "10+"}


def test_who_hung_up_is_compared_with_who_got_through() -> None:
    queued = Kind("contact.queued", "inbound", "")

    assert like(Kind("contact.abandoned", "inbound", "")) == ANSWERED
    assert like(queued) == queued


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        # The first call ends after a minute; the clock starts 15 minutes later.
        (16 * MINUTE, Share(0, 1)),  # within the delay: only the second call is counted
        (16 * MINUTE + 1, Share(1, 2)),
        (16 * MINUTE + DAY, Share(1, 2)),
        (16 * MINUTE + DAY + 1, Share(0, 2)),
    ],
)
def test_the_clock_starts_when_the_rule_would_have_acted(ask: float, expected: Share) -> None:
    assert count(history_of(answered("a", 0.0), answered("b", ask), LATER)) == expected


def test_a_call_of_the_company_ends_the_silence_too() -> None:
    silent = answered("a", 0.0), LATER
    called_back = answered("b", 5 * MINUTE, direction="outbound")

    assert count(history_of(*silent)) == Share(0, 1)
    assert count(history_of(*silent, called_back)) == Share(0, 0)


def test_without_a_delay_no_silence_is_asked_for() -> None:
    history = history_of(answered("a", 0.0), answered("b", MINUTE), LATER)

    # The second call starts in the second in which the first ends: it was there already.
    assert count(history, delay_s=0.0) == Share(0, 2)
    assert count(history_of(answered("a", 0.0), answered("b", 61.0), LATER), delay_s=0.0) == Share(
        1, 2
    )


def test_a_contact_on_which_the_rule_fired_is_not_comparable() -> None:
    history = history_of(answered("a", 0.0), answered("b", HOUR, "bob"), LATER)
    fired = history.past("ann").contacts["a"]

    assert count(history, {fired}) == Share(0, 1)


@pytest.mark.parametrize(("end", "n"), [(16 * MINUTE + DAY, 1), (16 * MINUTE + DAY - 1, 0)])
def test_what_the_log_does_not_hold_is_not_counted(end: float, n: int) -> None:
    history = history_of(answered("a", 0.0), answered("z", end - MINUTE, "call:z"))

    assert history.end == end
    assert count(history).n == n


def test_other_kinds_do_not_count() -> None:
    history = history_of(
        abandoned("a", 0.0), answered("b", HOUR, "bob", direction="outbound"), LATER
    )

    assert count(history) == Share(0, 0)


def test_bands_are_by_the_contacts_before() -> None:
    calls = [answered(f"c{number}", number * 2 * DAY) for number in range(12)]
    history = history_of(*calls, answered("z", 30 * DAY, "call:z"))

    counts = asked_anyway(history, [ANSWERED], 0.0, set())

    assert {band: share.n for (_, band), share in counts.items()} == {"0-2": 3, "3-9": 7, "10+": 2}
    assert all(share.hits == 0 for share in counts.values())  # two days apart
