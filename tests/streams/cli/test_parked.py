"""What `precede parked` refuses before it asks Kafka; with it: tests/integration/test_parked.py."""

import pytest
from typer.testing import CliRunner

from streams.cli.main import app

RUN = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["replay"], "either ids of actions or --channel"),
        (["replay", "a", "--channel", "crm"], "either ids of actions or --channel"),
        (["cancel"], "either ids of actions or --channel"),
        (["cancel", "a", "--reason", "x" * 501], "at most 500 characters; got 501"),
    ],
)
def test_a_command_that_names_nothing_or_too_much_is_a_usage_error(
    arguments: list[str], told: str
) -> None:
    result = RUN.invoke(app, ["parked", *arguments])

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", ["list", "replay", "cancel"])
def test_the_help_shows_examples(command: str) -> None:
    said = RUN.invoke(app, ["parked", command, "--help"]).stdout

    assert "Example" in said
    assert f"precede parked {command}" in said
