"""A printer at a TCP port, usually 9100. Many serve one connection at a time, so a channel lives for one label."""

from __future__ import annotations

import socket


class TcpChannel:
    """``channel.Channel`` over a socket.

    Args:
        host: name or address.
        port: usually 9100.
        seconds: to connect.

    Raises:
        OSError: it cannot be reached.
    """

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._socket = socket.create_connection((host, port), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, seconds: float) -> int:
        """Hand over what fits into the buffers."""
        self._socket.settimeout(seconds)
        return self._socket.send(data)

    def receive(self, seconds: float) -> bytes:
        """What came; a printer that closes the connection breaks it."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(4096)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("the printer closed the connection")
        return data

    def flush(self, seconds: float) -> None:
        """Nothing to wait for: the kernel goes on sending after the socket is closed."""

    def problems(self) -> tuple[str, ...]:
        """A socket knows nothing of paper."""
        return ()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
