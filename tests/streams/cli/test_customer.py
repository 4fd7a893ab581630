import pytest
from typer.testing import CliRunner

from streams.cli.main import app

RUN = CliRunner(env={"COLUMNS": "200"})


@pytest.mark.parametrize("command", [["forget", "c-1"], ["purge"], ["purge", "--now"]])
def test_what_cannot_be_undone_needs_a_person_or_yes(command: list[str]) -> None:
    outcome = RUN.invoke(app, ["customer", *command])

    assert outcome.exit_code == 2
    assert "a person must confirm this" in " ".join(outcome.stderr.split())


@pytest.mark.parametrize("command", ["export", "forget"])
@pytest.mark.parametrize("customer", ["", "c" * 257])
def test_what_cannot_be_an_id_is_told(command: str, customer: str) -> None:
    outcome = RUN.invoke(app, ["customer", command, customer])

    assert outcome.exit_code == 2
    assert f"ID must have 1 to 256 characters; got {len(customer)}" in outcome.stderr
