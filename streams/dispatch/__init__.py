"""Hand actions over to channels, each once: ledger, retries, channels."""
