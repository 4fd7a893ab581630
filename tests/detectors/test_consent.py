"""Consent against all that was ever said."""

from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.consent import MAX_SCOPES, Consent

CLASSES = ("service", "promotional", "*")
CHANNELS = ("mail", "sms", "*")
POINTS = ("", "+1", "+2")


def data(class_: str, channel: str, point: str = "") -> dict[str, Any]:
    return {"class": class_, "channel": channel} | ({"contact_point": point} if point else {})


WORDS = st.lists(
    st.tuples(
        st.integers(0, 6), st.booleans(), st.sampled_from(CLASSES), st.sampled_from(CHANNELS),
        st.sampled_from(POINTS),
    ),
    max_size=30,
)  # fmt: skip


def told(words: list[tuple[int, bool, str, str, str]]) -> Consent:
    consent = Consent()
    for at, granted, class_, channel, point in words:
        (consent.grant if granted else consent.withdraw)(float(at), data(class_, channel, point))
    return consent


def newest(
    words: list[tuple[int, bool, str, str, str]], class_: str, channel: str, point: str
) -> bool | None:
    about = [
        (at, not granted)
        for at, granted, of, via, to in words
        if of in {"*", class_} and via in {"*", channel} and to in {"", point}
    ]
    return None if not about else not max(about)[1]


@settings(max_examples=300)
@given(WORDS)
def test_the_last_word_wins_in_any_order_and_ties_deny(
    words: list[tuple[int, bool, str, str, str]],
) -> None:
    # Up to 27 scopes are said: more than are kept, so then it may only deny more.
    scopes = {word[2:] for word in words}
    consent, backwards = told(words), told(words[::-1])
    for class_ in ("service", "promotional"):
        for channel in ("mail", "sms"):
            for point in POINTS:
                said = consent.newest(class_, {channel}, point)
                expected = newest(words, class_, channel, point)
                if len(scopes) <= MAX_SCOPES:
                    assert (None if said is None else said.granted) == expected
                    other = backwards.newest(class_, {channel}, point)
                    # Two words at the same time that say the same are as good as each other.
                    assert (None if other is None else other[:2]) == (said and said[:2])
                elif expected is False:
                    assert said is not None
                    assert not said.granted
    packed = msgpack.packb(consent.to_list())
    assert Consent.from_list(msgpack.unpackb(packed)).to_list() == consent.to_list()
    assert len(consent.to_list()) <= MAX_SCOPES


def test_a_grant_for_everything_goes_before_a_withdrawal_when_there_is_no_room() -> None:
    consent = Consent()
    consent.withdraw(0.0, data("promotional", "sms"))
    for n in range(MAX_SCOPES):
        consent.grant(1.0 + n, data("promotional", f"channel-{n}"))

    said = consent.newest("promotional", {"sms"}, "")
    assert said is not None
    assert not said.granted
    assert consent.newest("promotional", {"channel-0"}, "") is None


def test_too_many_withdrawals_become_one_about_everything() -> None:
    consent = Consent()
    for n in range(MAX_SCOPES + 1):
        consent.withdraw(float(n), data("promotional", f"channel-{n}"))

    said = consent.newest("service", {"anything"}, "+1")
    assert said is not None
    assert (said.granted, said.at) == (False, float(MAX_SCOPES))


@pytest.mark.parametrize(
    "unreadable",
    [{}, {"class": "promotional"}, {"class": "marketing", "channel": "sms"}, {"class": 3}],
)
def test_what_cannot_be_read_never_allows(unreadable: dict[str, Any]) -> None:
    consent = Consent()
    consent.grant(5.0, unreadable)
    assert consent.is_empty()

    consent.withdraw(5.0, unreadable)
    said = consent.newest("promotional", {"sms"}, "+1")
    assert said is not None
    assert not said.granted


def test_a_channel_goes_by_several_names() -> None:
    consent = Consent()
    consent.grant(1.0, data("promotional", "phone"))

    assert consent.newest("promotional", ("sms", "phone"), "") is not None
    assert consent.newest("promotional", ("sms",), "") is None
