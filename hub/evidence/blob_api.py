"""The routes of ``sync.blobs``: where a photo stands, its next bytes, and looking at it. A shell over ``blob_files``.

The files are written outside the database's transaction, in a worker thread; what is on record is on the disk by then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy import Connection

from hub.calls import CallRefused, Handler, body, calling, handled, in_database, is_administrators, station
from hub.central import Hub
from hub.evidence import blob_files, photos
from hub.evidence.blobs import Kept
from hub.openapi import ADMIN, STATION, call
from rma_station.errors import StorageFull
from sync import blobs

T = TypeVar("T")
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}
"""With every photo: it comes from outside, and no browser shall make anything of it but a file."""
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}
_REFUSED = {
    "offset": "the hub has another number of bytes of it; go on from Upload-Offset",
    "hash": "these are not the bytes of this SHA-256; what was here of it was thrown away, begin again",
    "media_type": "a blob is a JPEG, PNG, WebP or PDF file",
    "malformed": "Upload-Offset and the bytes are not within Upload-Length",
}


def mount(app: FastAPI, hub: Hub) -> None:
    """Add the routes."""
    says = "How much of it is here, in Upload-Offset and Upload-Complete."
    asks = call("blobPlace", "Where a blob stands", says, tokens=(STATION,))

    @app.head(blobs.BLOB, **asks)
    @_named(hub, "blob_place")
    async def place(request: Request) -> Response:
        """Where a station has to go on."""
        sha256, who, kept = _sha256(request), calling(hub, request), _kept(hub)
        name = await in_database(hub, lambda connection: station(connection, who))
        step = await _in_thread(kept.look, name, sha256, hub.now())
        if step.offset == 0:
            raise CallRefused("not_here", "nothing of this blob is here")
        return _stands(200, step.offset, whole=step.whole)

    says = "They are here; Upload-Offset says where the next ones go. With status 201: it is whole."
    asks = call("sendBlob", "The next bytes of a blob", says, body=blobs.CONTENT_TYPE, tokens=(STATION,))

    @app.patch(blobs.BLOB, **asks)
    @_named(hub, "blob_send")
    async def send(request: Request) -> Response:
        """Take the next bytes of a blob, from where the hub stands."""
        sha256, who, kept = _sha256(request), calling(hub, request), _kept(hub)
        offset, length = (blobs.number(request.headers.get(name)) for name in (blobs.OFFSET, blobs.LENGTH))
        if offset is None or length is None:
            raise CallRefused("malformed", f"{blobs.OFFSET} and {blobs.LENGTH} have to be numbers of bytes")
        if request.headers.get("content-type", "").partition(";")[0].strip() != blobs.CONTENT_TYPE:
            raise CallRefused("media_type", f"these calls are {blobs.CONTENT_TYPE}")
        data = await body(request, blobs.CALL_BYTES)

        name = await in_database(hub, lambda connection: station(connection, who))
        step = await _in_thread(kept.append, name, sha256, offset, length, data, hub.now())
        if step.refused:
            words = _REFUSED.get(
                step.refused, f"a blob has at most {kept.folder.limit} bytes here, this one has {length}"
            )
            raise CallRefused(step.refused, words, headers={blobs.OFFSET: str(step.offset)})
        return _stands(201 if step.whole else 204, step.offset, whole=step.whole)

    says = "Its bytes, as a file to keep."
    asks = call("readBlob", "A photo or file", says, tokens=(STATION, ADMIN), media="application/octet-stream")

    @app.get(blobs.BLOB, **asks)
    @_named(hub, "blob_read")
    async def read(request: Request) -> Response:
        """For a supervisor at a bench, or an integrator."""
        sha256, who, folder = _sha256(request), calling(hub, request), _folder(hub)

        def known(connection: Connection) -> tuple[str, int] | None:
            if not is_administrators(hub, who.token):
                station(connection, who)
            row = photos.blob(connection, sha256)
            return (row.mime, row.size) if row else None

        found = await in_database(hub, known)
        if found is None or await _in_thread(folder.size_of, sha256) != found[1]:
            raise CallRefused("not_here", "this blob is not here, or not all of it")
        media_type = found[0]
        name = f"{sha256[:16]}.{EXTENSIONS[media_type]}"
        return FileResponse(folder.path_of(sha256), media_type=media_type, filename=name, headers=SAFE)


def _named(hub: Hub, name: str) -> Callable[[Handler], Handler]:
    """As ``handled``, with the hub's name in every answer, and a full disk said as what it is."""

    def decorate(handler: Handler) -> Handler:
        @handled(hub, name)
        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except StorageFull as error:
                raise CallRefused("full", str(error)) from error

        @functools.wraps(handler)
        async def run(request: Request) -> Response:
            response = await answered(request)
            response.headers[blobs.HUB_HEADER] = hub.identity.hub_id
            return response

        return run

    return decorate


def _sha256(request: Request) -> str:
    sha256: str = request.path_params["sha256"]
    if not blobs.is_sha256(sha256):
        raise CallRefused("malformed", "a blob is named by its SHA-256: 64 digits, small letters")
    return sha256


def _folder(hub: Hub) -> blob_files.Folder:
    if hub.blobs is None:
        raise CallRefused("busy", "this hub has no folder for photos")
    return hub.blobs


def _kept(hub: Hub) -> Kept:
    return Kept(hub.database, _folder(hub), hub.propose)


def _stands(status: int, offset: int, *, whole: bool) -> Response:
    headers = {blobs.OFFSET: str(offset), "Cache-Control": "no-store"}
    if whole:
        headers |= {blobs.LENGTH: str(offset), blobs.COMPLETE: blobs.WHOLE}
    return Response(status_code=status, headers=headers)


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    return await anyio.to_thread.run_sync(functools.partial(work, *arguments))
