"""The engine: one pure processor per partition, owned, checkpointed and restored exactly once."""
