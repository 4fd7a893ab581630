"""Where events come from: one vendor per module, the reader of a recorded log, normalisation."""
