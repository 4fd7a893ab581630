"""How what a fork does is told."""

import os
import time

import pytest

from bench.mutation_fork import GREEN, RED, forked


@pytest.mark.parametrize(("status", "text"), [(GREEN, ""), (RED, "test_a failed")])
def test_a_fork_tells_how_it_ended(status: int, text: str) -> None:
    def work(tell: int) -> None:
        os.write(tell, text.encode())
        os._exit(status)

    assert forked(work, 60.0) == (status, text)


def test_a_fork_that_raises_is_noticed_and_one_that_does_not_end_too() -> None:
    def broken(_tell: int) -> None:
        msg = "no"
        raise ValueError(msg)

    assert forked(broken, 60.0) == (RED, "ValueError: no")
    assert forked(lambda _tell: time.sleep(60), 0.05) == (None, "")
