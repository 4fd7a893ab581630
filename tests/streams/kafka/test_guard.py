import subprocess
import sys
import time

import psutil
import pytest

from streams.clock import monotonic
from streams.kafka import guard
from streams.kafka.state import is_alive

WAITS = [sys.executable, "-c", "import time; time.sleep(600)"]
OWNER = f"""
import subprocess, sys
guard = subprocess.Popen([sys.executable, {guard.__file__!r}, "hold", *{WAITS!r}],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(guard.stdout.readline().decode().strip(), flush=True)
sys.stdin.read()
"""


def _start(mode: str, command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, mode, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def _pid(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_command_ends_when_its_owner_lets_go() -> None:
    process = _start("hold", WAITS)
    command = psutil.Process(_pid(process))

    process.communicate()

    assert not is_alive(command)


def test_command_ends_when_its_owner_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        command = psutil.Process(_pid(owner))
        owner.kill()

    deadline = monotonic() + 20
    while is_alive(command) and monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(command)


def test_command_that_is_left_outlives_the_guard() -> None:
    process = _start("leave", WAITS)
    command = psutil.Process(_pid(process))
    try:
        process.communicate()

        assert process.returncode == 0
        assert is_alive(command)
    finally:
        command.kill()


@pytest.mark.parametrize("code", [0, 3])
def test_exit_code_is_handed_on(code: int) -> None:
    process = _start("hold", [sys.executable, "-c", f"raise SystemExit({code})"])
    assert process.stdin is not None

    assert process.wait(timeout=20) == code
    process.communicate()
