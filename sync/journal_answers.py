"""What the journal, and the files of photos, answer to the actions of the sync client.

Plain functions: the uplink calls them in the station thread, the simulator in its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rma_station.ports import JournalReader, PhotoBytes
from sync import turns, wire

LINES_SLICE = 40
"""Lines that are read in one go: a scan waits for no more of a batch than this, a quarter of a millisecond."""


def read_file(photos: PhotoBytes, action: turns.ReadChunk | turns.CheckPhoto) -> turns.Event:
    """What a photo's file answers; any thread may ask."""
    if isinstance(action, turns.CheckPhoto):
        return turns.PhotoChecked(photos.is_sound(action.sha256))
    return turns.Chunk(photos.read(action.sha256, action.offset, action.length))


def ask_journal(
    journal: JournalReader, action: turns.Action, heartbeat: Callable[[], wire.Heartbeat | None]
) -> turns.Event:
    """The journal's answer to an action that is for it; in the station thread. Raises what the journal raises."""
    match action:
        case turns.ReadHeads(then):
            ends = journal.log_heads()
            heads = tuple(wire.LogHead(end.log_id, end.seq, end.hash.hex(), end.closed) for end in ends)
            beat = heartbeat() if then is turns.Then.HELLO else None
            return turns.Heads(heads, beat, {head.log_id: journal.at_hub(head.log_id) for head in heads})
        case turns.ReadHash(log_id, seq):
            return turns.Hash(journal.hash_at(log_id, seq))
        case turns.ReadLines():
            return batch_in_slices(journal.lines_after, action)
        case turns.ReadIds(log_id, seq, limit):
            return turns.Ids(journal.event_ids(log_id, seq, limit))
        case turns.ReadCursor():
            building = journal.snapshot_cursor()
            return turns.Cursor(journal.cursor()) if building is None else turns.Cursor(building, snapshot=True)
        case turns.ApplyFeed() | turns.ApplySnapshot() | turns.BeginLog():
            for _ in in_slices(journal, action):
                pass
            return turns.Begun() if isinstance(action, turns.BeginLog) else turns.Applied()
        case turns.PinHub(hub_id, hub_key):
            journal.pin_hub(hub_id, hub_key)
            return turns.Pinned()
        case turns.ReadPhoto(epoch):
            due = journal.photo_due(epoch)
            return turns.PhotoDue(*due) if due else turns.PhotoDue()
        case turns.NotePhoto(sha256, epoch, refused):
            journal.note_photo(sha256, epoch, refused)
            return turns.PhotoNoted()
    raise TypeError(f"no journal answers {action!r}")


def batch_in_slices(
    read: Callable[[str, int, int, int], tuple[bytes, list[bytes]]], asked: turns.ReadLines
) -> turns.Lines:
    """What ``lines_after`` would give in one go, read ``LINES_SLICE`` lines at a time.

    Lines of a log stay what and where they are, whatever is committed between two slices.

    Args:
        read: ``JournalReader.lines_after``; a scan may come between two calls.
        asked: the batch.
    """
    before, lines, room = b"", list[bytes](), asked.max_bytes
    while len(lines) < asked.limit:
        most = min(LINES_SLICE, asked.limit - len(lines))
        previous, more = read(asked.log_id, asked.seq + len(lines), most, room)
        before = before if lines else previous
        room -= sum(len(line) + 1 for line in more)
        if lines and room < 0:  # one line is given, however long
            break
        lines += more
        if len(more) < most:
            break
    return turns.Lines(before, lines)


def in_slices(journal: JournalReader, action: turns.Page | turns.BeginLog) -> Iterator[object]:
    """The slices in which the journal does long work; each is one call in the station thread."""
    match action:
        case turns.BeginLog(from_log, common, reason):
            return journal.begin_log(from_log, common, reason)
        case turns.ApplyFeed(entries, cursor):
            return journal.feed_slices(entries, cursor)
        case turns.ApplySnapshot(entries, cursor, first, last):
            return journal.snapshot_slices(entries, cursor, first=first, last=last)
