"""The signature by which a receiver knows who posts, and that nobody changed it."""

from datetime import datetime

from standardwebhooks.webhooks import Webhook


class Signer:
    """Signs bodies by Standard Webhooks [1]_.

    References
    ----------
    .. [1] Standard Webhooks 1.0.0, github.com/standard-webhooks/standard-webhooks.
    """

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook

    def headers(self, action_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
        """Return the headers that go with a body: id, time and signature."""
        return {
            "webhook-id": action_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._webhook.sign(action_id, sent_at, body.decode()),
        }


def read_signer(secret: str) -> Signer:
    """Return the signer of a secret, ``whsec_`` and base64.

    Raises
    ------
    ValueError
        When the secret cannot be used.
    """
    try:
        return Signer(Webhook(secret))
    except Exception:  # the library raises errors of several kinds, base64's included
        msg = "secret must be 'whsec_' and base64 of 24 to 64 random bytes (Standard Webhooks)"
        raise ValueError(msg) from None
