"""Python as a worker has it, in a process of its own: it is set once and stays."""

import subprocess
import sys

import orjson

from streams.process import COLLECT, SWITCH_S

PROGRAM = """
import asyncio, gc, sys
import orjson
from streams.process import run_for_long

async def main() -> None:
    loop = type(asyncio.get_running_loop()).__module__
    told = [gc.get_threshold(), gc.get_freeze_count(), sys.getswitchinterval(), loop]
    print(orjson.dumps(told).decode())

run_for_long(main())
"""


def told(program: str) -> tuple[list[int], int, float, str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    threshold, frozen, switch_s, loop = orjson.loads(done.stdout)
    return threshold, frozen, switch_s, loop


def test_cycles_are_sought_seldom_and_threads_hand_over_soon() -> None:
    threshold, frozen, switch_s, loop = told(PROGRAM)
    assert tuple(threshold) == COLLECT
    assert frozen > 1_000
    assert abs(switch_s - SWITCH_S) < 1e-6
    assert loop.startswith("uvloop")


def test_without_libuv_it_runs_on_pythons_own_loop() -> None:
    *_, loop = told("import sys; sys.modules['uvloop'] = None\n" + PROGRAM)
    assert loop.startswith("asyncio")
