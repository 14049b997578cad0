"""Values to columns and back, the same for every engine: times as microseconds since 1970, texts compressed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import zstandard
from msgspec import Struct, field
from numpy.typing import NDArray

from twicetold.domain.matching.clusters import told_at
from twicetold.domain.model import Credits, Keys, RemovedSpan, Story, Words
from twicetold.store.port import Row
from twicetold.usecases.pipeline import Draft, Member, StoredFeatures
from twicetold.usecases.read_models import ClusterSummary, StoredStory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COMPRESSION_LEVEL = 1
"""On 3 KB of English prose (1486 bytes, 34 µs) level 3 saves 1 % more for a quarter more time, level 5 3 %
for 2.6 times the time."""


def stamp(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def stamp_or_none(time: datetime | None) -> int | None:
    """Microseconds since 1970, None for None."""
    return None if time is None else stamp(time)


def moment(microseconds: int) -> datetime:
    """The UTC time of a stamp."""
    return _EPOCH + microseconds * _MICROSECOND


def moment_or_none(microseconds: int | None) -> datetime | None:
    """The UTC time of a stamp, None for None."""
    return None if microseconds is None else moment(microseconds)


def storable(text: str | None) -> str | None:
    """A text that every engine can hold in a text column: PostgreSQL knows no NUL."""
    return None if text is None else text.replace("\0", "\ufffd")


class _Body(Struct, frozen=True, array_like=True):
    """The bulky part of a story, kept as one compressed blob."""

    text: str
    removed: tuple[RemovedSpan, ...] = ()
    credits: Credits = Credits()
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


class _Codecs(threading.local):
    """Compressors keep state, so each thread has its own."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()
_body_encoder = msgspec.json.Encoder()
_body_decoder = msgspec.json.Decoder(_Body)


def pack_body(story: Story) -> bytes:
    """Text, removed spans, credits, warnings and metadata of a story as one blob."""
    body = _Body(story.text, story.removed, story.credits, story.warnings, story.metadata)
    return _codecs.compressor.compress(_body_encoder.encode(body))


def _unpack_body(blob: bytes) -> _Body:
    return _body_decoder.decode(_codecs.decompressor.decompress(blob))


def text_of(blob: bytes) -> str:
    """The cleaned text in a body."""
    return _unpack_body(blob).text


def _short_hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little", signed=True)


def _digest_key(digest: bytes) -> int:
    """The posting key of all stories with one normalised text."""
    return _short_hash(b"digest" + digest)


def url_posting(url_key: str) -> int:
    """The posting key of all stories with one canonical URL."""
    return _short_hash(b"url" + url_key.encode("utf-8", "surrogatepass"))


def single_postings(digest: bytes, url_key: str | None) -> Keys:
    """The keys of a story that are neither bands nor fingerprints: its digest, and its URL if it has one."""
    single = [_digest_key(digest)] if url_key is None else [_digest_key(digest), url_posting(url_key)]
    return np.array(single, dtype=np.int64)


def postings_of(draft: Draft) -> Keys:
    """Every key of a story in the index."""
    fingerprint = draft.fingerprint
    return np.concatenate([single_postings(fingerprint.digest, draft.url_key), fingerprint.bands, fingerprint.passages])


STORY_COLUMNS = (
    "key, id, url, url_key, source, title, published_at, received_at, changed_at, seen_at, language, version, words, "
    "thin, digest, input_digest, agencies, cluster_id"
)


def story_row(key: int, draft: Draft, story: Story, *, changed_at: datetime, cluster_id: str | None) -> Row:
    """The row of `stories` for a draft whose `story` carries its final version and time."""
    return (
        key, story.id, storable(story.url), storable(draft.url_key), storable(story.source), storable(story.title),
        stamp_or_none(story.published_at), stamp(story.received_at), stamp(changed_at),
        stamp(told_at(story.published_at, story.received_at)), storable(story.language), story.version, story.words,
        int(story.thin), draft.fingerprint.digest, draft.input_digest,
        msgspec.json.encode(story.credits.agencies).decode() if story.credits.agencies else None, cluster_id,
    )  # fmt: skip


