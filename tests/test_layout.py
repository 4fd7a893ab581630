"""Where things stand: our packages, folders that mirror them, files that fit on a few screens."""

from pathlib import Path

import pytest

import detectors
import rules
import streams

ROOT = Path(__file__).parents[1]
PACKAGES = (detectors, rules, streams)
MAX_LINES = {"detectors": 400, "rules": 400, "streams": 400, "bench": 400, "tests": 600}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.__name__))
def test_packages_are_ours(package: object) -> None:
    # Three plain names: another distribution's `rules` would shadow ours without a word.
    found = getattr(package, "__file__", None)

    assert found is not None
    assert Path(found).resolve() == ROOT / str(package.__name__) / "__init__.py"  # type: ignore[attr-defined]


def test_every_folder_of_tests_is_a_package() -> None:
    # Files of one name in two folders would otherwise be one module.
    folders = {path.parent for path in sources("tests")}

    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_folders_of_tests_mirror_the_source() -> None:
    own = {"integration", "deploy", "golden", "bench", "long"}
    folders = {
        path.parent.relative_to(ROOT / "tests") for path in sources("tests") if path.parent != ROOT
    }

    missing = [
        folder
        for folder in folders
        if folder.parts and folder.parts[0] not in own and not (ROOT / folder).is_dir()
    ]
    assert not missing


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.__name__))
def test_every_folder_of_a_package_is_one(package: object) -> None:
    name = str(package.__name__)  # type: ignore[attr-defined]
    folders = {path.parent for path in sources(name)}

    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


@pytest.mark.parametrize(("folder", "limit"), MAX_LINES.items())
def test_no_file_is_longer_than_a_person_reads(folder: str, limit: int) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources(folder)
    }

    assert {name: lines for name, lines in lengths.items() if lines > limit} == {}
