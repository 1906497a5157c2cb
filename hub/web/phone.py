"""The page a phone opens from a station's code, and the station's call that opens it. A shell over ``phone_pages``.

No app, no script needed, nothing from elsewhere. The secret is in the address: 256 bits, for one unit, a few minutes
and a few photos; no header, log or other page learns of it from here. A photo is decoded in a process of its own and
kept as a picture without anything else (``pictures.py``).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from prometheus_client import Counter
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from hub import store
from hub.calls import CallRefused, answer, body, calling, handled, in_database, in_thread, protocol_of, station
from hub.central import Hub
from hub.evidence.blob_files import Staged
from hub.evidence.blobs import Blob
from hub.languages import language
from hub.openapi import STATION, call
from hub.trust import stations
from hub.web import phone_pages, pictures, reencode
from hub.web.phone_pages import About, Answer, Page
from hub.web.phone_words import WORDS
from rma_station.domain import codec
from rma_station.domain.clean import clean
from rma_station.errors import StorageFull
from sync import blobs

T = TypeVar("T")
PHOTO_BYTES = 24 * 1024 * 1024
"""Most bytes of a photo as a phone has it."""
FORM_BYTES = PHOTO_BYTES + 64 * 1024
FORM_SECONDS = 120.0
"""A photo has to be here by then: a phone that sends byte by byte holds nothing for long."""
AT_A_TIME = 4
"""Photos in memory at the same time, until they are written; the next phone is told to wait a moment."""
DECODING = 2
"""Processes that decode at the same time."""

_log = logging.getLogger("hub.phone")
_HERE = Path(__file__).parent
_STYLE = (_HERE / "phone.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "phone.js").read_text(encoding="utf-8")
_TEMPLATE = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).get_template("phone.html")
_STATUS = {
    "ended": 410,
    "unknown": 404,
    "full": 409,
    "none": 400,
    "many": 400,
    "media_type": 415,
    "too_large": 413,
    "broken": 422,
    "slow": 408,
    "busy": 503,
    "disk": 507,
    "failed": 500,
}


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


SAFE = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; img-src blob:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
"""Headers that go with every page."""


class _Said(Exception):
    """Ends a call with a page that says this."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the routes."""
    coming = anyio.CapacityLimiter(AT_A_TIME)
    decoding = anyio.CapacityLimiter(DECODING)
    counted = Counter("rma_phone_photos", "Photos from phones by what became of them.", ["result"], registry=None)
    hub.metrics.registry.register(counted)

    says = "Where the phone finds it. Refused with no_public_url where no phone would trust this hub."
    more: dict[str, Any] = {"body": blobs.UploadAsked, "reply": blobs.UploadPage, "tokens": (STATION,)}

    @app.post(blobs.UPLOADS, **call("openPhonePage", "A page for one phone", says, **more))
    @handled(hub, "phone_page")
    async def open_page(request: Request) -> Response:
        """For one unit, a few minutes and a few photos."""
        who, now = calling(hub, request), hub.now()
        asked = codec.decode(blobs.UploadAsked, codec.from_bytes(await body(request)))
        secret = stations.new_token(hub.random)

        def serve(connection: Connection) -> blobs.UploadPage:
            name = station(connection, who)
            about = _about(hub, asked)
            if phone_pages.open_pages(connection, name, now) >= phone_pages.OPEN_PAGES:
                raise CallRefused("busy", f"{name} has {phone_pages.OPEN_PAGES} open pages; wait until some have ended")
            expires_at = phone_pages.begin(connection, name, secret, about, now)
            if expires_at is None:
                raise CallRefused(
                    "unit_not_here", "the hub does not have this unit in these cases yet; send its events"
                )
            url = hub.public_url + blobs.PAGE.format(token=secret)
            return blobs.UploadPage(hub.identity.header(now), url, store.stamp(expires_at))

        return answer(await in_database(hub, serve), protocol=protocol_of(request))

    @app.get(blobs.PAGE, include_in_schema=False)
    async def show(request: Request) -> Response:
        """What the phone sees."""
        return await _shown(hub, request, None)

    @app.post(blobs.PAGE, include_in_schema=False)
    async def take(request: Request) -> Response:
        """One photo; then the page again, so that "reload" sends nothing twice."""
        result = await _came_of(hub, request, coming, decoding)
        counted.labels(result).inc()
        if result == Answer.TAKEN.value:
            # Seen from this page, wherever a reverse proxy has put it.
            return RedirectResponse(request.path_params["token"], 303, headers={**SAFE})
        return await _shown(hub, request, result)


async def _came_of(hub: Hub, request: Request, coming: anyio.CapacityLimiter, decoding: anyio.CapacityLimiter) -> str:
    """What became of a photo, also where it was not taken: a key of ``phone_words``."""
    try:
        return await _taken(hub, request, coming, decoding)
    except _Said as said:
        return said.code
    except StorageFull as error:
        _log.error("%s", clean(str(error), 400))
        return "disk"
    except ClientDisconnect:
        return "broken"
    except CallRefused:
        return "busy"  # too many calls wait for the database
    except Exception as error:
        # The address of the page is a secret: nothing of the call is logged.
        _log.error("a photo from a phone: %s", type(error).__name__, exc_info=error)
        return "failed"


def _about(hub: Hub, asked: blobs.UploadAsked) -> About:
    if not hub.public_url:
        words = "this hub has no address phones trust; start it with --public-url https://NAME"
        raise CallRefused("no_public_url", words)
    if hub.page_distrusted:
        words = f"phones would not trust the certificate of {hub.public_url}: {hub.page_distrusted}"
        raise CallRefused("no_public_url", words)
    if hub.blobs is None:
        raise CallRefused("busy", "this hub has no folder for photos")
    if asked.role not in phone_pages.ROLES:
        raise CallRefused("malformed", f"UploadAsked.role: one of {', '.join(phone_pages.ROLES)}")
    return About(asked.parcel_id, asked.unit_id, asked.case_ids[:20], asked.role, clean(asked.name, 120))


