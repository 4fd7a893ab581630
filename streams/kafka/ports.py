"""Free ports on loopback."""

import socket

from streams.kafka.error import KafkaSetupError

# Below the range from which systems take the ports of outgoing connections (Linux 32768, others
# 49152): a client that waits for a stopped broker would sooner or later connect to itself there,
# and keep the broker's port.
FIRST, LAST = 20_000, 29_999


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, start: int) -> int:
    """Return the first free port from `start` on, within the range, going round once."""
    size = LAST - FIRST + 1
    for step in range(size):
        port = FIRST + (start - FIRST + step) % size
        if is_free(host, port):
            return port
    msg = f"one port of {FIRST} to {LAST} on {host} must be free; got none; stop what holds them"
    raise KafkaSetupError(msg)
