"""What is encoded reads back, and what comes from outside is accepted exactly or refused by the name of its field."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rma_station.domain import codec
from rma_station.domain import events as ev
from rma_station.errors import Malformed


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Leaf:
    name: str
    count: int = 0
    raw: bytes = b""


@dataclass(frozen=True)
class Other:
    note: str = ""


@dataclass(frozen=True)
class Tree:
    colour: Colour
    leaves: tuple[Leaf, ...] = ()
    one: Leaf | Other | None = None
    several: tuple[Leaf | Other, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    value: str | int = 0
    sure: bool = False
    anything: codec.JsonValue = None


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
INTEGERS = st.integers(-(1 << 63), (1 << 63) - 1)
LEAVES = st.builds(Leaf, TEXT, INTEGERS, st.binary(max_size=4))
OTHERS = st.builds(Other, TEXT)
TREES = st.builds(
    Tree,
    st.sampled_from(Colour),
    st.lists(LEAVES, max_size=3).map(tuple),
    st.none() | LEAVES | OTHERS,
    st.lists(LEAVES | OTHERS, max_size=3).map(tuple),
    st.dictionaries(TEXT, INTEGERS, max_size=3),
    TEXT | INTEGERS,
    st.booleans(),
    st.none() | TEXT | st.lists(INTEGERS, max_size=2),
)


@given(TREES)
def test_what_is_encoded_reads_back_through_bytes(tree: Tree) -> None:
    """Every kind of field, at its default or not."""
    assert codec.decode(Tree, codec.from_bytes(codec.to_bytes(codec.encode(tree)))) == tree


@given(TREES)
def test_text_written_in_one_go_is_what_the_two_steps_make(tree: Tree) -> None:
    """``write`` is a short cut, never another form."""
    assert codec.write(tree) == codec.to_text(codec.encode(tree))


def test_defaults_are_left_out() -> None:
    """Envelopes stay short, and a newer field may have a default."""
    assert codec.encode(Tree(Colour.RED)) == {"colour": "red"}
    assert codec.encode(Leaf("a", raw=b"\x01\xff")) == {"name": "a", "raw": "01ff"}


def test_one_of_several_kinds_is_written_with_its_name() -> None:
    """So that it can be told which one it is."""
    assert codec.encode(Tree(Colour.RED, one=Other("x")))["one"] == {"is": "Other", "note": "x"}


def test_bytes_are_compact_and_keep_the_order_of_keys() -> None:
    """They are hashed: one form only."""
    assert codec.to_bytes({"b": "ż", "a": [1, None]}) == '{"b":"ż","a":[1,null]}'.encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "Tree.colour: missing"),
        ({"colour": "green"}, "Tree.colour: 'green' is none of red, blue"),
        ({"colour": ["red"]}, "Tree.colour"),
        ({"colour": "red", "leaf": 1}, "Tree.'leaf': unknown field"),
        ({"colour": "red", "leaves": {}}, "Tree.leaves: {} is not a list"),
        ({"colour": "red", "leaves": [{"name": 7}]}, "Tree.leaves[0].name: 7 is not str"),
        ({"colour": "red", "leaves": [{"name": "a", "count": True}]}, "Tree.leaves[0].count: True is not int"),
        ({"colour": "red", "leaves": [{"name": "a", "count": 1 << 63}]}, "does not fit into 64 bits"),
        ({"colour": "red", "leaves": [{"name": "a", "count": 10**9999}]}, "does not fit into 64 bits"),
        ({"colour": "red", "leaves": [{"name": "a\0"}]}, "contains the character NUL"),
        ({"colour": "red", "labels": {"a\0": 1}}, "contains the character NUL"),
        ({"colour": "red", "leaves": [{"name": "a", "raw": "0g"}]}, "is not hexadecimal text"),
        ({"colour": "red", "one": {"name": "a"}}, "is none of Leaf, Other"),
        ({"colour": "red", "one": {"is": "Tree"}}, "is none of Leaf, Other"),
        ({"colour": "red", "value": None}, "Tree.value: None is none of str, int"),
        ({"colour": "red", "value": True}, "Tree.value: True is none of str, int"),
        ({"colour": "red", "labels": []}, "Tree.labels: [] is not an object"),
        ([], "Tree: [] is not an object"),
        ({"colour": "red", "x" * 99: 1}, "unknown field"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(data: Any, reason: str) -> None:
    """A person can find the field."""
    with pytest.raises(Malformed) as caught:
        codec.decode(Tree, data)

    assert reason in str(caught.value)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"1.5", b"1e3", b"NaN", b"-Infinity", b'{"a":1,"a":2}', b"\xff", b"[" * 100_000, b"9" * 5_000],
)
def test_json_we_cannot_keep_exactly_is_refused(data: bytes) -> None:
    """Floats, doubled keys, endless nesting and endless numbers among it."""
    with pytest.raises(Malformed):
        codec.from_bytes(data)


@pytest.mark.parametrize("data", [rb'"\ud800"', rb'{"a":["\uDC00x"]}', rb'{"\udfff":1}'])
def test_half_a_surrogate_pair_is_refused(data: bytes) -> None:
    """It parses, but nothing can store it or encode it again."""
    with pytest.raises(Malformed):
        codec.from_bytes(data)


def test_whole_surrogate_pairs_are_text() -> None:
    """An escaped pair reads as its one character, as every other escape does."""
    assert codec.from_bytes(rb'"\ud83d\ude00 \\ud800"') == "😀 \\ud800"


@given(st.binary(max_size=60))
def test_random_bytes_raise_nothing_but_malformed(data: bytes) -> None:
    """What they give can be encoded again."""
    try:
        value = codec.from_bytes(data)
    except Malformed:
        return
    assert codec.from_bytes(codec.to_bytes(value)) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(ev.BY_TYPE)), JSON | st.dictionaries(st.sampled_from(["parcel_id", "unit_id", "lpn"]), JSON)
)
def test_no_payload_raises_anything_but_malformed(type_name: str, payload: Any) -> None:
    """A station of another make may send whatever it likes."""
    try:
        event = ev.read(type_name, 1, payload)
    except Malformed:
        return
    assert ev.read(*ev.write(event)) == event