def agencies_of(column: str | None) -> tuple[str, ...]:
    """The credited agencies of a story row."""
    return msgspec.json.decode(column, type=tuple[str, ...]) if column else ()


CLUSTER_COLUMNS = "c.id, c.size, c.sources, canonical.id, c.first_seen, c.last_seen, canonical.title"
CLUSTERS = "clusters c JOIN stories canonical ON canonical.key = c.canonical"


def cluster_summary(row: Row) -> ClusterSummary:
    """A cluster from `CLUSTER_COLUMNS`."""
    return ClusterSummary(
        id=row[0], size=row[1], sources=row[2], canonical_id=row[3], first_seen=moment(row[4]),
        last_seen=moment(row[5]), title=row[6],
    )  # fmt: skip


STORED_COLUMNS = (
    "s.key, s.id, s.url, s.source, s.title, s.published_at, s.received_at, s.language, s.version, s.words, s.thin, "
    f"b.body, u.key IS NULL, {CLUSTER_COLUMNS}"
)
STORED = (
    "stories s JOIN bodies b ON b.key = s.key LEFT JOIN unprobed u ON u.key = s.key "
    "LEFT JOIN clusters c ON c.id = s.cluster_id LEFT JOIN stories canonical ON canonical.key = c.canonical"
)


def stored_story(row: Row) -> StoredStory:
    """A story with its surroundings from `STORED_COLUMNS`."""
    body = _unpack_body(row[11])
    story = Story(
        id=row[1], url=row[2], source=row[3], title=row[4], published_at=moment_or_none(row[5]),
        received_at=moment(row[6]), language=row[7], version=row[8], words=row[9], text=body.text,
        removed=body.removed, credits=body.credits, thin=bool(row[10]), warnings=body.warnings, metadata=body.metadata,
    )  # fmt: skip
    cluster = None if row[13] is None else cluster_summary(row[13:])
    return StoredStory(key=row[0], story=story, matched=bool(row[12]), cluster=cluster)


MEMBER_COLUMNS = "s.key, s.id, s.source, s.published_at, s.received_at, s.cluster_id"


def member(row: Row) -> Member:
    """A story as clustering sees it, from `MEMBER_COLUMNS`."""
    return Member(
        key=row[0], story_id=row[1], source=row[2], published_at=moment_or_none(row[3]), received_at=moment(row[4]),
        cluster_id=row[5],
    )  # fmt: skip


def pack_words(words: Words) -> bytes:
    """Hashed tokens as little-endian 32-bit integers."""
    return words.astype("<u4", copy=False).tobytes()


def unpack_words(packed: bytes) -> Words:
    """The hashed tokens in packed bytes."""
    return np.frombuffer(packed, dtype="<u4")


def pack_kinds(kinds: NDArray[np.uint8]) -> bytes:
    """Token kinds (0 to 3), two bits each: first all upper bits, then all lower ones."""
    return np.packbits(kinds > 1).tobytes() + np.packbits(kinds & 1).tobytes()


def _unpack_kinds(packed: bytes, count: int) -> NDArray[np.uint8]:
    upper, lower = np.frombuffer(packed, np.uint8).reshape(2, -1)
    return 2 * np.unpackbits(upper, count=count) + np.unpackbits(lower, count=count)


FEATURES_COLUMNS = (
    "s.key, s.id, s.source, s.url, s.url_key, s.title, s.published_at, s.received_at, s.thin, s.digest, e.words, "
    "e.kinds"
)


def features(row: Row) -> StoredFeatures:
    """What verification needs, from `FEATURES_COLUMNS`."""
    return StoredFeatures(
        key=row[0], story_id=row[1], source=row[2], url=row[3], url_key=row[4], title=row[5],
        published_at=moment_or_none(row[6]), received_at=moment(row[7]), thin=bool(row[8]), digest=bytes(row[9]),
        words=unpack_words(row[10]),
        kinds=_unpack_kinds(row[11], len(row[10]) // 4),
    )  # fmt: skip
