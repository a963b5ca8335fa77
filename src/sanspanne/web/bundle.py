"""The page's files, read once, under an address that changes with their content.

The address holds a digest of all files together, so browsers may keep them for ever and still see a new version at once.
ES modules import one another by relative address and so stay in the same version; nothing has to be built for that.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files

from msgspec import Struct

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(Struct, frozen=True):
    """One file: its bytes and its content type."""

    body: bytes
    media_type: str


class Bundle:
    """All files of the page. `version` is a digest of them, `root` the address below which they are served."""

    def __init__(self, assets: dict[str, Asset]) -> None:
        self.assets = assets
        self.version = _digest(assets)
        self.root = f"/assets/{self.version}"

    @classmethod
    def load(cls) -> Bundle:
        """The files that are installed with the package."""
        folder = files("sanspanne.web") / "assets"
        found = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: file.name)
        return cls({file.name: Asset(file.read_bytes(), _media_type(file.name)) for file in found})

    def page(self, name: str, **words: str) -> str:
        """The HTML file `name`, with `{{root}}` and the given `{{words}}` filled in. The words are ours, never a visitor's."""
        html = self.assets[name].body.decode()
        for word, value in {"root": self.root, **words}.items():
            html = html.replace("{{" + word + "}}", value)
        return html


def _digest(assets: dict[str, Asset]) -> str:
    digest = hashlib.sha256()
    for name, asset in sorted(assets.items()):
        digest.update(f"{name} {len(asset.body)} ".encode() + asset.body)
    return digest.hexdigest()[:16]


def _media_type(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return MEDIA_TYPES[dot + ending]
