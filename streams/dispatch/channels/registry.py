"""From the operators' settings to channels that can be called."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Final

from streams.dispatch.channels.client import ChannelClient, Limits
from streams.dispatch.channels.smtp import SmtpChannel
from streams.dispatch.channels.task import TaskChannel
from streams.dispatch.channels.topic import TopicChannel
from streams.dispatch.channels.webhook import WebhookChannel
from streams.settings import Channel, SettingsError

# A record in a transaction is no call: these only bound what one transaction carries.
TOPIC_LIMITS = Limits(concurrency=1_000, rate_per_s=100_000.0, burst=10_000)
# Mail servers, and the services behind Apprise, bear few connections of one client.
FEW_CALLS = 8


def build_channels(
    channels: Mapping[str, Channel], partitions: int, limits: Limits | None = None
) -> dict[str, ChannelClient]:
    """Return name -> channel, for all partitions of a process to share.

    Parameters
    ----------
    partitions
        Partitions of the actions topic. Each gets its share of a channel's rate, wherever it is
        worked on, so that the whole is never exceeded.
    limits
        What all partitions together may ask of each channel, instead of what is configured.

    Raises
    ------
    SettingsError
        With everything that is wrong, when a channel cannot be used.
    """
    found: dict[str, ChannelClient] = {}
    errors = []
    for name, channel in channels.items():
        share = _share(limits or _limits_of(channel), partitions, channel)
        try:
            found[name] = _build(name, channel, share)
        except ValueError as error:
            errors.append(f"channels.{name}: {error}")
    if errors:
        raise SettingsError("PRECEDE_CHANNELS: " + "; ".join(errors))
    return found


def _build(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    return _BUILDERS[channel.kind](name, channel, limits)


def _topic(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    if not channel.topic:
        msg = "topic must be the full name of a Kafka topic; got none"
        raise ValueError(msg)
    # More than one attempt: a crash between intent and record is no fault of the action.
    own = dataclasses.replace(TOPIC_LIMITS, attempts=limits.attempts)
    return TopicChannel(name, channel.topic, own)


def _webhook(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    return WebhookChannel(
        name,
        channel.url,
        channel.secret.get_secret_value(),
        limits,
        timeout_s=channel.timeout_s,
        allow_private=channel.allow_private,
    )


def _task(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    return TaskChannel(
        name,
        channel.url,
        channel.form,
        limits,
        headers={key: value.get_secret_value() for key, value in channel.headers.items()},
        secret=channel.secret.get_secret_value(),
        recognises_repeats=channel.recognises_repeats,
        timeout_s=channel.timeout_s,
        allow_private=channel.allow_private,
    )


def _smtp(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    return SmtpChannel(
        name,
        channel.host,
        limits,
        sender=channel.sender,
        port=channel.port,
        security=channel.security,
        username=channel.username,
        password=channel.password.get_secret_value(),
        reply_to=channel.reply_to,
        ca_file=channel.ca_file,
        timeout_s=channel.timeout_s,
        allow_private=channel.allow_private,
    )


def _apprise(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    # Apprise takes half a second to import, which only those pay who use it.
    from streams.dispatch.channels.apprise import AppriseChannel  # noqa: PLC0415

    service = channel.service.get_secret_value()
    return AppriseChannel(name, service, limits, timeout_s=channel.timeout_s)


_BUILDERS: Final[Mapping[str, Callable[[str, Channel, Limits], ChannelClient]]] = {
    "webhook": _webhook,
    "topic": _topic,
    "smtp": _smtp,
    "apprise": _apprise,
    "task": _task,
}


def _limits_of(channel: Channel) -> Limits:
    return Limits(rate_per_s=channel.rate_per_s, burst=max(1, math.floor(channel.rate_per_s)))


def _share(limits: Limits, partitions: int, channel: Channel) -> Limits:
    few = channel.kind in {"smtp", "apprise"}
    return Limits(
        attempts=channel.attempts,
        concurrency=max(1, FEW_CALLS // partitions) if few else limits.concurrency,
        rate_per_s=limits.rate_per_s / partitions,
        burst=max(1, math.floor(limits.burst / partitions)),
    )
