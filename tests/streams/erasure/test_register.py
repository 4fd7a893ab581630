"""Who was forgotten is known by the id and the salt alone."""

from dataclasses import replace

from streams.erasure.register import Erasure, digest_of, find


def test_a_digest_needs_the_id_and_the_salt() -> None:
    digest = digest_of("c-1", "salt")

    assert digest == digest_of("c-1", "salt")
    assert len({digest, digest_of("c-2", "salt"), digest_of("c-1", "other")}) == 3
    assert len(digest) == 64


def test_an_erasure_is_found_by_its_digest() -> None:
    first = Erasure("aa" * 32, 1, "DSR-1", 10.0, 20.0)
    second = replace(first, digest="bb" * 32)

    assert find([first, second], "bb" * 32) == second
    assert find([first], "bb" * 32) is None


def test_tried_again_it_is_the_same_event_and_another_erasure_is_another() -> None:
    erasure = Erasure("ab" * 32, 1, "", 10.0, 20.0)

    assert replace(erasure, applied_at=11.0).event_id == erasure.event_id
    assert replace(erasure, number=2).event_id != erasure.event_id
