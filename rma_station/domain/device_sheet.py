"""What the device test sheet says, for those who print it and those who prove a scanner with it.

``LETTERS`` has the places on which keyboard layouts differ, so that what a scanner types for it tells what the scanner
is set to. ``GS1`` has two fields with a group separator between them, so that a scanner which drops it is found out
before it glues a batch to a serial number at work.
"""

from __future__ import annotations

LETTERS = '-RT1-azqwym:AZQWYM_"@#~\\^a='
"""Content of the first code. The dash in front and the sign behind show where the scanner adds something of its own."""
GS1 = "(01)05901234123457(10)RT2(21)X9"
"""The second code with its identifiers in brackets, as a printer takes it."""
GS1_HEAD, GS1_TAIL = "010590123412345710RT2", "21X9"
"""What a scanner reads of it before and after the group separator."""
EAN = "5901234123457"
"""The third code: an EAN-13, which some scanners are set not to read."""
ASCII = "".join(map(chr, range(32, 127)))
"""The fourth code, a QR: every character that can be seen, from the blank to the tilde."""
CONTROLS = "RT5\t1\x1e2\x1b3\x04="
"""The fifth code, a Code 128 with a tab, a record separator, an escape and an end of transmission in it."""
