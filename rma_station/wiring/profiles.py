"""The grading profiles that come with the program."""

from __future__ import annotations

import tomllib
from pathlib import Path

from rma_station.domain.grading import Profile, read_profile
from rma_station.errors import ConfigError, Malformed

PROFILES = Path(__file__).parents[1] / "data" / "profiles"


def profiles(folder: Path = PROFILES) -> dict[str, Profile]:
    """The grading profiles of a folder by their category.

    Raises:
        ConfigError: a file is not a profile.
    """
    found = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            profile = read_profile(tomllib.loads(file.read_text("utf-8")))
        except (Malformed, tomllib.TOMLDecodeError) as error:
            raise ConfigError(str(file), "profile", "", f"a grading profile ({error})") from None
        found[profile.code] = profile
    return found
