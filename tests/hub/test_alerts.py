"""What people should know is on the feed as long as it is true; re-driving and looking into it are kept as acts."""

from __future__ import annotations

import pytest

from hub import acts, alerts, feed, ingest, store
from hub.intake import letters
from rma_station.domain import codec
from rma_station.domain import envelope as en
from rma_station.domain import events as ev
from rma_station.domain.alerts import Alert, OpenLetter
from rma_station.errors import Refused
from rma_station.services.texts import LANGUAGES, catalogue
from sync import wire
from tests.hub.build import NOW, RMA, Log, new_hub, send


def poisoned(count: int = 1) -> tuple[store.Database, Log]:
    """A hub with a log of which some lines are nonsense and one is news."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    for number in range(count):
        log.put(b'{"nonsense":%d}' % number)
    log.say_raw("moon.landed", 1, {}, RMA)
    send(hub, log)
    return hub, log


def known(hub: store.Database) -> dict[str, Alert]:
    """What people should know now."""
    with hub.transaction() as connection:
        return dict(alerts.listed(connection))


def page(hub: store.Database, cursor: str = "", protocol: int = wire.PROTOCOL) -> wire.FeedReply | wire.Problem:
    """The feed as a station of a protocol gets it."""
    with hub.transaction() as connection:
        return feed.page(connection, cursor, 500, NOW, protocol)


def told(hub: store.Database) -> dict[str, object]:
    """Alerts on the feed, by key; ``None`` when over."""
    reply = page(hub)
    assert isinstance(reply, wire.FeedReply)
    return {entry.key: entry.body for entry in reply.entries if entry.kind == "alert"}


def test_what_could_not_be_taken_is_told_with_the_reasons() -> None:
    """One alert a log: how many, and the newest few with who can mend them."""
    hub, _ = poisoned()

    assert known(hub) == {
        "letters:log-a": Alert(
            "letters",
            store.stamp(NOW),
            "bench-1",
            "log-a",
            count=2,
            letters=(
                OpenLetter(3, "parked", "newer", "event type moon.landed schema 1 is newer than this version knows",
                           "administrator", "log-a-000003"),
                OpenLetter(2, "dead_letter", "malformed", "not an event envelope of version 1", "administrator"),
            ),
        )
    }  # fmt: skip
    assert told(hub)["letters:log-a"] == codec.encode(known(hub)["letters:log-a"])


@pytest.mark.failure(48)
def test_row_48_a_flood_of_dead_letters_is_one_alert() -> None:
    """All are counted, ten are named; the upload goes on."""
    hub, log = poisoned(300)
    log.parcel("p-2", RMA)
    reply = send(hub, log, 303)

    assert isinstance(reply, wire.EventsReply)
    assert (reply.accepted_through, known(hub)["letters:log-a"].count) == (303, 301)
    assert len(known(hub)["letters:log-a"].letters) == 10


def test_a_letter_read_again_leaves_the_alert_and_an_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked and what came of it is kept, also when it was in vain; the last one ends the alert."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.unit("u1", "p-1", code="9" * en.MAX_LINE)
    news = log.say_raw("parcel.set_aside", 2, {"parcel_id": "p-1"}, RMA, parcel_id="p-1").envelope.event_id
    send(hub, log)
    with hub.transaction() as connection:
        letter = letters.listed(connection)[0].letter_id
        again = [letters.redrive(connection, letter, "anna", NOW, ingest.propose_nothing)]
        again.append(letters.redrive(connection, news, "anna", NOW, ingest.propose_nothing))
    monkeypatch.setattr(en, "MAX_LINE", 4 * en.MAX_LINE)
    monkeypatch.setattr(ev, "SCHEMA", 2)
    with hub.transaction() as connection:
        again.append(letters.redrive(connection, letter, "anna", NOW, ingest.propose_nothing))
        left = [one.seq for one in known_in(connection)["letters:log-a"].letters]
        again.append(letters.redrive(connection, news, "ewa", NOW, ingest.propose_nothing))
        kept = [(act["by"], act["what"], act["result"].split(":")[0]) for act in acts.listed(connection)]
        with pytest.raises(Refused, match="no dead letter or parked event"):
            letters.redrive(connection, news, "ewa", NOW, ingest.propose_nothing)

    assert [said.split(":")[0] for said in again] == ["dead_letter", "parked", "accepted", "accepted"]
    assert (left, known(hub), told(hub)) == ([3], {}, {"letters:log-a": None})
    assert kept == [
        ("ewa", "redrive", "accepted"),
        ("anna", "redrive", "accepted"),
        ("anna", "redrive", "parked"),
        ("anna", "redrive", "dead_letter"),
    ]


def known_in(connection: object) -> dict[str, Alert]:
    """As ``known``, inside a transaction."""
    return dict(alerts.listed(connection))  # type: ignore[arg-type]


def test_parked_events_are_taken_at_the_start_of_a_newer_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, and said so."""
    hub, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.say_raw("parcel.set_aside", 2, {"parcel_id": "p-1"}, RMA, parcel_id="p-1")
    send(hub, log)
    with hub.transaction() as connection:
        waiting = letters.parked_now(connection)
    monkeypatch.setattr(ev, "SCHEMA", 2)
    with hub.transaction() as connection:
        letters.replay_parked(connection, NOW, ingest.propose_nothing)
        kept = [(act["by"], act["result"]) for act in acts.listed(connection)]

    assert [(one.seq, one.station) for one in waiting] == [(2, "bench-1")]
    assert (known(hub), kept) == ({}, [("hub", "1 events after an upgrade")])


