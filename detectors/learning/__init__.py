"""Labels waiting to mature, and the validation of every model on them."""
