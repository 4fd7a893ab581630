import sys
from pathlib import Path

import pytest

from streams.cli.main import main

HOSTILE = '{"task-desk": {"kind": "webhook", "url": "ftp://x", "secret": "whsec_c2VjcmV0"}}'


@pytest.mark.parametrize(
    ("command", "variables", "told"),
    [
        ("worker", {}, "no Kafka: none is set and none runs in '.precede'"),
        ("verify", {}, "run `precede kafka up`"),
        ("verify", {"PARTITIONS": "zero"}, "PRECEDE_PARTITIONS: Input should be a valid integer"),
        ("worker", {"SASL_MECHANISM": "NONE"}, "PRECEDE_SASL_MECHANISM: Input should be"),
        (
            "worker",
            {"BOOTSTRAP_SERVERS": "127.0.0.1:1", "CHANNELS": HOSTILE},
            "PRECEDE_CHANNELS: channels.task-desk: url must be https",
        ),
    ],
)
def test_what_a_person_can_put_right_is_told_in_a_sentence(
    command: str,
    variables: dict[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRECEDE_BOOTSTRAP_SERVERS", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(f"PRECEDE_{name}", value)
    monkeypatch.setattr(sys, "argv", ["precede", command])

    with pytest.raises(SystemExit) as caught:
        main()

    errors = capsys.readouterr().err
    assert caught.value.code == 1
    assert told in errors
    assert "Traceback" not in errors
    assert "c2VjcmV0" not in errors