def test_a_fork_is_known_until_somebody_looked_into_it() -> None:
    """Seen first, gone on later; a person ends it with a note."""
    hub, log, other = new_hub(), Log(), Log()
    log.parcel("p-1", RMA)
    other.parcel("p-2", RMA)
    send(hub, log)
    send(hub, other)
    seen = {key: alert.code for key, alert in known(hub).items()}
    new = Log("log-b")
    new.say(ev.LogForked("bench-1", "sample", "log-a", 0, "other"))
    send(hub, new)
    gone_on = {key: (alert.code, alert.values) for key, alert in known(hub).items()}
    with hub.transaction() as connection:
        alerts.done(connection, "forked:log-b", "ewa", "the card was copied, the copy is gone", NOW)
        act = acts.listed(connection)[0]
        with pytest.raises(Refused, match="no alert"):
            alerts.done(connection, "forked:log-b", "ewa", "again", NOW)

    assert seen == {"fork:log-a": "fork_seen"}
    assert gone_on == {"forked:log-b": ("forked", {"reason": "other"})}
    assert (act["by"], act["what"], act["subject"]) == ("ewa", "alert-done", "forked:log-b")
    assert known(hub) == {}


def test_what_ends_by_itself_is_not_ended_by_hand() -> None:
    """Letters are over when they were taken."""
    hub, _ = poisoned()

    with hub.transaction() as connection, pytest.raises(Refused, match="ends by itself"):
        alerts.done(connection, "letters:log-a", "ewa", "seen", NOW)


def test_a_station_of_the_first_protocol_gets_no_alerts_and_a_snapshot_when_it_was_upgraded() -> None:
    """It would not know what they are; its cursor says so."""
    hub, _ = poisoned()
    first = page(hub, protocol=1)
    assert isinstance(first, wire.FeedReply)
    same, upgraded = page(hub, first.cursor, protocol=1), page(hub, first.cursor)

    assert [entry.kind for entry in first.entries] == []
    assert isinstance(same, wire.FeedReply)
    assert isinstance(upgraded, wire.Problem)
    assert upgraded.code == "snapshot"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alert_has_words(language: str) -> None:
    """For the bench and for supervisors."""
    texts = catalogue(language)
    hub, _ = poisoned()
    said = [text.key for alert in known(hub).values() for text in alert.messages()]

    assert said == ["alert.letters", "alert.parked", "alert.dead_letter"]
    assert {key for key in [*said, "alert.fork_seen", "alert.forked"] if key not in texts} == set()


@pytest.mark.failure(16, 17)
def test_a_station_whose_word_is_in_doubt_is_told_of_once_and_a_person_ends_it() -> None:
    """An id used again, and lines that do not add up: at every station and in `hub alerts`, until somebody looked."""
    database, log = new_hub(), Log()
    log.parcel("p-1", RMA)
    log.say(ev.ParcelOpened("p-2", "tracking", "p-2", (RMA,)), RMA, event_id="log-a-000001", parcel_id="p-2")
    send(database, log)
    moved = Log("log-b")
    moved.parcel("p-3", RMA)
    moved.parcel("p-4", RMA)
    moved.lines, moved.hashes = moved.lines[1:], moved.hashes[:2]
    send(database, moved, 1, 1)
    with database.transaction() as connection:
        codes = sorted(alert.code for _, alert in alerts.listed(connection))
        for key in ("id_reuse:log-a", "chain_break:log-b"):
            alerts.done(connection, key, "root", "looked at the disk", NOW)
    log.say(ev.ParcelOpened("p-5", "tracking", "p-5", (RMA,)), RMA, event_id="log-a-000001", parcel_id="p-5")
    send(database, log, 3)
    with database.transaction() as connection:
        left = [alert.code for _, alert in alerts.listed(connection)]

    assert codes == ["chain_break", "id_reuse", "letters"]
    assert left == ["letters"]
