"""Every error this project raises, split by what the one who catches it can do.

::

    StationError                  has a title (the line a person sees), names thing, value, remedy
    ├── Transient                 try again later, by itself
    │   ├── DeviceLost            a scanner, scale or printer is gone; its thread reopens it
    │   └── HubUnreachable        no answer, or not our hub's answer
    │       ├── NoAnswer          with words for a person, and when to try again (sync/no_answer.py)
    │       └── NotOurHub         a portal, a proxy or another service answered (sync/hub_reply.py)
    ├── NeedsPerson               nothing goes on until somebody acts
    │   ├── StorageFull           the disk has no room for one more event
    │   ├── StorageFailed         the disk or its rights refuse reading or writing
    │   ├── NoJournal             no station has run on this data folder
    │   ├── StationHeld           another process holds this station's database
    │   ├── JournalDamaged        the hash chain or the file does not verify
    │   └── Refused               the hub or a rule said no, with the reason
    │       ├── NewerJournal      a newer version of this program wrote it: it is only read and sent
    │       ├── Forbidden         our own side forbids the call: nothing was sent (sync/no_answer.py)
    │       └── Busy              too many stations ask to be let in at a time (hub/trust/enrolments.py)
    ├── ConfigError               file, key, value and what is allowed
    ├── Malformed                 bytes from outside that do not mean anything we know
    │   ├── UnknownEvent          of a newer version: parked, not refused (rma_station/domain/events.py)
    │   └── NotAPicture           what a telephone sent as a photo (hub/web/pictures.py)
    ├── ModeMismatch              sample and live would mix
    ├── NotRunning                no station runs on this folder
    ├── Left                      the person left the wizard; nothing was written (rma_station/wizard/conversation.py)
    └── DoesNotAddUp              the demo found something else than it had to (rma_station/demo/doubt.py)

What stands without a file is defined here. What a worker may do wrong is never an exception: flows answer with an
``Outcome``. The few exceptions outside of this tree (``hub.calls.CallRefused``, ``screens.pixels.NoPixels``) only
carry an answer to whoever called, and go no further. ``tests/test_errors.py`` compares the drawing with the code.
"""

from __future__ import annotations

from rma_station.domain.clean import clean
from rma_station.domain.outcome import Message


class StationError(Exception):
    """The root: one sentence for a person in ``str(error)``, a short heading in ``title``.

    Args:
        message: the sentence in English.
        said: the same as a text of the catalogue, where a station says it in its own language.
    """

    title = "Error"

    def __init__(self, message: str = "", said: Message | None = None) -> None:
        super().__init__(message)
        self.said = said
        self.language = "en"
        """Of who reads it; the command that was stopped knows."""


class Transient(StationError):
    """Will likely succeed later without anybody doing anything."""

    title = "Try again"


class DeviceLost(Transient):
    """A device went away while it was used."""

    title = "Device lost"


class HubUnreachable(Transient):
    """The hub did not answer, or something else answered in its place."""

    title = "Hub unreachable"


class NeedsPerson(StationError):
    """Goes on only after a person has acted."""

    title = "Action needed"


class StorageFull(NeedsPerson):
    """There is no room to commit one more event."""

    title = "Disk full"


class StorageFailed(NeedsPerson):
    """The disk, or the rights on it, refuse reading or writing."""

    title = "Disk does not work"


class NoJournal(NeedsPerson):
    """There is no journal in the data folder: another one is meant, or no station has run on it yet."""

    title = "No journal"


class StationHeld(NeedsPerson):
    """Another process already runs on this database."""

    title = "Already running"


class JournalDamaged(NeedsPerson):
    """The journal's file or hash chain does not verify."""

    title = "Journal damaged"


class Refused(NeedsPerson):
    """A rule or the hub refused what was asked; the message is the reason."""

    title = "Refused"


class NewerJournal(Refused):
    """A newer version of this program wrote the journal: it can be read and sent, not written."""

    title = "Old program"


class ConfigError(StationError):
    """A setting cannot be used.

    Args:
        file: the configuration file.
        key: the dotted key, such as ``scale.url``.
        value: what stands there.
        allowed: what may stand there, in words.
    """

    title = "Configuration"

    def __init__(self, file: str, key: str, value: object, allowed: str) -> None:
        super().__init__(f"{file}: {clean(key)} = {value!r} cannot be used. Allowed: {allowed}.")
        self.file, self.key, self.value, self.allowed = file, key, value, allowed


class Malformed(StationError):
    """Bytes or JSON from outside that do not have the agreed shape; names the field."""

    title = "Not understood"


class ModeMismatch(StationError):
    """Sample data met a live database, or the other way round."""

    title = "Sample and live do not mix"


class NotRunning(StationError):
    """No station answers on this data folder's control socket."""

    title = "No station runs here"
