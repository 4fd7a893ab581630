import pytest
from pydantic import SecretStr

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.registry import build_channels
from streams.settings import Channel

SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
HOOK = Channel(kind="webhook", url="https://hooks.example/", secret=SECRET, attempts=3)


ALL = {
    "hook": HOOK,
    "queue": Channel(kind="topic", topic="a.b"),
    "mail": Channel(kind="smtp", host="mail.example", sender="a@b.example"),
    "sms": Channel(kind="apprise", service=SecretStr("json://sms.example/{contact_point}")),
    "crm": Channel(kind="task", url="https://crm.example/", form={"text": "{text}"}),
}


def test_each_channel_is_built_as_configured() -> None:
    built = build_channels(ALL, 4)

    assert {name: type(client).__name__ for name, client in built.items()} == {
        "hook": "WebhookChannel",
        "queue": "TopicChannel",
        "mail": "SmtpChannel",
        "sms": "AppriseChannel",
        "crm": "TaskChannel",
    }
    assert [client.name for client in built.values()] == list(ALL)
    assert built["hook"].limits.attempts == 3
    repeatable = [name for name, client in built.items() if client.recognises_repeats]
    assert repeatable == ["hook", "queue"]


def test_a_channels_own_rate_counts_for_all_partitions_together() -> None:
    slow = HOOK.model_copy(update={"rate_per_s": 2.0})
    limits = build_channels({"crm": slow}, 4)["crm"].limits

    assert (limits.rate_per_s, limits.burst) == (0.5, 1)


def test_mail_servers_get_few_calls_at_once() -> None:
    for partitions, expected in ((1, 8), (4, 2), (16, 1)):
        assert build_channels(ALL, partitions)["mail"].limits.concurrency == expected


def test_partitions_share_a_channels_rate() -> None:
    built = build_channels({"crm": HOOK}, 4, Limits(rate_per_s=10, burst=6))

    assert built["crm"].limits.rate_per_s == 2.5
    assert built["crm"].limits.burst == 1


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = {
        "crm": Channel(kind="webhook", url="http://hooks.example/", secret=SECRET),
        "good": HOOK,
        "queue": Channel(kind="topic"),
    }

    with pytest.raises(ValueError, match=r"channels\.crm: url must be https.*channels\.queue: "):
        build_channels(wrong, 4)
