"""Being let in: a code and words, an administrator's yes, one-time invitations; known names need a word of their own.

Source: sync reference 6.2 (device enrolment), failure rows 7 and 8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.trust.enrolments import CALLER_MOST, LASTS, WAITING_MOST
from sync import enrolment, signing, wire
from sync.words import WORDS, fingerprint
from tests.hub.signing_station import OTHER_SEED, PUBLIC, SEED, SigningStation

BY = {"by": "root"}


@pytest.fixture
def station() -> SigningStation:
    """Not let in yet."""
    return SigningStation(enrolled=False)


def ask(
    station: SigningStation, *, seed: bytes = SEED, name: str = "bench-1", code: str = "", verified: bool = False
) -> tuple[int, Any]:
    """A station asks."""
    asked = enrolment.EnrolmentAsked(name, "sample", signing.public_key(seed), "0.1.0", code, verified)
    return station.call("POST", enrolment.ENROLMENTS, wire.encode(asked), seed=seed)


def look(station: SigningStation, code: str, *, seed: bytes = SEED) -> tuple[int, Any]:
    """How it stands."""
    return station.call("GET", enrolment.enrolment_path(code), seed=seed)


def test_a_station_is_let_in_when_an_administrator_says_so(station: SigningStation) -> None:
    """Before that it can do nothing; then it gets the key of the hub's receipts."""
    _, asked = ask(station)
    before = station.hello()[0]
    ((waiting,),) = [station.administer("enrolments")[1]["waiting"]]
    approved = station.administer("enrolment-approve", code=asked["code"].lower(), **BY)
    _, after = look(station, asked["code"])

    assert (asked["state"], before) == ("waiting", 401)
    assert waiting["words"] == fingerprint(PUBLIC, "", asked["code"])
    assert approved == (200, {"station": "bench-1"})
    assert (after["state"], len(after["hub_key"]), station.hello()[0]) == ("approved", 64, 200)
    assert [(act["what"], act["by"], act["subject"]) for act in station.administer("acts")[1]["acts"]] == [
        ("enrol-approve", "root", "bench-1")
    ]


def test_asking_again_with_the_same_key_goes_on_with_the_same_code(station: SigningStation) -> None:
    """The command was interrupted, or the station restarted."""
    assert ask(station)[1]["code"] == ask(station)[1]["code"] != ask(station, seed=OTHER_SEED)[1]["code"]


def test_a_refused_station_stays_outside(station: SigningStation) -> None:
    """And is told so."""
    code = ask(station)[1]["code"]
    station.administer("enrolment-refuse", code=code, **BY)

    assert (look(station, code)[1]["state"], station.hello()[0]) == ("refused", 401)
    assert station.administer("enrolment-approve", code=code, **BY)[0] == 422


def test_a_code_that_was_left_standing_ends(station: SigningStation) -> None:
    """Nobody approves what was left standing; asking again gives another one."""
    code = ask(station)[1]["code"]
    station.wait(LASTS.total_seconds())

    assert (look(station, code)[1]["state"], station.administer("enrolments")[1]) == ("expired", {"waiting": []})
    assert station.administer("enrolment-approve", code=code, **BY)[0] == 422
    assert ask(station)[1]["code"] != code


def test_only_the_key_that_asked_sees_how_it_stands(station: SigningStation) -> None:
    """And nobody asks for another's key."""
    code = ask(station)[1]["code"]
    asked = enrolment.EnrolmentAsked("bench-1", "sample", PUBLIC)

    assert look(station, code, seed=OTHER_SEED)[0] == 404
    assert station.call("POST", enrolment.ENROLMENTS, wire.encode(asked), seed=OTHER_SEED)[0] == 401
    assert station.call("POST", enrolment.ENROLMENTS, wire.encode(asked), headers={})[0] == 401


@pytest.mark.failure(7)
def test_row_7_a_known_name_needs_the_word_for_it_and_its_old_key_ends(station: SigningStation) -> None:
    """The copy of a card is enrolled anew, or a machine is replaced: never by accident."""
    station.administer("enrolment-approve", code=ask(station)[1]["code"], **BY)
    other = ask(station, seed=OTHER_SEED)[1]["code"]
    refused, words = station.administer("enrolment-approve", code=other, **BY)
    replaced = station.administer("enrolment-approve", code=other, replace=True, **BY)[0]

    assert (refused, "--replace" in words["message"], replaced) == (422, True, 200)
    assert (station.hello()[1]["code"], station.hello(seed=OTHER_SEED)[0]) == ("revoked", 200)


@pytest.mark.failure(8)
def test_row_8_a_key_that_ended_is_never_taken_again(station: SigningStation) -> None:
    """A stolen station cannot ask its way back in; a found one makes a new key."""
    station.administer("enrolment-approve", code=ask(station)[1]["code"], **BY)
    station.administer("station-revoke", name="bench-1", **BY)
    status, said = ask(station)
    _, anew = ask(station, seed=OTHER_SEED)
    station.administer("enrolment-approve", code=anew["code"], **BY)

    assert (status, "--new-key" in said["message"]) == (422, True)
    assert (station.hello()[0], station.hello(seed=OTHER_SEED)[0]) == (403, 200)


