"""Template files: what is refused, with file, field, value and remedy; and a user's own before ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from labels import content, kinds
from labels.label import Box, Symbol, Text
from labels.layout import lay_out
from labels.media import MEDIA
from labels.rendering import make
from labels.template import parse
from labels.template_folders import SHIPPED_FOLDER, Templates, load
from rma_station.errors import ConfigError, Refused

HEAD = 'kind = "unit"\nmedia = ["57x32"]\n'
SAMPLE = '[[text]]\nshow = "{sample}"\nx = 43\ny = 27.6\nwidth = 12\nsize = 2.5\n'
ATTEMPT = '[[text]]\nshow = "{attempt}"\nx = 29\ny = 27.6\nwidth = 12\nsize = 2.5\nsmallest = 1.7\n'
BARS = '[[barcode]]\nshow = "{lpn}"\nsymbology = "code128"\ny = 14\nheight = 10\n'
WHOLE = HEAD + SAMPLE + ATTEMPT + BARS


def test_the_smallest_template_there_can_be() -> None:
    """LPN, attempt mark and sample mark."""
    (template,) = parse(WHOLE, "mine.toml")

    assert (template.kind, template.media.name, len(template.parts)) == ("unit", "57x32", 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = ", r"mine\.toml: file = "),
        (f"z = {'9' * 5000}", r"mine\.toml: file = "),
        (f"z = {'[' * 5000}", r"mine\.toml: file = "),
        (WHOLE + '"\\u001b[2J" = 1\n', r"barcode\[1\]\.␛\[2J = 1 .*no such key"),
        (WHOLE + "[[line]]\nheight = 0.3\ndash = 1e-300\n", r"line\[1\]\.dash = 1e-300 .*at least 0\.2 mm"),
        (WHOLE.replace("unit", "units"), r"mine\.toml: kind = 'units' .*Allowed: one of unit, "),
        (WHOLE.replace("57x32", "58x32"), r"media = \['58x32'\] .*57x32"),
        (WHOLE + "colour = 1\n", r"barcode\[1\]\.colour = 1 .*no such key"),
        ("colour = 1\n" + WHOLE, r"mine\.toml: colour = 1"),
        (WHOLE.replace("size = 2.5", 'size = "2.5"', 1), r"text\[1\]\.size = '2\.5' .*a number from 1\.4"),
        (WHOLE.replace("size = 2.5", "size = 1.0", 1), r"text\[1\]\.size = 1\.0 .*1\.4 to 100"),
        (WHOLE.replace("size = 2.5", "", 1), r"text\[1\]\.size = 'missing'"),
        (WHOLE.replace("x = 43", "x = 58", 1), r"text\[1\]\.x = 58 .*0 to 57"),
        (WHOLE.replace("width = 12", "width = 15", 1), r"text\[1\]\.width = 15 .*0\.1 to 14"),
        (WHOLE.replace("y = 27.6", "y = 31", 1), r"text\[1\]\.y = 31\.0 .*at most 30\.1"),
        (WHOLE.replace("{sample}", "{smple}"), r"text\[1\]\.show = '{smple}' .*fields of unit in braces: lpn, "),
        (WHOLE.replace("{sample}", "{sample!r}"), r"text\[1\]\.show"),
        (WHOLE.replace("{sample}", "{sample.upper}"), r"text\[1\]\.show"),
        (WHOLE.replace("{sample}", "{sample"), r"text\[1\]\.show"),
        (WHOLE.replace('"{sample}"', '{ pl = "{sample}" }'), r"text\[1\]\.show .*one for each language"),
        (WHOLE + 'when = "heldd"\n', r"barcode\[1\]\.when = 'heldd' .*a field of unit"),
        (WHOLE.replace("code128", "code39"), r"barcode\[1\]\.symbology = 'code39' .*one of code128, "),
        (WHOLE.replace("height = 10", "height = 4"), r"barcode\[1\]\.height = 4\.0 .*at least 5 mm"),
        (WHOLE + "smallest_module = 0.2\n", r"barcode\[1\]\.smallest_module = 0\.2 .*0\.25 to 2"),
        (WHOLE + "smallest_module = 0.4\nwidest_module = 0.3\n", r"barcode\[1\]\.widest_module = 0\.3 .*0\.4 to 5"),
        (WHOLE.replace("code128", "gs1-128"), r"barcode\[1\]\.show = '{lpn}' .*GS1 element string"),
        (HEAD + SAMPLE + ATTEMPT, r"text or barcode = 'missing' .*{lpn} without"),
        (HEAD + ATTEMPT + BARS, r"{sample} without `when` and `unless`"),
        (HEAD + SAMPLE + BARS, r"{attempt} without"),
        (HEAD + SAMPLE + 'when = "held"\n' + ATTEMPT + BARS, r"{sample} without"),
        (HEAD + 'text = "x"\n', r"text = 'x' .*\[\[text\]\]"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(text: str, said: str) -> None:
    """The message says file, field, value and what is allowed."""
    with pytest.raises(ConfigError, match=said):
        parse(text, "mine.toml")


def test_a_template_without_room_for_the_quiet_zone_refuses_the_label() -> None:
    """Not the bars alone: what there must be blank counts."""
    (template,) = parse(WHOLE + "x = 7\nwidth = 42\n", "mine.toml")
    fields = content.complete("unit", {"lpn": "RAB3C00012K7"}, "pl", "live")

    with pytest.raises(Refused, match=r"needs 46\.8 mm, and there are 42\.0 mm \(mine\.toml\)"):
        lay_out(template, fields, "pl", 203, "x")


def test_conditions_words_and_dashes() -> None:
    """A part with `when` or `unless`, a text in two languages, a dashed line."""
    extra = (
        '[[text]]\nshow = { pl = "Paczka {rma}", en = "Parcel {rma}" }\ny = 1\nsize = 3\nunless = "held"\n'
        '[[line]]\ny = 8\nheight = 0.5\nwidth = 10\ndash = 2\nwhen = "held"\n'
    )
    (template,) = parse(WHOLE + extra, "mine.toml")

    def elements(words: str, **given: str) -> list[object]:
        fields = content.complete("unit", {"lpn": "RAB3C00012K7", **given}, words, "live")
        return [item for item in lay_out(template, fields, words, 203, "x").elements if not isinstance(item, Symbol)]

    assert elements("pl") == []
    assert elements("pl", rma="1") == [Text(0, 1, 3, "Paczka 1", True, 57)]
    assert elements("en", rma="1") == [Text(0, 1, 3, "Parcel 1", True, 57)]
    assert elements("en", rma="1", held="HELD") == [Box(0, 8, 2, 0.5), Box(4, 8, 2, 0.5), Box(8, 8, 2, 0.5)]


def test_braces_in_content_are_only_braces() -> None:
    """A field cannot name another."""
    label = make("unit", {"lpn": "RAB3C00012K7", "name": "{lpn} {0}"}, "en", "live", "100x150", 203)

    assert "{lpn} {0}" in {element.text for element in label.elements if isinstance(element, Text)}


def test_a_field_brings_no_gs1_identifiers() -> None:
    """Brackets in it could make a second element of a part of it."""
    text = WHOLE + '[[barcode]]\nshow = "(10){sku}"\nsymbology = "gs1-datamatrix"\nwidth = 12\nheight = 12\n'
    (template,) = parse(text, "mine.toml")
    fields = content.complete("unit", {"lpn": "RAB3C00012K7", "sku": "A(21)B"}, "pl", "live")

    with pytest.raises(Refused, match="the field sku holds"):
        lay_out(template, fields, "pl", 203, "x")


# --- folders ---------------------------------------------------------------------------------------------


def test_every_kind_has_a_template_on_every_medium() -> None:
    """And every shipped file is one of them."""
    found = {(template.kind, template.media.name): Path(template.file).name for template in Templates().all()}

    assert set(found) == {(kind, media) for kind in kinds.LABELS for media in MEDIA}
    assert set(found.values()) == {path.name for path in SHIPPED_FOLDER.glob("*.toml")}


def test_own_templates_come_before_ours(tmp_path: Path) -> None:
    """For the kind and medium they are for; the rest stays."""
    (tmp_path / "mine.toml").write_text(WHOLE, encoding="utf-8")
    templates = load(tmp_path)

    assert Path(templates.find("unit", "57x32").file).name == "mine.toml"
    assert Path(templates.find("unit", "50x25").file).name == "unit-50x25.toml"
    label = make("unit", {"lpn": "RAB3C00012K7"}, "pl", "live", "57x32", 203, templates)
    assert [type(element) for element in label.elements] == [Symbol]


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """It is missing, holds a broken file, or two for the same."""
    with pytest.raises(ConfigError, match="an existing folder"):
        load(tmp_path / "none")
    (tmp_path / "a.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"a\.toml: file"):
        load(tmp_path)
    (tmp_path / "a.toml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "b.toml").write_text(WHOLE, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"b\.toml: kind, media = 'unit on 57x32' .*a\.toml is for the same"):
        load(tmp_path)


def test_no_folder_means_ours() -> None:
    """As most stations have it."""
    assert load(None) == Templates()


@pytest.mark.parametrize(("kind", "media", "said"), [("carrier", "57x32", "unit, "), ("unit", "A4", "57x32, ")])
def test_an_unknown_kind_or_medium_is_refused(kind: str, media: str, said: str) -> None:
    """With those there are."""
    with pytest.raises(Refused, match=f"Choose one of {said}"):
        Templates().find(kind, media)
