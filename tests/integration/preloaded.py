"""Imports what a worker would at its start, the services of Apprise included."""

from streams.dispatch.channels.apprise import AppriseChannel
from streams.dispatch.channels.client import Limits

CHANNEL = AppriseChannel("none", "json://127.0.0.1", Limits())
