"""What can be commanded: one enumeration for printed sheets, keys and the bench panel."""

from __future__ import annotations

import enum


class Command(enum.Enum):
    """Everything a worker can command by a printed sheet, a key, or the bench panel. One table for all of them."""

    YES = "yes"
    NO = "no"
    UNDO = "undo"
    SAME_AGAIN = "same_again"
    PARCEL_DONE = "parcel_done"
    SET_ASIDE = "set_aside"
    REPRINT = "reprint"
    LABEL_OWED = "label_owed"
    OVERRIDE = "override"
    NO_BARCODE = "no_barcode"
    CANCEL = "cancel"
    FIND = "find"
    LISTS = "lists"
    RELABEL = "relabel"
    SIGN_OUT = "sign_out"
    HELP = "help"
    LANGUAGE = "language"
    PHOTO = "photo"
