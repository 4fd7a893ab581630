"""Asks a broker who it is, in Kafka's own protocol."""

import socket
import struct

METADATA = 3
VERSION = 2  # the first that names the cluster; Kafka 4 still answers 0 and later
_TIMEOUT_S = 2.0


def serving_cluster(host: str, port: int) -> str | None:
    """Return the id of the cluster that serves clients there; ``None`` if none does yet.

    An open port is not enough: a broker opens it before it lets clients in, and the port may be
    another program's.
    """
    # api key, version, correlation id, client id, no topics.
    request = struct.pack(">hhih7si", METADATA, VERSION, 1, 7, b"precede", 0)
    try:
        with socket.create_connection((host, port), _TIMEOUT_S) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as stream:
                (size,) = struct.unpack(">i", stream.read(4))
                return _cluster_id(stream.read(size))
    except (OSError, struct.error, UnicodeDecodeError):
        return None


def _cluster_id(response: bytes) -> str | None:
    _, brokers = struct.unpack_from(">ii", response)
    if brokers < 1:  # a broker that is still fenced leaves itself out
        return None
    at = 8
    for _ in range(brokers):
        at = _skip_text(response, at + 4)  # node id, host
        at = _skip_text(response, at + 4)  # port, rack
    end = _skip_text(response, at)
    return response[at + 2 : end].decode()


def _skip_text(response: bytes, at: int) -> int:
    (length,) = struct.unpack_from(">h", response, at)
    return int(at + 2 + max(length, 0))  # -1 is null
