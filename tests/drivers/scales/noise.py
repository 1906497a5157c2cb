"""Random bytes for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st


def noise(longest: int) -> st.SearchStrategy[bytes]:
    """Bytes drawn one by one. ``st.binary`` would also draw constants of our own source, which are whole frames."""
    return st.lists(st.integers(0, 255), max_size=longest).map(bytes)
