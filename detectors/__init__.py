"""What is going on with this customer? Events, state, signals, models. Pure."""
