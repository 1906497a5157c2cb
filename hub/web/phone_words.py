"""The words of the phone's page, Polish and English."""

from __future__ import annotations

from collections.abc import Mapping

_EN: Mapping[str, str] = {
    "heading": "Photos for returns",
    "what_grade": "Photograph the condition of",
    "what_damage": "Photograph the damage of",
    "what_packaging": "Photograph the packaging of",
    "what_other": "Photograph",
    "choose": "Take or choose one photo",
    "send": "Send photo",
    "sending": "Sending…",
    "left": "{photos} of {most} photos sent. This page works for {minutes} more min.",
    "privacy": "Only the picture is kept. Where and with what it was taken is removed.",
    "sample": "SAMPLE DATA",
    "taken": "Photo {photos} is saved. You can take another one.",
    "full": "All {most} photos are saved. You can close this page.",
    "ended": "This page has ended. Show a new code at the bench.",
    "unknown": "There is no such page. Show a new code at the bench.",
    "none": "No photo was chosen.",
    "many": "One photo at a time, please.",
    "media_type": "This is not a photo this page can use. Send a JPEG, PNG or WebP picture.",
    "too_large": "The photo is too large. At most {megabytes} MB and {megapixels} million pixels.",
    "broken": "The photo is damaged or did not come whole. Please send it again.",
    "slow": "The photo did not come in time. Move closer to the access point and send it again.",
    "busy": "Many photos are coming in right now. Wait a moment and send it again.",
    "disk": "There is no room for photos right now. Tell your supervisor.",
    "failed": "That did not work. Please send it again; if it fails again, tell your supervisor.",
}

_PL: Mapping[str, str] = {
    "heading": "Zdjęcia do zwrotów",
    "what_grade": "Zrób zdjęcie stanu produktu",
    "what_damage": "Zrób zdjęcie uszkodzenia produktu",
    "what_packaging": "Zrób zdjęcie opakowania",
    "what_other": "Zrób zdjęcie",
    "choose": "Zrób lub wybierz jedno zdjęcie",
    "send": "Wyślij zdjęcie",
    "sending": "Wysyłanie…",
    "left": "Wysłane zdjęcia: {photos} z {most}. Strona działa jeszcze {minutes} min.",
    "privacy": "Zapisujemy sam obraz. Miejsce i dane aparatu są usuwane.",
    "sample": "DANE PRZYKŁADOWE",
    "taken": "Zdjęcie {photos} zapisane. Możesz zrobić następne.",
    "full": "Wszystkie zdjęcia ({most}) zapisane. Możesz zamknąć stronę.",
    "ended": "Ta strona już nie działa. Pokaż nowy kod na stanowisku.",
    "unknown": "Nie ma takiej strony. Pokaż nowy kod na stanowisku.",
    "none": "Nie wybrano zdjęcia.",
    "many": "Wyślij jedno zdjęcie naraz.",
    "media_type": "Tego pliku nie da się użyć. Wyślij zdjęcie JPEG, PNG lub WebP.",
    "too_large": "Zdjęcie jest za duże. Najwięcej {megabytes} MB i {megapixels} mln pikseli.",
    "broken": "Zdjęcie jest uszkodzone albo nie dotarło w całości. Wyślij je jeszcze raz.",
    "slow": "Zdjęcie nie dotarło na czas. Podejdź bliżej nadajnika Wi-Fi i wyślij je jeszcze raz.",
    "busy": "Właśnie przychodzi dużo zdjęć. Poczekaj chwilę i wyślij jeszcze raz.",
    "disk": "Nie ma teraz miejsca na zdjęcia. Powiedz przełożonemu.",
    "failed": "Nie udało się. Wyślij jeszcze raz; jeśli znowu się nie uda, powiedz przełożonemu.",
}

WORDS: Mapping[str, Mapping[str, str]] = {"en": _EN, "pl": _PL}
