"""What the README shows must work as it stands."""

import re
from pathlib import Path

import rules.playbook
from detectors.event import decode_event
from rules.playbook.loader import load, read_folder
from rules.playbook.testing import run_tests
from streams.cli.main import app
from streams.settings import Channel, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DEFAULT = Path(rules.playbook.__file__).parent / "default"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_first_rule_loads_beside_the_default_playbook_and_passes_its_tests() -> None:
    (rule,) = blocks("yaml")
    files: dict[str, str | bytes] = {**read_folder(DEFAULT), "long-waits.yaml": rule}

    playbook = load(files)

    outcomes = [each for each in run_tests(playbook) if each.rule == "apologise-for-long-wait"]
    assert [each.passed for each in outcomes] == [True, True]


def test_the_event_is_one() -> None:
    (event,) = blocks("json")

    assert decode_event(event.encode()).customer == "c-42"


def test_every_command_exists() -> None:
    groups = {group.name for group in app.registered_groups}
    commands = {command.name for command in app.registered_commands}
    named = set(re.findall(r"^precede (\w+)", "\n".join(blocks("sh")), re.MULTILINE))

    assert named
    assert named <= groups | commands


def test_every_setting_exists() -> None:
    named = set(re.findall(r"PRECEDE_([A-Z_]+)", README))

    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()

    for target in set(re.findall(r"make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_channels_are_settings() -> None:
    text = re.search(r"PRECEDE_CHANNELS='(.*?)'", README, re.DOTALL)

    assert text is not None
    channels = Settings.model_validate_json(f'{{"channels": {text[1]}}}').channels
    assert {name: type(channel) for name, channel in channels.items()} == {
        "task-desk": Channel,
        "queue-offer": Channel,
    }


def test_files_that_it_points_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
