"""A printer on a loopback port, as the tests talk to it."""

from __future__ import annotations

from functools import partial

from labels.printers.job import Stock
from labels.printers.stream import StreamPrinter, Waits
from labels.printers.talk import ZPL, Talk
from labels.printers.tcp import TcpChannel

SMALL = Stock("57x32", 203, "live")


def tcp_printer(port: int, waits: Waits, *, talk: Talk = ZPL, mode: str = "live") -> StreamPrinter:
    """``labels`` at 127.0.0.1."""
    line = partial(TcpChannel, "127.0.0.1", port, waits.connect)
    return StreamPrinter("labels", talk, line, Stock(SMALL.media, SMALL.dpi, mode), waits)
