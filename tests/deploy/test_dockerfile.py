import re
import tomllib
from pathlib import Path

from streams.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", DOCKERFILE, re.MULTILINE)


def copied() -> list[str]:
    sources = []
    for arguments in instructions("COPY"):
        if not arguments.startswith("--from="):
            sources += arguments.split()[:-1]
    return sources


def test_everything_copied_exists_and_reaches_the_builder() -> None:
    allowed = {
        line[1:]
        for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
    assert set(copied()) == allowed


def test_every_package_of_the_distribution_is_copied() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert set(packages) <= set(copied())
    assert PROJECT["project"]["readme"] in copied()


def test_what_is_installed_is_verified_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    backend = PROJECT["build-system"]["build-backend"].split(".")[0]

    assert "pip install --require-hashes -r requirements.lock" in DOCKERFILE
    assert re.search(rf"^{backend}==", lock, re.MULTILINE)  # for --no-build-isolation
    assert "--hash=sha256:" in lock


def test_the_entry_point_is_the_console_script() -> None:
    (entry,) = instructions("ENTRYPOINT")

    assert entry == '["precede"]'
    module, function = PROJECT["project"]["scripts"]["precede"].split(":")
    source = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text()
    assert f"def {function}(" in source
    assert instructions("CMD")[-1] == '["worker"]'
    assert (ROOT / "streams" / "cli" / "worker.py").is_file()


def test_it_does_not_run_as_root() -> None:
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]

    assert re.search(r"^USER precede$", last_stage, re.MULTILINE)
    assert instructions("FROM")[-1] == "python:3.13-slim"


def test_settings_in_the_image_exist_and_the_port_is_the_default() -> None:
    port = Settings.model_fields["http_port"].default
    given = dict(re.findall(r"PRECEDE_(\w+)=(\S+)", instructions("ENV")[-1]))

    assert {name.lower() for name in given} <= Settings.model_fields.keys()
    assert int(given["HTTP_PORT"]) == port
    assert instructions("EXPOSE") == [str(port)]
    assert f"127.0.0.1:{port}/health/live" in DOCKERFILE


def test_the_python_of_the_image_is_supported() -> None:
    (version,) = set(re.findall(r"python:(\d\.\d+)-slim", DOCKERFILE))

    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]
