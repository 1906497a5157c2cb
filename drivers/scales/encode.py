"""Frames as scales of each protocol send them, from what they show (pure): the other half of the parsers, for simulated
scales and for tests. All show kilograms with three decimals; a USB scale says grams as a power of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.scales import cas_ap, dibal
from drivers.scales.platform import Shown


def kilograms(grams: int) -> str:
    """With three decimals, and a sign only below zero: ``-0.250``."""
    return f"{'-' if grams < 0 else ''}{abs(grams) // 1000}.{abs(grams) % 1000:03}"


def _sign(shown: Shown) -> str:
    return "-" if shown.grams < 0 else " "


def _size(shown: Shown) -> str:
    return kilograms(abs(shown.grams))


def _mt_sics(shown: Shown) -> bytes:
    if shown.state:
        return {"over": b"S +\r\n", "under": b"S -\r\n", "busy": b"S I\r\n"}[shown.state]
    return f"S {'S' if shown.stable else 'D'} {kilograms(shown.grams):>10} kg\r\n".encode()


def _radwag(shown: Shown) -> bytes:
    if shown.state == "busy":
        return b"SI I\r\n"
    mark = {"over": "^", "under": "v", "": " " if shown.stable else "?"}[shown.state]
    return f"SI {mark} {_sign(shown)}{_size(shown):>9} kg \r\n".encode()


def _toledo_8217(shown: Shown) -> bytes:
    if not shown.state and shown.stable and shown.grams >= 0:
        return f"\x02{_size(shown):0>6}{'N' if shown.net else ''}\r".encode()
    status = 0x40 | (not shown.stable) | (shown.state == "over") << 1
    status |= (shown.state == "under" or shown.grams < 0) << 2
    return bytes([2, 0x3F, status, 13])


def _toledo_continuous(shown: Shown) -> bytes:
    state = 0x30 | shown.net | (shown.grams < 0) << 1 | (shown.state in ("over", "under")) << 2
    state |= (not shown.stable or shown.state == "busy") << 3
    frame = b"\x02\x2d" + bytes([state, 0x20]) + f"{abs(shown.grams):>6}{shown.tare:>6}\r".encode()
    return frame + bytes([-sum(frame) & 0x7F])


def _a_and_d(shown: Shown) -> bytes:
    sign = "-" if shown.grams < 0 else "+"
    if shown.state == "busy":
        return b"EC,E02\r\n"
    if shown.state:
        return f"OL,{'-' if shown.state == 'under' else '+'}9999.999 kg\r\n".encode()
    return f"{'ST' if shown.stable else 'US'},{sign}{_size(shown):0>8} kg\r\n".encode()


def _t_scale(shown: Shown) -> bytes:
    head = "OL" if shown.state in ("over", "under") else "ST" if shown.stable and not shown.state else "US"
    digits = {"over": "  ------", "under": "-9999999"}.get(shown.state, f"{kilograms(shown.grams):>8}")
    return f"{head},{'NT' if shown.net else 'GS'},{digits} kg\r\n".encode()


def _cas_22(shown: Shown) -> bytes:
    head = "OL" if shown.state in ("over", "under") else "ST" if shown.stable and not shown.state else "US"
    digits = {"over": "99.999", "under": "-99.999"}.get(shown.state, kilograms(shown.grams))
    lamps = (head == "ST") << 6 | (not shown.net) << 2 | shown.net << 1 | (shown.grams == 0)
    front = f"{head},{'NT' if shown.net else 'GS'},".encode()
    return front + bytes([1, lamps]) + f",{digits:>8} kg\r\n".encode()


def _cas_ap(shown: Shown) -> bytes:
    if shown.state in ("under", "busy"):
        return b"\x15"
    over = shown.state == "over"
    weight = "FFFFFF" if over else f"{_size(shown):0>6}"
    body = f"{'S' if shown.stable else 'U'}{'F' if over else _sign(shown)}{weight}kg".encode()
    return b"\x01\x02" + body + cas_ap.check(body) + b"\x03\x04"


def _nci(shown: Shown) -> bytes:
    first = 0x30 | (not shown.stable or shown.state == "busy") | (not shown.grams) << 1
    second = 0x70 | (shown.state == "under") | (shown.state == "over") << 1
    status = bytes([first, second, 0x30 | shown.net << 2])
    weight = b"" if shown.state else f"\n{kilograms(shown.grams):>8}KG\r".encode()
    return weight + b"\nS" + status + b"\r\x03"


def _ohaus(shown: Shown) -> bytes:
    if shown.state == "busy":
        return b"ES\r\n"
    if shown.state:
        return {"over": b"    OVER\r\n", "under": b"    UNDER\r\n"}[shown.state]
    tail = f"{' ' if shown.stable else '?'}{'N' if shown.net else 'G'}"
    return f"{_sign(shown)}{_size(shown):>7} {'kg':<5}{tail}\r\n".encode()


def _sartorius(shown: Shown) -> bytes:
    if shown.state:
        word = {"over": "High", "under": "Low", "busy": "Err 54"}[shown.state]
        return f"{'':6}{word:<8}\r\n".encode()
    name = "N" if shown.net else "G#"
    return f"{name:<6}{_sign(shown)} {_size(shown):>8} {'kg' if shown.stable else '':<3}\r\n".encode()


def _kern(shown: Shown) -> bytes:
    if shown.state:
        return b"       Error\r\n"
    return f"{_sign(shown)}{_size(shown):>8} {'kg' if shown.stable else '':<2}\r\n".encode()


def _adam(shown: Shown) -> bytes:
    if shown.state:
        return b"N ------ kg\r\n"
    return f"N{'-' if shown.grams < 0 else '+'}{_size(shown):>7} kg\r\n".encode()


def _dibal(shown: Shown) -> bytes:
    status = 0 if shown.stable and not shown.state and shown.grams >= 0 else 1
    body = f"99{status}{max(0, shown.grams):05}{0:07}".encode()
    return body + dibal.check(body) + b"\r\n"


def _dialog06(shown: Shown) -> bytes:
    if shown.state or not shown.stable or shown.grams <= 0:
        return b"\x15"
    return f"\x0202\x1b3\x1b{shown.grams:05}\x1b000100\x1b{shown.grams // 10:06}\x03".encode()


def why_not(shown: Shown) -> bytes:
    """The status record of Dialog 06 that says why there was no weight."""
    code = {"over": 32, "under": 31, "busy": 22}.get(shown.state) or (20 if not shown.stable else 0)
    return f"\x0209\x1b{code or (31 if shown.grams < 0 else 30):02}\x03".encode()


def _usb_hid(shown: Shown) -> bytes:
    if shown.state:
        return bytes([3, {"over": 6, "under": 8, "busy": 1}[shown.state], 3, 0xFD, 0, 0])
    status = 5 if shown.grams < 0 else 3 if not shown.stable else 4 if shown.grams else 2
    return bytes([3, status, 3, 0xFD]) + min(abs(shown.grams), 0xFFFF).to_bytes(2, "little")


ENCODERS: Mapping[str, Callable[[Shown], bytes]] = {
    "mt-sics": _mt_sics,
    "radwag": _radwag,
    "toledo-8217": _toledo_8217,
    "toledo-continuous": _toledo_continuous,
    "a-and-d": _a_and_d,
    "t-scale": _t_scale,
    "cas-22": _cas_22,
    "cas-ap": _cas_ap,
    "nci": _nci,
    "ohaus": _ohaus,
    "sartorius": _sartorius,
    "kern": _kern,
    "adam": _adam,
    "dibal": _dibal,
    "dialog06": _dialog06,
    "usb-hid": _usb_hid,
}
"""By the name of the protocol: what a scale sends when it is asked, or by itself."""
