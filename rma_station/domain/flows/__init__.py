"""One file per job of the bench: ``step(state, input, ...) -> (state, events, outcome, effects)``."""
