"""Where money is moved and shops are told: one module per provider, each with its capabilities."""
