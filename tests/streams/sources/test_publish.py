"""What `publish` sends is the playbook that was read; the switch itself is an integration test."""

from pathlib import Path

import pytest

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from streams.sources.publish import read_content
from tests.streams.engine.build import DEFAULT, default_playbook


def test_content_is_the_folder_under_names_that_hold_elsewhere() -> None:
    content = read_content(DEFAULT)

    assert set(content) == {path.name for path in DEFAULT.glob("*.yaml")}
    assert load(content).hash == default_playbook().hash


def test_a_folder_in_the_folder_keeps_its_name(tmp_path: Path) -> None:
    for path in DEFAULT.glob("*.yaml"):
        target = tmp_path / ("more" if path.stem == "incidents" else "") / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())

    content = read_content(tmp_path)

    assert "more/incidents.yaml" in content
    assert load(content).rules == default_playbook().rules


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError):
        read_content(tmp_path / "missing")