async def _taken(hub: Hub, request: Request, coming: anyio.CapacityLimiter, decoding: anyio.CapacityLimiter) -> str:
    """Take one photo; what became of it, a key of ``phone_words``.

    Raises:
        _Said: why not.
    """
    found = await _look(hub, request)
    if not isinstance(found, Page):
        raise _Said(found.value)
    if found.photos >= phone_pages.PHOTOS:
        raise _Said("full")
    folder = hub.blobs
    if folder is None:
        raise _Said("failed")
    try:
        coming.acquire_nowait()
    except anyio.WouldBlock:
        raise _Said("busy") from None
    # Held until the photo is decoded and written: so many bodies are in memory and no more.
    try:
        picture = await _picture(hub, request, decoding)
        token, now = request.path_params["token"], hub.now()
        # A slow disk holds this phone up and nobody else: everybody waits for the end of a transaction.
        staged = await _in_thread(folder.stage, picture)
        blob = Blob(staged.sha256, len(picture), "image/jpeg", "phone")
        try:
            return (await in_thread(lambda: _kept(hub, token, staged, blob, now))).value
        finally:
            staged.drop()
    finally:
        coming.release()


def _kept(hub: Hub, token: str, staged: Staged, blob: Blob, now: datetime) -> Answer:
    """Name the file between two transactions: after the page has room, so that none is left over; before the record."""
    with hub.database.transaction() as connection:
        answered = phone_pages.reserve(connection, token, blob.sha256, now)
    if answered is Answer.TAKEN:
        staged.keep()  # on record already, but its file may have been lost
    if answered is not Answer.ROOM:
        return answered
    try:
        staged.keep()
        with hub.database.transaction() as connection:
            return phone_pages.take(connection, hub.identity, token, blob, now, hub.propose)
    except Exception:
        with hub.database.transaction() as connection:
            phone_pages.give_back(connection, token)
        raise


async def _picture(hub: Hub, request: Request, decoding: anyio.CapacityLimiter) -> bytes:
    """The photo as it is kept. A file that is no photo counts as one of the page's failures."""
    data = await _photo(request)
    try:
        return await _in_thread(pictures.reencoded, data, limiter=decoding)
    except pictures.NotAPicture as error:
        token, now = request.path_params["token"], hub.now()
        await in_database(hub, lambda connection: phone_pages.failed(connection, token, now))
        raise _Said(error.code) from None


async def _photo(request: Request) -> bytes:
    """The one file of the form."""
    announced = blobs.number(request.headers.get("content-length"))
    if announced is not None and announced > FORM_BYTES:
        raise _Said("too_large")
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _Said("none")
    try:
        with anyio.fail_after(FORM_SECONDS):
            parser = MultiPartParser(request.headers, _limited(request), max_files=2, max_fields=4)
            form = await parser.parse()
    except TimeoutError:
        raise _Said("slow") from None
    except MultiPartException:
        raise _Said("broken") from None
    try:
        return await _only(form)
    finally:
        await form.close()


async def _only(form: FormData) -> bytes:
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile) and value.size]
    if not files:
        raise _Said("none")
    if len(files) > 1:
        raise _Said("many")
    if (files[0].size or 0) > PHOTO_BYTES:
        raise _Said("too_large")
    return await files[0].read()


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > FORM_BYTES:
            raise _Said("too_large")
        yield chunk


async def _look(hub: Hub, request: Request) -> Page | Answer:
    token, now = request.path_params["token"], hub.now()
    return await in_database(hub, lambda connection: phone_pages.look(connection, token, now))


async def _shown(hub: Hub, request: Request, said: str | None) -> Response:
    """The page, with what is to be said about a photo that was not taken."""
    try:
        found: Page | Answer = await _look(hub, request)
    except Exception as error:
        _log.error("a phone's page: %s", type(error).__name__)
        found, said = Answer.UNKNOWN, "busy"
    page = found if isinstance(found, Page) else None
    chosen = language(request.headers.get("accept-language", ""))
    words = WORDS[chosen]
    if page is None and said in (None, "full"):
        said = found.value if isinstance(found, Answer) else "unknown"
    room = page is not None and page.photos < phone_pages.PHOTOS
    mood, message = "bad", said
    if said is None and page is not None and page.photos:
        mood, message = "good", "taken" if room else "full"
    now = hub.now()
    values = {
        "photos": page.photos if page else 0,
        "most": phone_pages.PHOTOS,
        "minutes": max(1, round((page.expires_at - now).total_seconds() / 60)) if page else 0,
        "megabytes": PHOTO_BYTES // 2**20,
        "megapixels": reencode.MAX_PIXELS // 1_000_000,
    }
    html = _TEMPLATE.render(
        language=chosen,
        mode=hub.identity.mode,
        page=page,
        room=room,
        what=words[f"what_{page.role}"] if page else "",
        message=words[message].format(**values) if message else "",
        mood=mood,
        sign="✓" if mood == "good" else "!",
        left=words["left"].format(**values),
        style=Markup(_STYLE),
        script=Markup(_SCRIPT),
        **{name: words[name] for name in ("heading", "choose", "send", "sending", "privacy", "sample")},
    )
    status = _STATUS.get(said or "", 200)
    return HTMLResponse(html, status, {**SAFE, "Content-Language": chosen})


async def _in_thread(work: Callable[..., T], *arguments: object, limiter: anyio.CapacityLimiter | None = None) -> T:
    return await anyio.to_thread.run_sync(functools.partial(work, *arguments), limiter=limiter)
