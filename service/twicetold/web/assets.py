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
    """One file."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.type = _TYPES[path.suffix]
        digest = blake2b(self.content, digest_size=5).hexdigest()
        self.name = f"{path.stem}-{digest}{path.suffix}"

    @cached_property
    def compressed(self) -> bytes:
        """As gzip; made when it is first asked for."""
        return gzip.compress(self.content, 9, mtime=0)


class Assets:
    """The files of some folders, by their plain names and by those with a hash."""

    def __init__(self, *folders: Path) -> None:
        found = sorted(path for folder in folders for path in folder.iterdir() if path.suffix in _TYPES)
        self._by_plain_name = {path.name: Asset(path) for path in found}
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
