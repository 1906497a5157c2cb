"""The feed's cursor names the whole past; reference data is compacted."""

from __future__ import annotations

import base64
import random

import pytest

from hub import feed, hub_identity, store
from sync import wire
from tests.hub import databases
from tests.hub.build import NOW, Numbers, new_hub


def put(hub: store.Database, *entries: feed.NewEntry) -> None:
    """Append in a transaction of its own."""
    with hub.transaction() as connection:
        feed.append(connection, entries, NOW)


def product(key: str, name: str) -> feed.NewEntry:
    """A product."""
    return feed.NewEntry("product", key, {"sku": key, "name": name})


def fact(key: str) -> feed.NewEntry:
    """A fact."""
    return feed.NewEntry("fact", key, {"event_id": key})


def read(hub: store.Database, cursor: str = "", limit: int = 500) -> wire.FeedReply:
    """One page."""
    with hub.transaction() as connection:
        reply = feed.page(connection, cursor, limit, NOW)
    assert isinstance(reply, wire.FeedReply), reply
    return reply


def test_from_the_start_comes_what_is_true_now() -> None:
    """Only the newest row of reference data, every fact, in order; a row that is gone says so."""
    hub = new_hub()
    put(hub, product("A", "old"), fact("f1"), product("B", "b"))
    put(hub, product("A", "new"), fact("f2"), feed.NewEntry("product", "B"))

    page = read(hub)

    assert [(e.key, e.body) for e in page.entries] == [
        ("f1", {"event_id": "f1"}),
        ("A", {"sku": "A", "name": "new"}),
        ("f2", {"event_id": "f2"}),
        ("B", None),
    ]


def test_a_cursor_goes_on_after_its_entry_even_when_that_was_superseded() -> None:
    """The place of a superseded row is kept."""
    hub = new_hub()
    put(hub, product("A", "old"))
    cursor = read(hub).cursor
    put(hub, product("A", "new"))

    page = read(hub, cursor)

    assert [(e.key, e.body) for e in page.entries] == [("A", {"sku": "A", "name": "new"})]


def test_an_empty_feed_gives_a_cursor_that_holds() -> None:
    """What comes later comes after it."""
    hub = new_hub()
    cursor = read(hub).cursor
    put(hub, fact("f1"))

    assert [e.key for e in read(hub, cursor).entries] == ["f1"]


def test_a_feed_that_was_put_back_and_grew_again_is_noticed() -> None:
    """Same epoch, same numbers, another past: begin again (sync reference D4)."""
    first, restored = new_hub(), new_hub()
    for hub in (first, restored):
        put(hub, fact("f1"))
    put(first, fact("lost"))
    put(restored, fact("other"), fact("f3"))
    cursor = read(first).cursor

    with restored.transaction() as connection:
        reply = feed.page(connection, cursor, 10, NOW)

    assert isinstance(reply, wire.Problem)
    assert reply.code == "snapshot"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "bm9wZQ==",
        base64.urlsafe_b64encode(b"epoch.1.tail").decode(),
        base64.urlsafe_b64encode(b"a.-5.b").decode(),
        base64.urlsafe_b64encode(b"a.99999999999999999999999.b").decode(),
        "ż",
    ],
)
def test_a_cursor_nobody_made_is_answered_with_a_snapshot(cursor: str) -> None:
    """Never an error that stays."""
    hub = new_hub()
    put(hub, fact("f1"))

    with hub.transaction() as connection:
        reply = feed.page(connection, cursor, 10, NOW)

    assert isinstance(reply, wire.Problem)
    assert (reply.code, feed.place_of("ż")) == ("snapshot", 0)


def test_a_reader_of_pages_ends_with_the_newest_of_everything() -> None:
    """Whatever is written between pages of whatever size."""
    for seed in range(30):
        chance, hub = random.Random(seed), new_hub()
        truth: dict[str, str] = {}
        mine: dict[str, str] = {}
        cursor, seen = "", []
        for step in range(40):
            if chance.random() < 0.6:
                key = chance.choice("ABCDE")
                truth[key] = f"{key}{step}"
                put(hub, product(key, truth[key]), fact(f"f{step}"))
            else:
                page = read(hub, cursor, chance.randint(1, 4))
                cursor = page.cursor
                mine.update({e.key: e.body["name"] for e in page.entries if e.kind == "product"})
                seen += [e.key for e in page.entries if e.kind == "fact"]
        more = True
        while more:
            page = read(hub, cursor, 3)
            cursor, more = page.cursor, page.more
            mine.update({e.key: e.body["name"] for e in page.entries if e.kind == "product"})
            seen += [e.key for e in page.entries if e.kind == "fact"]
        assert (mine, len(seen)) == (truth, len(set(seen)))


def test_another_hub_does_not_know_the_cursor() -> None:
    """The epoch differs."""
    hub = new_hub()
    put(hub, fact("f1"))
    cursor = read(hub).cursor
    other = databases.fresh()
    numbers = Numbers()
    numbers.count = 100
    hub_identity.prepare(other, "sample", NOW, numbers)
    put(other, fact("f1"))

    with other.transaction() as connection:
        assert isinstance(feed.page(connection, cursor, 10, NOW), wire.Problem)
