"""`rules new`, `explain`, `fmt`, `names` and `record`, as a person types them."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detectors.event import Event, encode_event
from rules.playbook.loader import load
from rules.playbook.testing import run_tests
from streams.cli.main import app
from streams.cli.rules_explain import DEFAULT
from tests.rules.playbook.texts import texts

RUN = CliRunner()
ANSWERS = {
    "--when": "contact.abandoned",
    "--if": "event.wait_s > 30s",
    "--pattern": "2 in 24h",
    "--do": "task service-desk",
    "--text": "Please call back.",
    "--id": "given-up-twice",
}


def run(*words: str, given: str = "", code: int = 0) -> str:
    result = RUN.invoke(app, ["rules", *words], input=given)
    assert result.exit_code == code, result.output
    return result.stdout + (result.stderr if code or given else "")


def options(**changed: str) -> list[str]:
    chosen = ANSWERS | {f"--{name.rstrip('_')}": value for name, value in changed.items()}
    return [word for option, value in chosen.items() for word in (option, value)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in texts().items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_new_in_an_empty_folder_writes_a_playbook_that_passes(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    about = json.loads(run("new", str(folder), *options(), "--json"))

    assert about["sentence"].startswith("When a caller hangs up in the queue, and the wait")
    assert len(about["files"]) == 5
    run("check", str(folder))
    run("test", str(folder))
    run("fmt", str(folder), "--check")


def test_new_asks_and_bears_mistakes(folder: Path) -> None:
    given = (
        "?\ncontact.abandond\ncontact.abandoned\n"
        "?\nevent.wait > 3\nevent.wait_s > 30s\n"
        "often\n3 in 24h\n"
        "task dsk\ntask desk\n"
        "Waited {event.wait}\nPlease call back: {times} times.\n"
        "call-back-soon\nGiven Up\n"
    )
    said = run("new", str(folder), given=given)

    for part in (
        "a caller hangs up in the queue", "did you mean 'contact.abandoned'?",
        "How long the", "did you mean 'event.wait_s'?", "is no pattern",
        "did you mean 'desk'?", "there is a rule 'call-back-soon' already",
    ):  # fmt: skip
        assert part in said
    assert (folder / "given-up.yaml").exists()
    results = run_tests(load(folder))
    assert all(result.passed for result in results)
    assert len(results) == 4


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"when": "contact.gone"}, "unknown event 'contact.gone'"),
        ({"if_": "event.wait_s > 3"}, "cannot be compared with a number"),
        ({"pattern": "sometimes"}, "is no pattern"),
        ({"do": "dance"}, "what is done is task TEAM, offer or message"),
        ({"id": "Ünique!"}, "a name is lower-case words"),
        ({"pattern": "3 in 24 hours"}, "a time is a number and s, m, h or d"),
        ({"text": " "}, "must not be empty"),
        ({"text": "Hi {name}"}, "unknown name 'name'\n    Hi {name}\n       ^^^^^^\n"),
        ({"text": "Hi {name}"}, "rules names contact.abandoned lists what may be shown"),
        ({"text": "{event.wait}"}, "did you mean 'event.wait_s'?"),
        ({"text": "Waited {event.wait_s"}, "'{' is no name in braces"),
    ],
)
def test_new_refuses_an_option_that_cannot_be(
    tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    assert message in run("new", str(tmp_path), *options(**changed), code=2)
    assert list(tmp_path.iterdir()) == []


def test_new_writes_nothing_beside_a_broken_playbook(folder: Path) -> None:
    (folder / "more.yaml").write_text("rules: 3\n")
    before = sorted(folder.iterdir())

    assert "must be free of errors" in run("new", str(folder), *options(), code=1)
    assert sorted(folder.iterdir()) == before


FIVE = {
    "a card is declined twice in a day": (
        "--when", "card.declined", "--pattern", "2 in 24h",
        "--text", "Card {event.card} was declined ({event.reason}). Please call.",
    ),
    "the promise of a parcel is missed": (
        "--when", "promise.broken", "--if", 'event.topic == "parcel"', "--do", "message",
        "--text", "Your parcel is late, and we said otherwise. Reply, and a person answers.",
    ),
    "a call is abandoned twice": (
        "--when", "contact.abandoned",
        "--pattern", "2 in 24h then no contact.started for 15m",
    ),
    "no login for 14 days after weekly use": (
        "--when", "login.succeeded", "--if", "customer.active_days_28d >= 4",
        "--pattern", "silent for 14d",
    ),
    "a bad answer in a survey": (
        "--when", "feedback.received", "--if", 'event.source == "survey" and event.score <= 2',
    ),
}  # fmt: skip


def test_five_wishes_in_plain_words_become_a_playbook(tmp_path: Path) -> None:
    for words in FIVE.values():
        run("new", str(tmp_path), *words)

    assert "5 rules" in run("check", str(tmp_path), "--strict")
    assert "10 of 10 tests pass" in run("test", str(tmp_path))
    told = json.loads(run("explain", "--playbook", str(tmp_path), "--json"))["rules"]
    assert told["login-succeeded"].startswith(
        "When for 14 days after the last login the customer does not log in, provided that at "
        "that time the number of days with use among the last 28 is at least 4,"
    )


def test_new_asks_nothing_once_told_what_happens(tmp_path: Path) -> None:
    run("new", str(tmp_path), "--when", "card.declined", "--pattern", "3 in 7d")
    said = run("new", str(tmp_path), "--when", "card.declined", "--do", "message")

    assert (tmp_path / "card-declined-2.yaml").exists()
    assert "so far it is a draft" in said
    assert run("test", str(tmp_path)).count("  ok ") == 4


def test_new_does_not_overwrite(tmp_path: Path) -> None:
    run("new", str(tmp_path), *options())

    assert "already" in run("new", str(tmp_path), *options(), code=2)


def test_explain_tells_one_or_all(folder: Path) -> None:
    one = run("explain", "call-back-soon", "--playbook", str(folder))
    told = json.loads(run("explain", "--playbook", str(folder), "--lang", "ru", "--json"))

    assert one.startswith("When a caller hangs up in the queue")
    assert told["rules"]["call-back-soon"].startswith("Когда клиент кладёт трубку")
    wrong = run("explain", "call-back", "--playbook", str(folder), code=2)
    assert "did you mean 'call-back-soon'?" in wrong


def test_fmt_writes_once_and_then_is_content(folder: Path) -> None:
    rules = folder / "rules.yaml"
    rules.write_text(rules.read_text().replace("and event", "&& event"))
    before = rules.read_text()

    assert "would change" in run("fmt", str(folder), "--check", code=1)
    assert rules.read_text() == before
    assert json.loads(run("fmt", str(folder), "--json"))["changed"] != []
    assert "&&" not in rules.read_text()
    run("fmt", str(folder), "--check")
    run("test", str(folder))


def test_fmt_tells_what_is_no_yaml_and_goes_on(folder: Path) -> None:
    (folder / "a.yaml").write_text("a: &x 1\n")

    assert "anchors are not allowed" in run("fmt", str(folder), code=1)
    run("check", str(folder), code=1)
    (folder / "a.yaml").unlink()
    run("fmt", str(folder), "--check")


def log(folder: Path, *events: Event) -> Path:
    file = folder / "events.jsonl.gz"
    file.write_bytes(gzip.compress(b"".join(encode_event(event) + b"\n" for event in events)))
    return file


def call(number: int, at: float, kind: str, **data: object) -> Event:
    own = {"call": f"secret-{number}", "channel": "phone", "direction": "inbound"}
    return Event(f"{number}-{kind}", "centre", f"contact.{kind}", at, "Jane-42", {**own, **data})


def events() -> list[Event]:
    first = 1_767_600_000.0
    return [
        call(1, first, "started", topic="cards"),
        call(1, first + 60.5, "abandoned", wait_s=60.5, topic="cards"),
        Event("x", "shop", "cart.filled", first + 61, "Jane-42", {"name": "Jane"}),
        Event("y", "centre", "contact.started", first + 62, "other", {"call": "z"}),
        call(2, first + 86_400, "abandoned", wait_s=5.0, topic="loans"),
    ]


def test_names_tell_what_a_log_lacks(tmp_path: Path) -> None:
    file = log(tmp_path, *events())
    found = json.loads(run("names", "--from", str(file), "--json"))

    abandoned = found["events"]["contact.abandoned"]
    assert (abandoned["count"], abandoned["sources"]) == (2, ["centre"])
    assert abandoned["last"].startswith("2026-01-06T08:00")
    fields = {field["name"]: field for field in abandoned["fields"]}
    assert fields["event.wait_s"]["count"] == 2
    assert fields["event.wait_s"]["unit"] == "s"
    assert fields["event.priority"]["last"] is None
    assert found["events"]["payment.failed"]["last"] is None
    customer = {name["name"]: name for name in found["customer"]}
    # Counts are 0 without events too; that is no data.
    assert customer["customer.abandoned_24h"]["count"] > 0
    assert customer["customer.open_cases"]["last"] is None
    assert "no data" in run("names", "payment", "failed", "--from", str(file))


def test_names_are_found_by_words() -> None:
    said = run("names", "wait", "queue")

    assert "event.wait_s" in said
    assert "customer.open_cases" not in said
    assert "must occur in a name" in run("names", "qqq", code=1)
    assert "order.shipped" in run("names", "parcel")
    assert "try wait alone" in run("names", "wait", "qqq", code=1)
    assert "exclude each other" in run("names", "--topic", "--from", "x", code=2)


def test_a_log_that_is_none_is_told(tmp_path: Path) -> None:
    assert "there is no" in run("names", "--from", str(tmp_path / "none/x"), code=1)


def test_record_writes_a_test_that_passes_and_tells_nobody(folder: Path, tmp_path: Path) -> None:
    file = log(tmp_path, *events())
    words = ["record", "Jane-42", "--log", str(file), "--playbook", str(folder)]
    told = run(*words)
    about = json.loads(run(*words, "--json"))

    for secret in ("Jane", "secret", "cards", "loans", "1767"):
        assert secret not in told
    assert about["rule"] == "call-back-soon"
    assert about["unknown"] == {"cart.filled": 1}
    assert about["test"]["expect"] == [{"at": "60.5s", "fires": "call-back-soon"}]
    assert [event["at"] for event in about["test"]["events"]] == ["0s", "60.5s", "24h"]
    assert about["test"]["events"][1]["call"] == about["test"]["events"][0]["call"] == "call-1"
    run(*words, "--write", "--name", "as it was")
    results = run_tests(load(folder))
    assert [result.passed for result in results] == [True] * 3
    assert results[2].name == "as it was"


def test_record_takes_a_span_and_a_rule(folder: Path, tmp_path: Path) -> None:
    file = log(tmp_path, *events())
    words = ["record", "Jane-42", "--log", str(file), "--playbook", str(folder), "--json"]

    about = json.loads(run(*words, "--rule", "call-back-soon", "--from", "2026-01-06"))
    assert len(about["test"]["events"]) == 1
    assert about["test"]["expect"] == []
    assert "some rule must fire" in run(*words, "--from", "2026-01-06", code=1)
    assert "must have events" in run(*words, "--to", "2026-01-01", code=1)
    assert "must be RFC 3339" in run(*words, "--to", "yesterday", code=2)
    assert "did you mean" in run(*words, "--rule", "call-back", code=2)
    assert "--given" in run(*words, "--given", "score.repeet=1", code=2)


def test_record_gives_scores_that_no_test_computes(tmp_path: Path) -> None:
    queued = [call(1, 0.0, "started"), call(1, 8.0, "queued")]
    file = log(tmp_path, *queued)
    words = ["record", "Jane-42", "--log", str(file), "--playbook", str(DEFAULT), "--json"]
    about = json.loads(run(*words, "--given", "score.abandon=0.9"))

    assert about["rule"] == "callback-offer-in-queue"
    assert about["test"]["given"] == {"score.abandon": "0.9"}


def test_schemas_are_written_and_checked(tmp_path: Path) -> None:
    folder = str(tmp_path / "schemas")
    assert RUN.invoke(app, ["schemas", folder]).exit_code == 0
    assert RUN.invoke(app, ["schemas", folder, "--check"]).exit_code == 0
    (tmp_path / "schemas" / "action.schema.json").write_text("{}")

    stale = RUN.invoke(app, ["schemas", folder, "--check", "--json"])
    assert stale.exit_code == 1
    assert json.loads(stale.stdout)["stale"] == ["action.schema.json"]


def completed(words: str) -> str:
    env = {
        "_PRECEDE_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    return RUN.invoke(app, [], env=env, prog_name="precede").stdout


def test_the_shell_completes_rules_and_events(folder: Path) -> None:
    assert "call-back-soon" in completed(f"precede rules explain --playbook {folder} call")
    assert completed("precede rules new --when card.d").split() == ["card.declined"]
