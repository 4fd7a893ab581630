from rules.compiled import KEPT, program_of
from rules.playbook.loader import load
from tests.rules.playbook.texts import replaced, small


def test_the_same_content_has_one_program() -> None:
    assert program_of(small()) is program_of(small())


def test_another_content_has_another_program() -> None:
    other = load(replaced("event.wait_s > 10s", "event.wait_s > 11s"))

    assert program_of(other) is not program_of(small())


def test_the_programs_used_last_are_kept() -> None:
    kept = program_of(small())
    for seconds in range(20, 20 + KEPT):
        program_of(small())
        program_of(load(replaced("event.wait_s > 10s", f"event.wait_s > {seconds}s")))

    assert program_of(small()) is kept
    for seconds in range(20, 20 + KEPT):
        program_of(load(replaced("event.wait_s > 10s", f"event.wait_s > {seconds}s")))
    assert program_of(small()) is not kept
