"""Runs a command that must not outlive its owner; started as a script, standard library only.

``guard.py hold COMMAND...`` ends the command when standard input ends, which the system sees to
however the owner dies, SIGKILL included, and on every platform (Linux alone offers
PR_SET_PDEATHSIG, and that fires already when the starting thread ends).
``guard.py leave COMMAND...`` starts it and goes away. Both first write the command's pid.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

GRACE_S = 15.0


def _end_with_owner(child: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin: its lock, held by a daemon thread, would delay the exit by a second.
    os.read(sys.stdin.fileno(), 1)
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def main(mode: str, command: list[str]) -> int:
    """Return the exit code of the command; 0 when it was left running."""
    # The owner decides what Ctrl-C means, not the terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Standard output is the owner's, for the pid alone.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{child.pid}\n")
        sys.stdout.flush()
    if mode == "leave":
        child.returncode = 0  # left on purpose: no warning about a child still running
        return 0
    threading.Thread(target=_end_with_owner, args=(child,), daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
