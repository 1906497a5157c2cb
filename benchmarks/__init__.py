"""What is fast and how we know: each figure is a ratio against a named baseline in the same run."""
