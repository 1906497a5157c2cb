"""Big letters: a 5 by 5 font made of full blocks, the only block every console font has.

It has capital letters, digits and the signs of numbers, weights and grades. A text with anything else, or one that is
too wide, is not drawn big: the screen shows it as plain text instead.
"""

from __future__ import annotations

_ROWS = {
    "0": "###|# #|# #|# #|###",
    "1": " # |## | # | # |###",
    "2": "###|  #|###|#  |###",
    "3": "###|  #| ##|  #|###",
    "4": "# #|# #|###|  #|  #",
    "5": "###|#  |###|  #|###",
    "6": "###|#  |###|# #|###",
    "7": "###|  #| # | # | # ",
    "8": "###|# #|###|# #|###",
    "9": "###|# #|###|  #|###",
    "A": " ### |#   #|#####|#   #|#   #",
    "B": "#### |#   #|#### |#   #|#### ",
    "C": " ####|#    |#    |#    | ####",
    "D": "#### |#   #|#   #|#   #|#### ",
    "E": "#####|#    |#### |#    |#####",
    "F": "#####|#    |#### |#    |#    ",
    "G": " ####|#    |#  ##|#   #| ####",
    "H": "#   #|#   #|#####|#   #|#   #",
    "I": "###| # | # | # |###",
    "J": "  ###|   # |   # |#  # | ##  ",
    "K": "#   #|#  # |###  |#  # |#   #",
    "L": "#    |#    |#    |#    |#####",
    "M": "#   #|## ##|# # #|#   #|#   #",
    "N": "#   #|##  #|# # #|#  ##|#   #",
    "O": " ### |#   #|#   #|#   #| ### ",
    "P": "#### |#   #|#### |#    |#    ",
    "Q": " ### |#   #|# # #|#  # | ## #",
    "R": "#### |#   #|#### |#  # |#   #",
    "S": " ####|#    | ### |    #|#### ",
    "T": "#####|  #  |  #  |  #  |  #  ",
    "U": "#   #|#   #|#   #|#   #| ### ",
    "V": "#   #|#   #|#   #| # # |  #  ",
    "W": "#   #|#   #|# # #|## ##|#   #",
    "X": "#   #| # # |  #  | # # |#   #",
    "Y": "#   #| # # |  #  |  #  |  #  ",
    "Z": "#####|   # |  #  | #   |#####",
    "-": "   |   |###|   |   ",
    "+": "   | # |###| # |   ",
    "/": "    #|   # |  #  | #   |#    ",
    ".": " | | | |#",
    ",": "  |  |  | #|# ",
    ":": " |#| |#| ",
    "!": "#|#|#| |#",
    "?": "###|  #| ##|   | # ",
    " ": "  |  |  |  |  ",
}
HEIGHT = 5


def letters(text: str, width: int) -> list[str] | None:
    """Five lines of blocks, or ``None`` when a character has no shape or the lines would be wider than ``width``."""
    shapes = [_ROWS.get(character) for character in text.upper()]
    if not shapes or any(shape is None for shape in shapes):
        return None
    rows = [" ".join(parts) for parts in zip(*(shape.split("|") for shape in shapes if shape), strict=True)]
    return [row.replace("#", "█") for row in rows] if len(rows[0]) <= width else None
