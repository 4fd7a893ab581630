"""Samples of where processor time goes."""

import threading
import time
from pathlib import Path

from bench.sampler import Sampler, by_function, by_stage, read_used, write_used

HERE = "tests/bench/test_sampler.py"


def works_for(seconds: float) -> int:
    turns, end = 0, time.thread_time() + seconds
    while time.thread_time() < end:
        turns += sum(range(1_000))
    return turns


def works_longer() -> None:
    works_for(0.6)


def works_shorter() -> None:
    works_for(0.2)


def test_time_is_booked_on_who_worked_and_nothing_on_who_waited(tmp_path: Path) -> None:
    waits = threading.Event()
    waiting = threading.Thread(target=waits.wait, name="waits")
    waiting.start()
    sampler = Sampler()
    try:
        sampler.start()
        works_longer()
        works_shorter()
        used = sampler.stop()
    finally:
        waits.set()
        waiting.join()

    stages = (("longer", [f"{HERE}:works_longer"]), ("shorter", [f"{HERE}:works_shorter"]))
    spent = by_stage(used, stages)
    assert spent["longer"] > 2 * spent["shorter"] > 0.1
    assert spent["the rest"] < 0.1 * sum(spent.values())
    assert max(by_function(used).items(), key=lambda item: item[1])[0] == (HERE, "works_for")
    assert not any(("threading.py", "wait") in stack for stack in used)

    file = tmp_path / "used.json"
    write_used(used, file)
    assert read_used(file) == used
