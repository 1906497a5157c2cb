"""Which authority a station trusts for its hub: the one it pinned at enrolment and no other, or those everybody trusts.

Verification is never turned off. Two places look at a certificate in another way, and neither sends anything secret:
``authority_of`` fetches an authority that nobody trusts yet, for two people to compare words; ``hub_time`` asks what
time it is with the same trust as ever except for the dates, which cannot be judged by a clock that may be wrong.
"""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.errors import HubUnreachable, Malformed
from sync import enrolment

SECONDS = 10.0
HANDSHAKE_SECONDS = 3.0
"""Of a look at who answers: somebody waits for it."""
PEM_BYTES = 20_000
_NO_CHECK_TIME = 0x200000
"""``X509_V_FLAG_NO_CHECK_TIME`` of OpenSSL (x509_vfy.h); Python has no name for it."""


def trusting(authority: str) -> ssl.SSLContext:
    """Verifies against the pinned authority (PEM) alone; without one against those of this machine and of certifi."""
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=authority)
            if len(context.get_ca_certs()) != 1:
                raise ValueError
        except (ssl.SSLError, ValueError):
            raise Malformed(
                "the pinned authority is not one certificate of an authority", say("stopped.pinned_bad")
            ) from None
    else:
        import certifi  # noqa: PLC0415 - not before the first paint

        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_trusted(address: str) -> bool:
    """Whether the hub is under a certificate this machine trusts without pinning anything.

    Raises:
        HubUnreachable: nobody listens there.
    """
    return why_not_trusted(address, "") is None


def why_not_trusted(address: str, authority: str) -> ssl.SSLCertVerificationError | None:
    """What is wrong with the certificate that the hub shows, for who trusts this authority alone (as ``trusting``).

    Raises:
        HubUnreachable: nobody listens there.
        Malformed: the authority is not a certificate.
    """
    try:
        _get(address, "/healthz", trusting(authority))
    except ssl.SSLCertVerificationError as error:
        return error
    return None


def authority_of(address: str) -> str:
    """The authority (PEM) that the hub at this address shows; not believed before words were compared.

    Raises:
        HubUnreachable: nobody listens there, or it has no authority of its own.
    """
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    status, body, _ = _get(address, enrolment.AUTHORITY, unverified)
    pem = body.decode("ascii", "replace")
    if status != 200 or "BEGIN CERTIFICATE" not in pem:
        raise HubUnreachable(
            f"{address} is under a certificate this machine does not trust, and the hub has no authority of its own. "
            "Install its authority on this machine (update-ca-certificates), or run the hub without --certificate",
            say("stopped.no_own_authority", address=address),
        )
    return the_one(pem)


def the_one(pem: str) -> str:
    """The one certificate of a PEM text, written anew: what people compare is all that is trusted afterwards.

    Raises:
        Malformed: more or fewer than one.
    """
    from cryptography import x509  # noqa: PLC0415 - not before the first paint
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    try:
        (certificate,) = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise Malformed(
            "the hub shows something else than one authority: nothing of it is trusted", say("stopped.not_an_authority")
        ) from None
    return certificate.public_bytes(Encoding.PEM).decode()


def hub_time(address: str, authority: str) -> float | None:
    """What time it is at the hub, in seconds since 1970, where a certificate seems not to be valid now.

    Chain and name are verified as ever. ``None`` when the hub does not say.
    """
    context = trusting(authority)
    context.verify_flags |= _NO_CHECK_TIME
    try:
        _, _, date = _get(address, "/healthz", context)
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (HubUnreachable, ssl.SSLError, ValueError, TypeError):
        return None


def handshake(address: str, authority: str, seconds: float = HANDSHAKE_SECONDS) -> datetime | Exception | None:
    """What one handshake with the hub shows, under the same trust as ever; nothing is sent behind it.

    Args:
        address: of the hub.
        authority: the pinned one (PEM), empty for those everybody trusts.
        seconds: for the connection, and for the handshake.

    Returns:
        When its certificate ends; the ``ssl.SSLCertVerificationError`` where it is not trusted; ``None`` when nobody
        answers, or not in TLS.
    """
    try:
        parts = urlsplit(address)
        where = (parts.hostname or "", parts.port or 443)
        with (
            socket.create_connection(where, timeout=seconds) as plain,
            trusting(authority).wrap_socket(plain, server_hostname=where[0]) as made,
        ):
            shown = made.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    except ssl.SSLCertVerificationError as error:
        return error
    except (OSError, KeyError, ValueError, Malformed):
        return None


def _get(address: str, path: str, context: ssl.SSLContext) -> tuple[int, bytes, str]:
    """Status, body and ``Date``; raises ``ssl.SSLCertVerificationError`` and ``HubUnreachable``."""
    parts = urlsplit(address)
    made = http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=SECONDS, context=context)
    try:
        made.request("GET", parts.path.rstrip("/") + path)
        answer = made.getresponse()
        return answer.status, answer.read(PEM_BYTES), answer.getheader("Date") or ""
    except ssl.SSLCertVerificationError:
        raise
    except (OSError, http.client.HTTPException) as error:
        said = say("stopped.no_answer", address=address, reason=clean(str(error)))
        raise HubUnreachable(f"no answer from {address}: {error}", said) from None
    finally:
        made.close()
