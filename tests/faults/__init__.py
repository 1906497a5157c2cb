"""Real processes, files and networks that fail for real. ``FAULT_ROUNDS=50 make test-faults`` goes on for longer."""
