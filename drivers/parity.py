"""Seven bits with a parity bit over a line that carries eight plain ones (pure; hardware reference 3.10).

Serial-to-network converters, pseudo-terminals and some adapters know no 7E1. Then the parity bit is the eighth bit of
every byte: it is set when writing, because strict scales want it, and looked at and taken off when reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # transport.py loads this file
    from drivers.transport import Stream

BAD = 0
"""Stands for a byte whose parity is wrong, as the kernel does it; no scale sends it inside a frame."""
_RECENT = 16
"""After so many bytes in a row without an eighth bit the line is taken to carry no parity (by chance: 1 in 65,536)."""
_PLAIN = bytes(number & 0x7F for number in range(256))


class SevenBits:
    """Parity bits of one line, both ways. Something in between may have taken them off already: then no byte has its
    eighth bit set, and bytes are taken as they are.

    Args:
        parity: ``E`` or ``O``.
    """

    def __init__(self, parity: str) -> None:
        odd = parity == "O"
        self._sent = bytes(number & 0x7F | ((number & 0x7F).bit_count() % 2 != odd) << 7 for number in range(256))
        self._right = bytes(sorted(set(self._sent)))
        self._since_parity = _RECENT

    def sent(self, data: bytes) -> bytes:
        """Bytes as they go out, their eighth bit made right."""
        return data.translate(self._sent)

    def received(self, data: bytes) -> bytes:
        """Bytes as they were meant; ``BAD`` in the place of one that was damaged. Any chunking gives the same."""
        if self._since_parity >= _RECENT and data.isascii():
            return data
        return bytes(self._one(byte) for byte in data)

    def _one(self, byte: int) -> int:
        right = byte in self._right
        if byte & 0x80:
            if right:
                self._since_parity = 0
            return byte & 0x7F if right else BAD
        self._since_parity += 1
        return byte if right or self._since_parity > _RECENT else BAD


class ParityStream:
    """A ``Stream`` of seven-bit bytes over one of eight-bit bytes.

    Args:
        stream: the line, opened with eight bits and no parity.
        parity: ``E`` or ``O``.
    """

    def __init__(self, stream: Stream, parity: str) -> None:
        self.detail = stream.detail
        self._stream, self._bits = stream, SevenBits(parity)

    def read(self, timeout: float) -> bytes:
        """See ``Stream``."""
        return self._bits.received(self._stream.read(timeout))

    def write(self, data: bytes) -> None:
        """See ``Stream``."""
        self._stream.write(self._bits.sent(data))

    def wake(self) -> None:
        """See ``Stream``."""
        self._stream.wake()

    def close(self) -> None:
        """See ``Stream``."""
        self._stream.close()
