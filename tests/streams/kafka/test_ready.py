import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streams.kafka.ports import free_port
from streams.kafka.ready import serving_cluster

HOST = "127.0.0.1"
BROKER = struct.pack(">ih9sih", 1, 9, HOST.encode(), 20_001, -1)  # node, host, port, no rack
CLUSTER = struct.pack(">h9s", 9, b"cluster-1")


def _response(brokers: list[bytes], rest: bytes) -> bytes:
    body = struct.pack(">ii", 1, len(brokers)) + b"".join(brokers) + rest
    return struct.pack(">i", len(body)) + body


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("brokers", [1, 3])
def test_a_serving_broker_names_its_cluster(brokers: int) -> None:
    with _answering(_response([BROKER] * brokers, CLUSTER)) as port:
        assert serving_cluster(HOST, port) == "cluster-1"


def test_a_broker_that_still_leaves_itself_out_serves_nobody() -> None:
    with _answering(_response([], CLUSTER)) as port:
        assert serving_cluster(HOST, port) is None


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n", _response([BROKER], b"")]
)
def test_another_program_is_no_broker(answer: bytes) -> None:
    with _answering(answer) as port:
        assert serving_cluster(HOST, port) is None


def test_nobody_there() -> None:
    assert serving_cluster(HOST, free_port(HOST, 27_000)) is None
