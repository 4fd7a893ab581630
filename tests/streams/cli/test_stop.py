"""What `precede stop` refuses before it asks Kafka; with it: tests/integration/test_stop.py."""

import pytest
from typer.testing import CliRunner

from streams.cli.main import app

RUN = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stop"], "--reason must say why"),
        (["resume", "--rule", "r"], "--reason must say why"),
        (["stop", "--reason", "x" * 501], "--reason must say why in 1 to 500 characters; got 501"),
        (["stop", "--rule", "r", "--channel", "c", "--reason", "x"], "either --rule or --channel"),
        (["stop", "--rule", " ", "--reason", "x"], "--rule must be the name of a rule"),
    ],
)
def test_an_order_that_cannot_be_kept_is_a_usage_error(arguments: list[str], told: str) -> None:
    result = RUN.invoke(app, arguments)

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", ["stop", "resume", "api"])
def test_the_help_shows_examples(command: str) -> None:
    said = RUN.invoke(app, [command, "--help"]).stdout

    assert "Example" in said
    assert f"precede {command}" in said
