"""A label in a terminal: which protocol, and what is written."""

from __future__ import annotations

import base64
import re

import pytest
from PIL import Image

from labels import rendering, terminal
from labels.raster import picture
from tests.labels.samples import unit


@pytest.mark.parametrize(
    ("environment", "how"),
    [
        ({"TERM": "xterm-256color"}, "blocks"),
        ({"TERM": "linux"}, "blocks"),
        ({}, "blocks"),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-0/default,1,0"}, "blocks"),
    ],
)
def test_the_protocol_of_a_terminal(environment: dict[str, str], how: str) -> None:
    """By its environment; in doubt blocks, which every terminal shows."""
    assert terminal.protocol(environment) == how


def test_blocks_show_two_dots_a_character() -> None:
    """No wider than the terminal, nothing but blanks and blocks."""
    image = Image.new("1", (4, 4), 1)
    for dot in ((0, 0), (1, 1), (2, 0), (2, 1), (3, 2)):
        image.putpixel(dot, 0)

    assert terminal.shown(image, b"", "blocks", 80, colours=False) == "▀▄█ \n   ▀\n"
    assert terminal.shown(image, b"", "blocks", 80, colours=True).startswith("\x1b[30;107m▀▄█ \x1b[0m\n")


def test_a_label_fits_the_terminal() -> None:
    """Also a large one in a narrow window."""
    image = picture(rendering.unit(unit(), "pl", "sample", "102x152", 300))
    lines = terminal.shown(image, b"", "blocks", 40, colours=False).splitlines()

    assert {len(line) for line in lines} == {40}
    assert len(lines) == 30


def test_a_picture_arrives_whole_with_both_protocols() -> None:
    """The PNG file in base64, in kitty's messages or iTerm2's one."""
    label = rendering.unit(unit(), "pl", "sample", "100x150", 300)
    png, image = rendering.render(label, "png"), picture(label)

    kitty = terminal.shown(image, png, "kitty", 80, colours=True)
    messages = re.findall(r"\x1b_G(.*?);(.*?)\x1b\\", kitty)
    assert base64.b64decode("".join(data for _, data in messages)) == png
    assert [head for head, _ in messages] == ["a=T,f=100,m=1"] + ["m=1"] * (len(messages) - 2) + ["m=0"]
    assert all(len(data) <= 4096 for _, data in messages)

    iterm = terminal.shown(image, png, "iterm", 80, colours=True)
    (data,) = re.findall(r"\x1b\]1337;File=inline=1;size=\d+;preserveAspectRatio=1:(.*)\a\n", iterm)
    assert base64.b64decode(data) == png
