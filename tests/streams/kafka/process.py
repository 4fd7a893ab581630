"""A process that looks like the broker of a cluster, to be found or not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from streams.kafka.state import cluster_argument


@contextmanager
def lookalike(cluster: str) -> Iterator[int]:
    """Run one and give its pid; it lives until the end of the block."""
    code = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, cluster_argument(cluster)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.stdin.close()
