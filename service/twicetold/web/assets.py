"""Files that browsers keep for good: named by a hash of what is in them, and compressed once."""

from __future__ import annotations

import gzip
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from flask import Request, Response

from twicetold.domain.errors import NotFound

KEPT = "public, max-age=31536000, immutable"
"""A file that changes gets another name, so nobody need ask again (RFC 8246)."""

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


class Asset:
    """One file. `FILE.gz` is FILE, compressed when it was put there, for longer than a server would."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        self._packed = path.suffix == ".gz"
        self.plain_name = path.stem if self._packed else path.name
        plain = Path(self.plain_name)
        self.type = _TYPES[plain.suffix]
        digest = blake2b(self._bytes, digest_size=5).hexdigest()
        self.name = f"{plain.stem}-{digest}{plain.suffix}"

    @cached_property
    def content(self) -> bytes:
        """As it is."""
        return gzip.decompress(self._bytes) if self._packed else self._bytes

    @cached_property
    def compressed(self) -> bytes:
        """As gzip; made when it is first asked for."""
        return self._bytes if self._packed else gzip.compress(self._bytes, 9, mtime=0)


class Assets:
    """The files of some folders, by their plain names and by those with a hash."""

    def __init__(self, *folders: Path) -> None:
        files = sorted(path for folder in folders for path in folder.iterdir())
        found = [Asset(path) for path in files if Path(path.name.removesuffix(".gz")).suffix in _TYPES]
        self._by_plain_name = {asset.plain_name: asset for asset in found}
        self._by_name = {asset.name: asset for asset in self._by_plain_name.values()}

    def name(self, plain: str) -> str:
        """The name that a file is served under."""
        return self._by_plain_name[plain].name

    def answer(self, name: str, request: Request) -> Response:
        """A file by the name it is served under. Raises `NotFound`."""
        asset = self._by_name.get(name)
        if asset is None:
            raise NotFound("this file is not part of this version; load the page anew")
        zipped = request.accept_encodings.quality("gzip") > 0 and asset.type != "image/png"
        response = Response(asset.compressed if zipped else asset.content, mimetype=asset.type)
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = KEPT
        response.vary.add("Accept-Encoding")
        return response
