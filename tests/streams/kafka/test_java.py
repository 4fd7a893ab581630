from pathlib import Path

import pytest

from streams.kafka.error import KafkaSetupError
from streams.kafka.java import find_java


def _runtime(folder: Path, release: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text("")
    java.chmod(0o755)
    (folder / "release").write_text(release)
    return java


def test_the_packaged_runtime_is_there() -> None:
    assert find_java().is_file()


def test_a_path_of_the_operator_goes_first(tmp_path: Path) -> None:
    java = _runtime(tmp_path, 'JAVA_VERSION="17.0.2"\n')

    assert find_java(java) == java


def test_version_is_read_beside_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    runtime = tmp_path / "jdk"
    runtime.mkdir()
    link = tmp_path / "java"
    link.symlink_to(_runtime(runtime, 'IMPLEMENTOR="X"\nJAVA_VERSION="11.0.2"\n'))

    with pytest.raises(KafkaSetupError, match="Java 17 or later; got 11"):
        find_java(link)


def test_java_8_says_1_8(tmp_path: Path) -> None:
    java = _runtime(tmp_path, 'JAVA_VERSION="1.8.0_402"\n')

    with pytest.raises(KafkaSetupError, match="Java 17 or later; got 8"):
        find_java(java)


def test_a_runtime_that_does_not_say_its_version_is_tried(tmp_path: Path) -> None:
    java = _runtime(tmp_path, "")

    assert find_java(java) == java


@pytest.mark.parametrize("mode", [0o644, None])
def test_what_cannot_run_is_refused(tmp_path: Path, mode: int | None) -> None:
    java = tmp_path / "java"
    if mode is not None:
        java.write_text("")
        java.chmod(mode)

    with pytest.raises(KafkaSetupError, match="PRECEDE_JAVA must be a java executable; got"):
        find_java(java)
