"""The parts of ``rma-station devices``: list, watch, replay."""
