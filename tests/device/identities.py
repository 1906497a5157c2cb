"""Who the devices of these tests are: vendor, model and texts as such devices have them."""

from tests.device.gadget import Identity

XENON = Identity(0x0C2E, 0x0B6A, "Honeywell", "Xenon 1950", "19F3C0FFEE")
OTHER_XENON = Identity(0x0C2E, 0x0B6A, "Honeywell", "Xenon 1950", "19F3DECADE")
NAMELESS_XENON = Identity(0x0C2E, 0x0B6A, "Honeywell", "Xenon 1950")
MODEM = Identity(0x0525, 0xA4A7, "Somebody", "Modem", "1")
WEDGE = Identity(0x0C2E, 0x0B61, "Honeywell Imaging & Mobility", "1900", "19245B42F1")
OTHER_WEDGE = Identity(0x0C2E, 0x0B61, "Honeywell Imaging & Mobility", "1900", "19245B42F2")
NAMELESS_WEDGE = Identity(0x05E0, 0x1200, "Symbol Technologies", "Bar Code Scanner")
KEYBOARD = Identity(0x046D, 0xC31C, "Logitech", "USB Keyboard", "K120")
POS = Identity(0x0C2E, 0x0B67, "Honeywell", "1950", "19A0000001")
OTHER_POS = Identity(0x0C2E, 0x0B67, "Honeywell", "1950", "19A0000002")
NAMELESS_POS = Identity(0x05F9, 0x2203, "Datalogic", "Gryphon")
DYMO = Identity(0x0922, 0x8003, "DYMO", "M10 Digital Postal Scale", "0000000000974")
ZEBRA = Identity(0x0A5F, 0x0166, "Zebra Technologies", "ZTC ZD420-203dpi ZPL", "D2J194500000")
OTHER_ZEBRA = Identity(0x0A5F, 0x0166, "Zebra Technologies", "ZTC ZD420-203dpi ZPL", "D2J194500001")
