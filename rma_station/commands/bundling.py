"""All events of a station in one file for the hub, read back and compared before anybody relies on the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from rma_station.domain.outcome import say
from rma_station.errors import Malformed, Refused, StorageFailed
from rma_station.ports import JournalReader
from sync import bundle, wire


def batches(reader: JournalReader) -> Iterator[bundle.Batch]:
    """Every event of every log, as on the wire; each line is verified on its way.

    Raises:
        JournalDamaged: an event is not what was committed: ``rma-station salvage`` comes first.
    """
    for head in reader.log_heads():
        seq = 0
        while seq < head.seq:
            before, lines = reader.lines_after(head.log_id, seq, wire.BATCH_EVENTS, wire.BATCH_BYTES)
            yield bundle.Batch(head.log_id, wire.BatchHeader(seq + 1, before.hex(), len(lines)), lines)
            seq += len(lines)


def write_and_read_back(
    reader: JournalReader,
    contents: Callable[[tuple[bundle.LogPart, ...]], bundle.Contents],
    file: Path,
    *,
    sealed_to: bytes,
    token: str,
    device_key: bytes | None,
    private: bytes,
) -> int:
    """Write all events to a new file, read it back from the disk and compare every line.

    Args:
        reader: of the journal.
        contents: says whose events these are.
        file: must not exist.
        sealed_to: the hub's public key; empty writes a file that anybody can read.
        token: of this station, if it has one: proves whose the file is.
        device_key: of this station, if it has one: signs the file.
        private: 32 unpredictable bytes, for this file alone.

    Returns:
        How many events are in it.

    Raises:
        Refused: the file exists, or does not say what was written: nothing may be let go.
        StorageFailed: it cannot be written or read.
    """
    heads = reader.log_heads()
    parts = tuple(bundle.LogPart(head.log_id, 1, head.seq, head.hash.hex()) for head in heads)
    data = bundle.write(
        contents(parts),
        batches(reader),
        sealed_to=sealed_to,
        token=token,
        device_key=device_key,
        random=lambda _: private,
    )
    written = _through_the_disk(file, data)
    key = bundle.sender_key(private, sealed_to) if sealed_to else b""
    try:
        cover, body = bundle.split(written)
        _, found = bundle.read(bundle.opened(cover, body, key))
        return _compared(found, batches(reader))
    except (Malformed, ValueError) as error:
        said = say("stopped.bundle_differs", file=str(file), reason=str(error))
        raise Refused(f"{file} does not say what was written to it ({error}). Try another disk.", said) from error


def _through_the_disk(file: Path, data: bytes) -> bytes:
    """Write a new file and read it again, from the disk itself and not from the kernel's memory of it."""
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
            os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read_bytes()
    except FileExistsError:
        said = say("stopped.exists", file=str(file))
        raise Refused(f"{file} exists already: give another name, or move it away.", said) from None
    except OSError as error:
        said = say("stopped.bundle_unwritten", file=str(file), reason=str(error.strerror))
        words = f"{file} cannot be written or read back ({error.strerror}). Try another disk."
        raise StorageFailed(words, said) from error


def _compared(found: Iterator[bundle.Batch], meant: Iterator[bundle.Batch]) -> int:
    """How many events there are; raises ``ValueError`` where what was read differs from what was meant."""
    events = 0
    for here, there in zip(found, meant, strict=True):
        if (here.log_id, here.header, tuple(here.lines)) != (there.log_id, there.header, tuple(there.lines)):
            raise ValueError(f"log {there.log_id} differs behind event {there.header.first_seq}")
        events += len(here.lines)
    return events
