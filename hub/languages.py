"""Which of our languages a caller reads by its ``Accept-Language``: a phone, or a station for its supervisor."""

from __future__ import annotations

LANGUAGES = ("en", "pl")


def language(accepted: str) -> str:
    """The language of ``LANGUAGES`` a caller likes best (RFC 9110, 12.5.4); English when it likes neither."""
    best, found = 0.0, "en"
    for part in accepted[:500].split(","):
        name, _, parameters = part.strip().lower().partition(";")
        code = name.strip().partition("-")[0]
        weight = _weight(parameters)
        if code in LANGUAGES and weight > best:
            best, found = weight, code
    return found


def _weight(parameters: str) -> float:
    key, _, value = parameters.strip().partition("=")
    if key.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
