"""Kafka is not there, or not as it must be."""


class KafkaSetupError(RuntimeError):
    """A person has to do something: what must hold, what was got, what to do."""
