"""From the operators' settings to channels that can be called."""

import dataclasses
import math
from collections.abc import Mapping

from streams.dispatch.channels.client import ChannelClient, Limits
from streams.dispatch.channels.topic import TopicChannel
from streams.dispatch.channels.webhook import WebhookChannel
from streams.settings import Channel, SettingsError

# A record in a transaction is no call: these only bound what one transaction carries.
TOPIC_LIMITS = Limits(concurrency=1_000, rate_per_s=100_000.0, burst=10_000)


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
        What all partitions together may ask of one channel.

    Raises
    ------
    SettingsError
        With everything that is wrong, when a channel cannot be used.
    """
    found: dict[str, ChannelClient] = {}
    errors = []
    for name, channel in channels.items():
        share = _share(limits or Limits(), partitions, channel.attempts)
        try:
            found[name] = _build(name, channel, share)
        except ValueError as error:
            errors.append(f"channels.{name}: {error}")
    if errors:
        raise SettingsError("PRECEDE_CHANNELS: " + "; ".join(errors))
    return found


def _build(name: str, channel: Channel, limits: Limits) -> ChannelClient:
    if channel.kind == "topic":
        if not channel.topic:
            msg = "topic must be the full name of a Kafka topic; got none"
            raise ValueError(msg)
        # More than one attempt: a crash between intent and record is no fault of the action.
        own = dataclasses.replace(TOPIC_LIMITS, attempts=limits.attempts)
        return TopicChannel(name, channel.topic, own)
    return WebhookChannel(
        name,
        channel.url,
        channel.secret.get_secret_value(),
        limits,
        timeout_s=channel.timeout_s,
        allow_private=channel.allow_private,
    )


def _share(limits: Limits, partitions: int, attempts: int) -> Limits:
    return dataclasses.replace(
        limits,
        attempts=attempts,
        rate_per_s=limits.rate_per_s / partitions,
        burst=max(1, math.floor(limits.burst / partitions)),
    )
