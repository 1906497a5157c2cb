"""The page on which a phone takes photos: asked of the hub, shown as a code."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from labels.symbology import screen_qr
from rma_station.domain.outcome import say
from rma_station.domain.review import Offline, Refused
from rma_station.services.bench import NoPhone, PhoneAsked, PhonePage
from rma_station.services.phones import AskPage
from sync.blobs import UploadAsked
from sync.review import ReviewDesk


def phone_pages(desk: ReviewDesk) -> AskPage:
    """Asks the hub for a page on which a phone takes photos, and makes a code of its address."""

    def ask(asked: PhoneAsked) -> PhonePage | NoPhone:
        of = (asked.parcel_id, asked.case_ids, asked.unit_id, asked.role, asked.lpn, asked.name)
        answer = desk.phone_page(UploadAsked(*of))
        if isinstance(answer, Offline):
            return NoPhone("offline", say("phone.offline"))
        if isinstance(answer, Refused):
            known = answer.code if answer.code in ("no_public_url", "unit_not_here", "busy") else "refused"
            return NoPhone(answer.code, say(f"phone.{known}", reason=answer.message))
        page = answer.value
        try:
            left = datetime.fromisoformat(page.expires_at) - datetime.fromisoformat(page.hub.server_time)
            code, host = screen_qr(page.url), urlsplit(page.url).hostname or ""
        except (ValueError, TypeError):  # a hub that says nonsense
            return NoPhone("malformed", say("phone.refused", reason="malformed"))
        return PhonePage(code, host, max(0, int(left.total_seconds())), asked)

    return ask
