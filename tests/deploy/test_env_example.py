import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from streams.settings import Settings

LINES = (Path(__file__).parents[2] / "deploy" / ".env.example").read_text().splitlines()
SETTING = re.compile(r"#PRECEDE_([A-Z_]+)=(.*)")
SHOWN = {
    match[1].lower(): match[2] for line in LINES if (match := SETTING.fullmatch(line)) is not None
}


def as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, dict) else str(value)


def comment_above(name: str) -> str:
    at = next(i for i, line in enumerate(LINES) if line.startswith(f"#PRECEDE_{name.upper()}="))
    comment: list[str] = []
    while at and LINES[at - 1].startswith("# "):
        at -= 1
        comment.insert(0, LINES[at][2:])
    return " ".join(comment)


def test_every_setting_is_there_in_the_order_of_the_settings() -> None:
    assert list(SHOWN) == list(Settings.model_fields)


@pytest.mark.parametrize("name", SHOWN)
def test_the_value_shown_is_the_default(name: str) -> None:
    assert SHOWN[name] == as_text(Settings.model_fields[name].default)


@pytest.mark.parametrize("name", [name for name, value in SHOWN.items() if value])
def test_the_value_shown_is_read_as_the_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PRECEDE_{name.upper()}", SHOWN[name])

    assert getattr(Settings(), name) == Settings.model_fields[name].default


@pytest.mark.parametrize("name", SHOWN)
def test_a_setting_is_explained_and_a_time_has_its_unit(name: str) -> None:
    comment = comment_above(name)

    assert len(comment) > 15
    if name.endswith("_s"):
        assert "seconds" in comment


def test_nothing_is_set_before_the_operator_chose_it() -> None:
    assert not [line for line in LINES if line and not line.startswith("#")]
