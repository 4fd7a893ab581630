from rules.playbook.loader import load
from tests.rules.playbook.texts import PLAYBOOK, RULE, replaced, small, texts


def test_layout_and_comments_do_not_change_the_hash() -> None:
    other = texts(
        "# a comment\n" + RULE.replace("topic: calls\n", "topic: 'calls'   # same\n\n"),
        PLAYBOOK.replace("gates: {}", "gates:\n  {}\n"),
    )

    assert load(other).hash == small().hash
    assert load({"all.yaml": PLAYBOOK + RULE}).hash == small().hash


def test_content_changes_hash_and_version() -> None:
    other = load(replaced("and event.wait_s > 10s", "and event.wait_s > 9s"))

    assert other.hash != small().hash
    assert other.rules[0].version != small().rules[0].version


def test_a_test_more_is_the_same_version_of_the_rule() -> None:
    other = load(replaced("name: waited long", "name: waited for a long time"))

    assert other.hash != small().hash
    assert other.rules[0].version == small().rules[0].version


def test_a_default_written_out_is_the_same_version() -> None:
    other = load(replaced("topic: calls", "topic: calls\n    priority: 50"))

    assert other.rules[0].version == small().rules[0].version
