import socket

import pytest

from streams.kafka import ports
from streams.kafka.error import KafkaSetupError
from streams.kafka.ports import FIRST, LAST, free_port, is_free

HOST = "127.0.0.1"


def test_a_port_in_use_is_passed_over() -> None:
    start = free_port(HOST, FIRST + 5_000)
    with socket.create_server((HOST, start)):
        assert not is_free(HOST, start)
        assert FIRST <= free_port(HOST, start) <= LAST
        assert free_port(HOST, start) != start


def test_search_goes_round_at_the_end() -> None:
    assert FIRST <= free_port(HOST, LAST + 1) <= LAST
    assert FIRST <= free_port(HOST, FIRST - 1) <= LAST


def test_a_port_just_left_is_free_for_a_restart() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            server.accept()[0].close()  # this side closes first and keeps the port in TIME_WAIT
            client.recv(1)

    assert is_free(HOST, port)


def test_no_free_port_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port(HOST, FIRST + 6_000)
    monkeypatch.setattr(ports, "FIRST", port)
    monkeypatch.setattr(ports, "LAST", port)
    with (
        socket.create_server((HOST, port)),
        pytest.raises(KafkaSetupError, match="must be free; got none"),
    ):
        free_port(HOST, port)
