"""``precede demo``: a real month of calls through the whole product, on one machine."""