def test_a_station_that_is_in_already_and_knows_its_hub_is_told_so(station: SigningStation) -> None:
    """Nobody can be in between: there is nothing to compare."""
    station.administer("enrolment-approve", code=ask(station)[1]["code"], **BY)

    assert ask(station, verified=True)[1]["state"] == "approved"
    assert ask(station, seed=OTHER_SEED, verified=True)[1]["state"] == "waiting"


def test_a_station_that_lost_what_it_trusted_compares_words_again(station: SigningStation) -> None:
    """With the same key, which goes on: that needs no word for replacing anything."""
    station.administer("enrolment-approve", code=ask(station)[1]["code"], **BY)
    again = ask(station)[1]
    (waiting,) = station.administer("enrolments")[1]["waiting"]

    assert (again["state"], waiting["known"], station.hello()[0]) == ("waiting", False, 200)
    assert station.administer("enrolment-approve", code=again["code"], **BY)[0] == 200
    assert station.hello()[0] == 200


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]}"]
)
def test_a_code_may_be_typed_as_it_comes(station: SigningStation, typed: Callable[[str], str]) -> None:
    """It is read aloud: case, dash and spaces do not matter."""
    code = ask(station)[1]["code"]

    assert station.administer("enrolment-approve", code=typed(code), **BY)[0] == 200


def test_an_invitation_lets_one_station_in_once(station: SigningStation) -> None:
    """For installing without anybody at the hub."""
    code = station.administer("station-invite", name="bench-1", **BY)[1]["code"]
    secret, _, authority = code.partition(".")
    other_name = ask(station, name="bench-2", code=secret)[0]
    wrong = ask(station, code="WRONG")[0]
    first = ask(station, code=secret.lower())[1]["state"]
    second = ask(station, seed=OTHER_SEED, code=secret)[0]

    assert (other_name, wrong, first, second, authority) == (422, 422, "approved", 422, "none")
    assert [act["what"] for act in station.administer("acts")[1]["acts"]] == ["enrol-invited", "enrol-invite"]


def test_an_invitation_for_a_known_name_has_to_say_so(station: SigningStation) -> None:
    """When it is made, not when it is used."""
    station.administer("enrolment-approve", code=ask(station)[1]["code"], **BY)

    assert station.administer("station-invite", name="bench-1", **BY)[0] == 422
    code = station.administer("station-invite", name="bench-1", replace=True, **BY)[1]["code"]
    assert ask(station, seed=OTHER_SEED, code=code.partition(".")[0])[1]["state"] == "approved"


def test_a_flood_of_askers_is_held_back(station: SigningStation) -> None:
    """From one address, and altogether; later it goes again."""
    told = [ask(station, seed=number.to_bytes(32, "big"))[0] for number in range(1, CALLER_MOST + 2)]
    station.wait(LASTS.total_seconds() + 1)

    assert (set(told[:-1]), told[-1], ask(station)[0]) == ({200}, 503, 200)
    assert CALLER_MOST < WAITING_MOST
    assert station.remembered() == {"strangers"}, "keys that anybody can make by the thousand share one memory"


def test_an_invitation_gets_through_a_flood_and_a_wrong_one_leaves_nothing(station: SigningStation) -> None:
    """Behind a proxy the honest station has the address of the flood."""
    for number in range(1, CALLER_MOST + 2):
        status, _ = ask(station, seed=number.to_bytes(32, "big"))
    secret = station.administer("station-invite", name="bench-1", **BY)[1]["code"].partition(".")[0]
    before = len(station.administer("enrolments")[1]["waiting"])
    wrong = ask(station, code="WRONG")[0]

    assert (status, wrong, len(station.administer("enrolments")[1]["waiting"])) == (503, 422, before)
    assert ask(station, code=secret)[1]["state"] == "approved"


@pytest.mark.parametrize("name", ["", "hub", "bench 1", "x" * 65])
def test_a_name_that_cannot_be_used_is_refused(station: SigningStation, name: str) -> None:
    """Before anybody is bothered."""
    assert ask(station, name=name)[0] == 400


def test_sample_and_live_do_not_meet(station: SigningStation) -> None:
    """A station of the other mode is not let in."""
    asked = enrolment.EnrolmentAsked("bench-1", "live", PUBLIC)

    assert station.call("POST", enrolment.ENROLMENTS, wire.encode(asked))[0] == 409


def test_words_differ_with_key_authority_and_code() -> None:
    """Somebody in between has another key or another authority on one side."""
    shown = {fingerprint(key, seen, code) for key in ("a", "b") for seen in ("", "c") for code in ("D", "E")}

    assert (len(shown), {len(words.split()) for words in shown}) == (8, {4})


def test_the_words_are_short_and_cannot_be_mistaken() -> None:
    """One a byte; no two are a letter apart, so that a slip of the tongue is no match."""
    assert (len(set(WORDS)), len(WORDS)) == (256, 256)
    assert all(3 <= len(word) <= 8 and word.isascii() and word.islower() for word in WORDS)
    assert [(one, two) for n, one in enumerate(WORDS) for two in WORDS[n + 1 :] if distance(one, two) < 2] == []


def distance(one: str, two: str) -> int:
    """Letters to change, put in or take out (Levenshtein)."""
    row = list(range(len(two) + 1))
    for number, letter in enumerate(one, 1):
        above, row[0] = row[:], number
        for place, other in enumerate(two, 1):
            row[place] = min(above[place] + 1, row[place - 1] + 1, above[place - 1] + (letter != other))
    return row[-1]
