from pathlib import Path

ROOT = Path(__file__).parents[2]
ON_THE_WAY = ("faust-streaming", "aiokafka", "orjson", "msgpack", "river", "uvloop", "cramjam")


def pinned(path: Path) -> dict[str, str]:
    """Return name -> version of a lock file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pins = (line.split(" ")[0] for line in lines if "==" in line and line[0].isalpha())
    return dict(pin.split("==") for pin in pins)


def test_what_is_measured_is_what_is_shipped() -> None:
    shipped, measured = (
        pinned(ROOT / name) for name in ("requirements.lock", "bench/requirements.lock")
    )

    # Everything that the project needs is there, and what is on the way of an event is the same.
    assert set(shipped) <= set(measured)
    assert {name: measured[name] for name in ON_THE_WAY} == {
        name: shipped[name] for name in ON_THE_WAY
    }


def test_every_requirement_of_the_comparison_is_locked() -> None:
    lines = (ROOT / "bench" / "requirements.in").read_text(encoding="utf-8").splitlines()
    wanted = {line.split(">=")[0] for line in lines if line and not line.startswith("#")}

    assert "quixstreams" in wanted
    assert wanted <= set(pinned(ROOT / "bench" / "requirements.lock"))
