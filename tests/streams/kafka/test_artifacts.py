import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from streams.kafka.artifacts import KAFKA_VERSION, cache_folder, fetch_jars, read_pins
from streams.kafka.error import KafkaSetupError

JARS = {
    "org/example/broker/1.0/broker-1.0.jar": b"broker" * 5_000,
    "org/example/log/2.1/log-2.1.jar": b"log" * 5_000,
}


class Repository:
    """A Maven repository on loopback; `jars` may be changed."""

    def __init__(self) -> None:
        self.jars = dict(JARS)
        self.requests: Counter[str] = Counter()

    @contextmanager
    def serving(self) -> Iterator[str]:
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.lstrip("/")
                repository.requests[path] += 1
                body = repository.jars.get(path, b"")
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    path = tmp_path / "pins.sha256"
    rows = (f"{hashlib.sha256(jar).hexdigest()}  {name}\n" for name, jar in JARS.items())
    path.write_text("# a remark\n" + "".join(rows))
    return path


def _use(monkeypatch: pytest.MonkeyPatch, folder: Path, address: str) -> None:
    config = folder / "jgo.conf"
    config.write_text(f"[repositories]\ncentral = {address}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Repository]:
    served = Repository()
    with served.serving() as address:
        _use(monkeypatch, tmp_path, address)
        yield served


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _use(monkeypatch, tmp_path, "http://127.0.0.1:1")


def _console() -> Console:
    return Console(file=StringIO())


def _fetch(tmp_path: Path, pins: Path) -> list[Path]:
    return fetch_jars(tmp_path / "cache", _console(), pins)


def test_jars_come_from_the_repository_once(
    tmp_path: Path, pins: Path, repository: Repository
) -> None:
    first = _fetch(tmp_path, pins)
    second = _fetch(tmp_path, pins)

    assert first == second == [tmp_path / "cache" / name for name in JARS]
    assert [path.read_bytes() for path in first] == list(JARS.values())
    assert {repository.requests[name] for name in JARS} == {1}


def test_a_jar_changed_on_the_way_is_refused(
    tmp_path: Path, pins: Path, repository: Repository
) -> None:
    _, log = JARS
    repository.jars[log] += b"!"

    with pytest.raises(KafkaSetupError, match=r"log-2\.1\.jar must have the SHA-256 .*; got "):
        _fetch(tmp_path, pins)

    assert not (tmp_path / "cache" / log).exists()
    assert not list((tmp_path / "cache").glob(".partial*"))


def test_a_jar_changed_in_the_cache_is_replaced(
    tmp_path: Path, pins: Path, repository: Repository
) -> None:
    broker, _ = _fetch(tmp_path, pins)
    broker.write_bytes(b"tampered")

    assert _fetch(tmp_path, pins)[0].read_bytes() == next(iter(JARS.values()))
    assert repository.requests[next(iter(JARS))] == 2


def test_a_jar_changed_in_the_cache_is_never_returned(
    tmp_path: Path, pins: Path, offline: None
) -> None:
    for name, jar in JARS.items():
        path = tmp_path / "cache" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(jar)
    _fetch(tmp_path, pins)
    path.write_bytes(b"tampered")

    with pytest.raises(KafkaSetupError, match=r"for log-2\.1\.jar"):
        _fetch(tmp_path, pins)


def test_without_network_the_error_says_what_to_do(
    tmp_path: Path, pins: Path, offline: None
) -> None:
    with pytest.raises(KafkaSetupError, match=r"connect to the network once.*PRECEDE_BOOTSTRAP"):
        _fetch(tmp_path, pins)


def test_a_jar_the_repository_lacks_is_named(
    tmp_path: Path, pins: Path, repository: Repository
) -> None:
    del repository.jars["org/example/log/2.1/log-2.1.jar"]

    with pytest.raises(KafkaSetupError, match=r"for log-2\.1\.jar"):
        _fetch(tmp_path, pins)


def test_two_at_once_fetch_once(tmp_path: Path, pins: Path, repository: Repository) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: _fetch(tmp_path, pins), range(4)))

    assert all(result == results[0] for result in results)
    assert {repository.requests[name] for name in JARS} == {1}


def test_cache_is_where_the_desktop_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "precede" / "maven"

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "precede" / "maven"

    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / ".cache" / "precede" / "maven"


def test_pins_name_each_jar_once_with_a_digest() -> None:
    pins = read_pins()

    assert len({pin.path for pin in pins}) == len(pins)
    assert all(len(pin.sha256) == 64 and int(pin.sha256, 16) for pin in pins)
    for pin in pins:
        _, artifact, version = pin.coordinates
        assert pin.path.name == f"{artifact}-{version}.jar"
    kafka = [pin for pin in pins if pin.coordinates[0] == "org.apache.kafka"]
    assert {pin.coordinates[2] for pin in kafka} == {KAFKA_VERSION}
