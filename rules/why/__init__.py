"""Why a rule did something for a customer, and why it did not, in one sentence."""
