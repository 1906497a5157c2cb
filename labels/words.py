"""The few words a label carries, in Polish and English. Adapters do not reach into the station's text catalogue; a
test keeps the words that stand in both the same.

A code that is not listed is printed as it is, so that a new disposition never leaves a label without a word.
"""

from __future__ import annotations

LANGUAGES = ("pl", "en")

_WORDS: dict[str, tuple[str, str]] = {
    "disposition.restock": ("NA PÓŁKĘ", "BACK TO STOCK"),
    "disposition.outlet": ("OUTLET", "OUTLET"),
    "disposition.repair": ("NAPRAWA", "REPAIR"),
    "disposition.supplier": ("DO DOSTAWCY", "TO THE SUPPLIER"),
    "disposition.recycle": ("RECYKLING", "RECYCLING"),
    "disposition.dispose": ("UTYLIZACJA", "DISPOSAL"),
    "disposition.quarantine": ("KWARANTANNA", "QUARANTINE"),
    "disposition.hold": ("PÓŁKA KIEROWNIKA", "SUPERVISOR'S SHELF"),
    "copy": ("KOPIA", "COPY"),
    "held": ("WSTRZYMANE", "HELD"),
    "danger": ("NIEBEZPIECZNE", "DANGER"),
    "sample": ("PRÓBA", "SAMPLE"),
    "sheet.commands": ("Arkusz poleceń", "Command sheet"),
    "sheet.grades": ("Oceny i odpowiedzi", "Grades and answers"),
    "sheet.badges": ("Identyfikatory", "Badges"),
    "sheet.device_test": ("Próba skanera", "Scanner test"),
    "sheet.station": ("Stanowisko", "Station"),
    "sheet.generation": ("wydanie", "generation"),
    "sheet.page": ("strona", "page"),
}


def word(key: str, language: str) -> str:
    """The word behind a key of the table, such as ``held``, in ``pl`` or (everything else) English."""
    return _WORDS[key][0 if language == "pl" else 1]


def disposition_word(code: str, language: str) -> str:
    """The word for a disposition; a code we have no word for is its own word."""
    key = f"disposition.{code}"
    return word(key, language) if key in _WORDS else code


def keys() -> tuple[str, ...]:
    """All keys, for the test that looks for gaps."""
    return tuple(_WORDS)
