"""Scales that stream lines like ``ST,GS,   245.6 g``: T-Scale, Kern and many without a name (hardware reference 3.6).

They differ from A&D's in width and commas; ``a_and_d.parse`` takes all of them. They are listened to, never asked:
the letters that ask one of them set another to zero.
"""

from __future__ import annotations

from drivers.scales.a_and_d import LINES, parse, recognise_copied
from drivers.scales.framers import Shapes
from drivers.scales.protocol import ScaleProtocol

PROTOCOL = ScaleProtocol(
    name="t-scale",
    title="ST,GS lines (T-Scale, Kern KFN and look-alikes, set to continuous output)",
    framer=lambda: Shapes(LINES, 64),
    parse=parse,
    recognise=recognise_copied,
)
