import pytest

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load
from tests.rules.playbook.texts import replaced, texts

TOPIC = "topic: calls\n"
ALL = "gates: {}\n"


def test_a_holdout_is_read_and_changes_the_version_only_where_it_stands() -> None:
    plain = load(texts())
    own = load(replaced(TOPIC, TOPIC + "    holdout: 10\n    experiment: e-1\n    window: 2d\n"))
    shared = load(replaced(ALL, ALL + "holdout: {percent: 5, salt: 2026-Q4}\n"))

    assert (plain.rules[0].holdout, plain.rules[0].experiment_id) == (None, "call-back-soon")
    assert (own.rules[0].holdout, own.rules[0].experiment_id) == (10, "e-1")
    assert (plain.rules[0].window_s, own.rules[0].window_s) == (86400.0, 2 * 86400.0)
    assert shared.holdout is not None
    assert (shared.holdout.percent, shared.holdout.salt) == (5, "2026-Q4")
    assert shared.rules[0].version == plain.rules[0].version != own.rules[0].version
    assert len({plain.hash, own.hash, shared.hash}) == 3


def test_without_the_new_keys_the_hash_is_that_of_the_old_form() -> None:
    spelt = load(replaced(TOPIC, TOPIC + "    lever: 1\n    cost: 0\n    window: 24h\n"))

    assert spelt.hash == load(texts()).hash


@pytest.mark.parametrize(
    ("written", "message", "help_"),
    [
        ("holdout: 60\n", "holdout must be less than or equal to 50", ""),
        ("holdout: -1\n", "holdout must be greater than or equal to 0", ""),
        ("holdout: 10\n    force: fair-treatment\n", "nobody is left without", "remove 'holdout'"),
        ("experiment: Two Words\n", "experiment", ""),
        ("propensity: customer.id\n", "propensity must be a score", "known: score."),
        ("propensity: score.topic\n", "propensity must be a score that is a prob", "score.silence"),
        ("propensity: score.repaet\n", "propensity must be a score", "score.repeat"),
        ("value: -1\n", "value must be greater than or equal to 0", ""),
        ("cost: inf\n", "cost", ""),
        ("window: 0s\n", "window must be greater than 0", ""),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(written: str, message: str, help_: str) -> None:
    with pytest.raises(PlaybookError) as raised:
        load(replaced(TOPIC, TOPIC + "    " + written))
    found = [problem for problem in raised.value.problems if message in problem.message]

    assert found, raised.value
    assert help_ in found[0].help
    assert found[0].file == "rules.yaml"


def test_what_is_critical_is_never_held_out() -> None:
    rule = replaced("template: call-back, due: 30m", "template: call-back, class: critical")
    rule["rules.yaml"] = rule["rules.yaml"].replace(TOPIC, TOPIC + "    holdout: 10\n")

    with pytest.raises(PlaybookError, match="nobody is left without what is critical"):
        load(rule)


def test_one_salt_deals_one_set_of_customers() -> None:
    files = replaced(TOPIC, TOPIC + "    holdout: 10\n")
    files["playbook.yaml"] += "holdout: {percent: 5, salt: call-back-soon}\n"

    with pytest.raises(PlaybookError, match="is the salt of the playbook's holdout already"):
        load(files)


def test_rules_of_one_experiment_hold_out_the_same_percentage() -> None:
    files = replaced(TOPIC, TOPIC + "    holdout: 10\n    experiment: e\n")
    second = files["rules.yaml"].removeprefix("rules:\n").replace("call-back-soon", "second")
    files["more.yaml"] = "rules:\n" + second
    assert len(load(files).rules) == 2

    files["more.yaml"] = files["more.yaml"].replace("holdout: 10", "holdout: 20")
    with pytest.raises(PlaybookError, match="rules of one experiment hold out the same"):
        load(files)


def test_a_silence_has_no_propensity() -> None:
    files = texts()
    files["rules.yaml"] = files["rules.yaml"].replace(
        "when: contact.abandoned\n",
        "absence: {of: contact.abandoned, for: 1d}\n    propensity: score.repeat\n",
    )

    with pytest.raises(PlaybookError, match="no model scores that nothing came"):
        load(files)


def test_weights_of_forces_are_read() -> None:
    book = load(replaced(ALL, ALL + "context: {control: 1.5, status: 0.5}\n"))

    assert book.context == {"control": 1.5, "status": 0.5}
    with pytest.raises(PlaybookError):
        load(replaced(ALL, ALL + "context: {hygiene: 1.5}\n"))
