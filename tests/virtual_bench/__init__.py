"""The virtual bench: its devices as pure models, and its process with the product's drivers at the other end."""
