"""Widgets of the worker screen; none of them can take the focus or read markup."""
