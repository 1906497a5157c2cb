"""The station's side of being let in: which authority it saw, asking, and how it stands (``enrolment.py``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import Refused
from sync import enrolment, pinning, signing, wire
from sync.enrolment import EnrolmentReply
from sync.no_answer import in_words
from sync.transport import HubLine
from sync.words import authority_id, fingerprint

FOREIGN = "service.hub.intercepted"
_OTHER_AUTHORITY = (
    "the hub at {address} shows another authority than the one this station trusts: somebody may be in between. "
    "Nothing was sent, nothing was changed. If the hub was set up anew: rma-station enrol --other-hub, and compare "
    "the words at the hub"
)


def authority_to_pin(address: str, code: str = "") -> str:
    """The authority (PEM) of the hub at an address; empty where it is under one this machine trusts anyway.

    Args:
        address: of the hub, checked.
        code: of an invitation: it names the authority, so that nobody has to compare words.

    Raises:
        HubUnreachable: nobody listens there, or under a certificate nobody can vouch for.
        Refused: the code is none, or names another authority.
    """
    pem = "" if address.startswith("http:") or pinning.is_trusted(address) else pinning.authority_of(address)
    _check_invitation(address, code, pem)
    return pem


def check_pinned(address: str, pinned: str, code: str, unix: Callable[[], float]) -> None:
    """The hub at an address is still under the authority this station trusts for it.

    Args:
        address: of the hub, checked.
        pinned: the authority (PEM), not empty.
        code: of an invitation; empty for none.
        unix: wall clock.

    Raises:
        Refused: it is under another one, or the invitation names another one.
        HubUnreachable: nobody listens there, or the certificate is not good for another reason.
    """
    if address.startswith("http:"):
        raise _other_authority(address)
    wrong = pinning.why_not_trusted(address, pinned)
    if wrong is not None:
        answer = in_words(wrong, address, lambda: pinned, unix)
        raise _other_authority(address) if answer.said.key == FOREIGN else answer
    _check_invitation(address, code, pinned)


def _other_authority(address: str) -> Refused:
    return Refused(_OTHER_AUTHORITY.format(address=address), say("stopped.other_authority", address=address))


def _check_invitation(address: str, code: str, pem: str) -> None:
    if not code:
        return
    secret, _, named = code.strip().partition(".")
    if not secret or not named:
        raise Refused("the code is not one of: rma-station hub station invite NAME", say("stopped.invitation_bad"))
    if named != (authority_id(pem)[: enrolment.INVITED_AUTHORITY] or enrolment.NO_AUTHORITY):
        raise Refused(
            f"{address} shows another authority than the invitation names: somebody is in between, or the hub was "
            "set up anew since. Nothing was sent.",
            say("stopped.invitation_authority", address=address),
        )


@dataclass(frozen=True)
class KnownHub:
    """The hub that the station's journal belongs to; empty before the first contact."""

    hub_id: str = ""
    hub_key: str = ""

    def check(self, address: str, reply: EnrolmentReply) -> None:
        """Raises ``Refused`` when it is another hub that answers; its key shows once the station is let in."""
        if self.hub_id not in ("", reply.hub.hub_id):
            raise Refused(
                f"{address} is hub {clean(reply.hub.hub_id, 40)}; this station's journal belongs to hub {self.hub_id} "
                "for ever. Check hub.url. For another hub the station begins anew: rma-station wipe --bundle FILE",
                say("stopped.other_hub", address=address, hub=clean(reply.hub.hub_id, 40), ours=self.hub_id),
            )
        if reply.state == enrolment.APPROVED and self.hub_key not in ("", reply.hub_key):
            raise Refused(
                f"{address} calls itself hub {self.hub_id} and has not that hub's key: somebody may be in between. "
                "Nothing was changed.",
                say("stopped.other_hub_key", address=address, ours=self.hub_id),
            )


@dataclass(frozen=True)
class Enrolment:
    """One station that asks one hub."""

    line: HubLine
    asked: enrolment.EnrolmentAsked
    authority: str

    def begin(self) -> EnrolmentReply:
        """Ask, or go on with what waits.

        Raises:
            HubUnreachable: no answer.
            Refused: the hub says no, and why.
        """
        return _said(self.line.call(EnrolmentReply, "POST", enrolment.ENROLMENTS, wire.encode(self.asked)).reply)

    def look(self, code: str) -> EnrolmentReply:
        """How it stands; raises as ``begin``, also when the answer is about another code."""
        reply = _said(self.line.call(EnrolmentReply, "GET", enrolment.enrolment_path(code)).reply)
        if reply.code != code:
            raise Refused(
                f"the hub answers about {reply.code}; this station asked about {code}. Ask again",
                say("stopped.other_code", answered=reply.code, asked=code),
            )
        return reply

    def words(self, code: str) -> str:
        """What a person compares with the hub's side."""
        return fingerprint(self.asked.public_key, authority_id(self.authority), code)


def enrolment_of(
    station: str,
    mode: str,
    app_version: str,
    seed: bytes,
    address: str,
    authority: str,
    code: str,
    unix: Callable[[], float],
    verified: bool = False,
) -> Enrolment:
    """What a station needs to ask.

    Args:
        station: its name.
        mode: ``sample`` or ``live``.
        app_version: for the administrator to see.
        seed: of its device key.
        address: of the hub.
        authority: from ``authority_to_pin``.
        code: of an invitation; empty for none.
        unix: wall clock.
        verified: the authority was trusted before; then a hub that knows the key need not be compared again.
    """
    line = HubLine(lambda: address, Path(), app_version, unix, key=lambda: seed, authority=lambda: authority)
    secret = code.strip().partition(".")[0]
    asked = enrolment.EnrolmentAsked(station, mode, signing.public_key(seed), app_version, secret, verified)
    return Enrolment(line, asked, authority)


def _said(reply: EnrolmentReply | wire.Problem) -> EnrolmentReply:
    if isinstance(reply, wire.Problem):
        reason = clean(reply.message, 400)
        raise Refused(f"the hub says: {reason}", say("stopped.hub_says", reason=reason))
    if not enrolment.CODE.fullmatch(reply.code):
        # The words are over the code: one with blanks nobody sees could be chosen until the words fit.
        raise Refused(
            "what answers is no hub of ours: its code is not eight letters and digits. Nothing was pinned",
            say("stopped.no_hub_of_ours"),
        )
    return reply
