"""``rma-station hub alerts list | done KEY NOTE``: what people should know until it is over."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence

from hub.command_line import ask, folder, parser, second_words
from rma_station.domain import codec
from rma_station.domain.alerts import Alert
from rma_station.domain.clean import clean

_WORDS: Mapping[str, str] = {
    "restored": "the hub's past ends at {past}: no refund leaves before {waiting} were heard of and {refunds} refunds "
    "looked up; see: hub restore status",
    "backup": "no good backup of the hub since {last}; the last one: {reason}",
    "quarantine": "{station} sent {count} events within an hour that could not be taken; its money waits. See: hub "
    "events dead; then: hub station release {station} --why ...",
    "id_reuse": "{station} used the id of another event for something else (log {log}): the first is kept. See: hub "
    "events dead; then: hub alerts done",
    "chain_break": "the lines of log {log} of {station} do not add up: it is taken and refunds nothing by itself. Look "
    "at that station's disk; then: hub alerts done",
    "letters": "{count} events of {station} could not be taken; see: hub events dead, hub events parked",
    "fork_seen": "{station} shows another history of log {log}; it cannot go on by itself: upgrade it",
    "key_twice": "two machines call with the key of {station}: its disk was copied. What both send is kept. Delete "
    "the file device-key on the copy and enrol it under a name of its own: rma-station enrol",
    "forked": "{station} goes on under log {log} ({reason}): its disk was copied or put back. Returns both histories "
    "touched are held. If another machine has a copy of its disk: hub station revoke, and a new token",
}


def execute(arguments: Sequence[str]) -> int:
    """Show what people should know, or say that one was looked into."""
    made = parser("alerts")
    add = second_words(made)
    add("list", help="what is true now")
    done = add("done", help="it was looked into; who and what for is kept")
    done.add_argument("key")
    done.add_argument("note", help="what was found")
    given = made.parse_args(arguments)
    if given.what == "done":
        ask(folder(given), "alert-done", key=given.key, note=given.note, by=getpass.getuser())
        return 0
    rows = ask(folder(given), "alerts")["alerts"]
    for row in rows:
        key = row.pop("key")
        alert = codec.decode(Alert, row)
        about = {"station": alert.station, "log": alert.log_id, "count": alert.count, **alert.values}
        said = _WORDS.get(alert.code, alert.code).format_map({name: clean(str(value)) for name, value in about.items()})
        sys.stdout.write(clean(f"{key}  since {alert.at}", 200) + f"\n    {said}\n")
    if not rows:
        sys.stdout.write("Nothing.\n")
    return 0
