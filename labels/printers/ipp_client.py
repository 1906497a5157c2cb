"""The client library ``ippx`` with an end to everything: its own time-outs are for one read, its answers of any size.

A printer that sends a byte now and then would hold its thread for ever, and with it every label that is routed there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import ippx

LARGEST_ANSWER = 1_000_000
"""Bytes; all attributes of an office printer are some ten thousand."""


class BoundedClient(ippx.IppClient):
    """``ippx.IppClient`` for one conversation.

    Args:
        url: of the printer.
        tls: how its certificate is known.
        timeout: for one read.
        whole: seconds for the conversation; what is still open then breaks.
    """

    def __init__(self, url: str, *, tls: ippx.TlsConfig, timeout: httpx.Timeout, whole: float) -> None:
        super().__init__(url, tls=tls, timeout=timeout, requesting_user_name="rma-station")
        self._http.headers["Accept-Encoding"] = "identity"
        self._http.event_hooks = {"response": [_bound]}
        self._end = threading.Timer(whole, self._http.close)
        self._end.daemon = True
        self._end.start()

    def close(self) -> None:
        """End the conversation."""
        self._end.cancel()
        super().close()


class _Bounded(httpx.SyncByteStream):
    """A body that breaks when it grows too large."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        for chunk in self._stream:
            taken += len(chunk)
            if taken > LARGEST_ANSWER:
                raise httpx.ReadError(f"the printer's answer has more than {LARGEST_ANSWER} bytes")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _bound(response: httpx.Response) -> None:
    # We ask for nothing packed: some kilobytes of it can unpack to gigabytes.
    response.headers.pop("Content-Encoding", None)
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _Bounded(response.stream)
