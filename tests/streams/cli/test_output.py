import pytest
import typer

from streams.cli.output import fail


def test_an_error_is_told_as_it_is_with_brackets_and_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    message = "a name under [repositories] must be " + "long " * 40

    with pytest.raises(typer.Exit) as caught:
        fail(message, hint="write [it]", code=3)

    told = capsys.readouterr().err.splitlines()
    assert caught.value.exit_code == 3
    assert told[0].rstrip() == f"error: {message}".rstrip()
    assert told[1] == "  = help: write [it]"
