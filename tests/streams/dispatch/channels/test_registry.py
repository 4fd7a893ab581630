import pytest
from pydantic import SecretStr

from streams.dispatch.channels.client import Limits
from streams.dispatch.channels.registry import build_channels
from streams.settings import Channel

SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
HOOK = Channel(kind="webhook", url="https://hooks.example/", secret=SECRET, attempts=3)


def test_each_channel_is_built_as_configured() -> None:
    built = build_channels({"crm": HOOK, "queue": Channel(kind="topic", topic="a.b")}, 4)

    assert {name: type(client).__name__ for name, client in built.items()} == {
        "crm": "WebhookChannel",
        "queue": "TopicChannel",
    }
    assert [client.name for client in built.values()] == ["crm", "queue"]
    assert built["crm"].limits.attempts == 3


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
