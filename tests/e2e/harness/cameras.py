"""The made cameras and voices, painted once for a whole test run."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest

from tests.e2e.harness.picture import BIG, EXPERT, FACE, ON_SITE, USUAL, MadePicture, make_picture
from tests.e2e.harness.sound import make_sound

__all__ = ["Cameras", "cameras", "voices"]


class Cameras:
    """Each file is made when first asked for."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._made: dict[str, MadePicture] = {}

    def _once(self, name: str, make: Callable[[], MadePicture]) -> MadePicture:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    @property
    def on_site(self) -> MadePicture:
        """The clinical camera: full HD, so that a still outgrows the stream; ten frames a second, for two cores."""
        return self._once("on_site", lambda: make_picture(self._folder, ON_SITE, BIG, frames=24, frames_per_second=10))

    @property
    def on_site_light(self) -> MadePicture:
        """The same scene at 1280 x 720 and twelve frames a second, for a machine that runs several browsers."""
        return self._once("on_site_light", lambda: make_picture(self._folder, ON_SITE, USUAL))

    @property
    def expert(self) -> MadePicture:
        """A desk camera, 4:3: the room asks for a small face, and Chromium would crop a wider picture to it."""
        return self._once("expert", lambda: make_picture(self._folder, EXPERT, FACE))


@pytest.fixture(scope="session")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Cameras:
    return Cameras(tmp_path_factory.mktemp("cameras"))


@pytest.fixture(scope="session")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[int, pathlib.Path]:
    """A wav for each source number."""
    folder = tmp_path_factory.mktemp("voices")
    return {source: make_sound(folder, source) for source in (ON_SITE, EXPERT)}
