"""Four short words that two people, or one with two screens, compare: the same key and the same authority, or not.

A station shows them while it waits to be let in, the hub beside its code. They are 32 bits of a hash over the
station's public key, the authority whose certificate it saw, and the code the hub gave out. Somebody in between has
another key or another authority on one side. Whoever shows the station a code of their own could try many until the
words on both screens are the same: each try takes a memory-hard hash, and a code is good for a quarter of an hour.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from rma_station.domain.outcome import say
from rma_station.errors import Malformed

_TEXT = """
acid actor agent alarm album amber angel apple april arrow atlas aunt autumn bacon badge bagel baker
banjo basil bench bean bell berry bike bird bishop blade blue board bolt bone book bottle brick
bridge brush bucket butter cabin cable cactus camel candle canoe carbon carpet castle cat cello
chain chalk cheese cherry chess circus clay cliff clock cloud coin comet copper coral cotton cousin
crab crayon crown cube curry daisy dance delta desert diesel dinner doctor dolphin door dragon drum
duck eagle east echo editor eggs elbow elm engine envoy fabric falcon farm feather fence fiddle
field fish flag flute forest fork fox friday frog garage garden ghost giant ginger glass globe goat
gold grape gravy green guitar hammer harbor hazel helmet herb hill honey horse hotel igloo index ink
iron island ivory jacket jam jelly jewel judge juice july jungle kayak kettle king kite kiwi knee
ladder lake lamp laser lava lemon letter lily lime lion lobster lunch magnet major mango maple
marble melon menu metal mint mirror monkey moon motor mouse mud museum nail nectar needle nephew
nest night noodle north nurse oak oasis ocean olive omega onion opera orange orchid otter oven owl
oxygen paint palace panda paper parrot pasta peach pencil pepper piano pilot pirate pizza planet
plum poem polar pony potato prince pumpkin puzzle queen quilt rabbit radar raft rain raven ribbon
rice river robot rocket roof rose ruby rug saddle sailor salt satin scarf school sheep ship shovel
silk silver sketch tiger tulip tunnel violin volcano walnut window zebra
"""
WORDS = tuple(_TEXT.split())
"""One for each byte; no two are a single letter apart."""
_TRIES = {"n": 1 << 14, "r": 8, "p": 1}
"""Of scrypt (RFC 7914): 16 MiB and some 40 ms a try; four words (32 bits) cannot be searched while a code lasts."""


def authority_id(pem: str) -> str:
    """What is the same of an authority for ever: SHA-256 of its public key (DER, SubjectPublicKeyInfo), hexadecimal.

    Empty for none: a hub under a certificate that everybody trusts, or on this very machine.

    Raises:
        Malformed: not exactly one certificate. A second one would be trusted without standing in any word.
    """
    if not pem:
        return ""
    from cryptography import x509  # noqa: PLC0415 - not before the first paint
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    try:
        (certificate,) = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise Malformed("an authority is one certificate, and nothing else", say("stopped.pinned_bad")) from None
    key = certificate.public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


@lru_cache(maxsize=256)
def fingerprint(public_key: str, authority: str, code: str) -> str:
    """The words for a station's public key, an ``authority_id`` and the code of an enrolment."""
    said = "\n".join((public_key, authority, code)).encode()
    return " ".join(WORDS[byte] for byte in hashlib.scrypt(said, salt=b"rma-station enrolment 2", dklen=4, **_TRIES))
