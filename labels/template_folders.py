"""Where templates come from: the folder that ships with the program, and a folder of the user's own before it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from labels.content import FIELDS
from labels.media import MEDIA
from labels.template import Template, read
from rma_station.domain.clean import clean
from rma_station.domain.record import dataclass, field
from rma_station.errors import ConfigError, Refused

SHIPPED_FOLDER = Path(__file__).with_name("templates")
_SAME = {"102x152": "100x150"}
"""A shipped file may be for a second medium; its name says the first."""


@dataclass(frozen=True)
class Templates:
    """The templates to use; ``Templates()`` are those that come with the program."""

    own: dict[tuple[str, str], Template] = field(default_factory=dict)
    """By kind and medium; everything else is shipped."""

    def find(self, kind: str, media: str) -> Template:
        """The template of a kind of label on a medium.

        Raises:
            Refused: no such kind or medium.
        """
        if kind not in FIELDS:
            raise Refused(f"{clean(kind, 30)!r} is not a label we lay out. Choose one of {', '.join(FIELDS)}.")
        if media not in MEDIA:
            raise Refused(f"there is no label medium {clean(media, 30)!r}. Choose one of {', '.join(MEDIA)}.")
        return self.own.get((kind, media)) or shipped(kind, media)

    def all(self) -> Iterator[Template]:
        """One for every kind and medium."""
        for kind in FIELDS:
            for media in MEDIA:
                yield self.find(kind, media)


@cache
def shipped(kind: str, media: str) -> Template:
    """A template that came with the program; read once."""
    found = read(SHIPPED_FOLDER / f"{kind}-{_SAME.get(media, media)}.toml")
    return next(template for template in found if template.media.name == media)


def load(folder: Path | None) -> Templates:
    """The shipped templates, with those of a folder before them.

    Args:
        folder: has ``*.toml`` files of any name; ``None`` for none.

    Raises:
        ConfigError: it is no folder, a file cannot be used, or two files are for the same kind and medium.
    """
    if folder is None:
        return Templates()
    if not folder.is_dir():
        raise ConfigError(str(folder), "templates", "missing", "an existing folder with TOML files")
    own: dict[tuple[str, str], Template] = {}
    for path in sorted(folder.glob("*.toml")):
        for template in read(path):
            key = (template.kind, template.media.name)
            if key in own:
                allowed = f"one file; {own[key].file} is for the same"
                raise ConfigError(str(path), "kind, media", " on ".join(key), allowed)
            own[key] = template
    return Templates(own)
