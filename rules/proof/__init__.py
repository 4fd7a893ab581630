"""Proof on replayed history: nobody saw our actions, so each one can be judged by what followed."""
