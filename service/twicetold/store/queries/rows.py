"""Values to columns and back, the same for every engine: times as microseconds since 1970, texts compressed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
import zstandard
from msgspec import Struct, field
from numpy.typing import NDArray

from twicetold.domain.matching.clusters import publication_time
from twicetold.domain.model import Credits, Keys, LanguageSource, Match, RemovedSpan, Story, Words
from twicetold.store.port import Row
from twicetold.store.queries.listing import columns, split
from twicetold.usecases.pipeline import Draft, Member, StoredFeatures
from twicetold.usecases.read_models import ClusterSummary, StoredStory

T = TypeVar("T", str, str | None)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COMPRESSION_LEVEL = 1
"""Higher levels of zstd save a few per cent of a news text for two and more times the processor time."""


HALF_A_DIGIT = 5e-7
"""Shares are shown with six decimals, so one that is shown as equal to a threshold reaches it."""


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


def storable(text: T) -> T:
    """A text that every engine can hold in a text column: PostgreSQL knows no NUL."""
    return text if text is None else text.replace("\0", "\ufffd")


class Body(Struct, frozen=True, array_like=True):
    """The bulky part of a story, kept as one compressed blob; members are only ever added, at the end."""

    text: str
    removed: tuple[RemovedSpan, ...] = ()
    credits: Credits = Credits()
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    language_from: LanguageSource | None = None
    cleaner_version: int = 1


class _Codecs(threading.local):
    """Compressors keep state, so each thread has its own."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_codecs = _Codecs()
_body_encoder = msgspec.json.Encoder()
_body_decoder = msgspec.json.Decoder(Body)


def pack_body(story: Story) -> bytes:
    """Text, removed spans, credits, warnings, metadata and where these come from, of a story, as one blob."""
    body = Body(
        story.text,
        story.removed,
        story.credits,
        story.warnings,
        story.metadata,
        story.language_from,
        story.cleaner_version,
    )
    return _codecs.compressor.compress(_body_encoder.encode(body))


def body_of(blob: bytes) -> Body:
    """What `pack_body` packed."""
    return _body_decoder.decode(_codecs.decompressor.decompress(blob))


_ZSTD = bytes.fromhex("28b52ffd")
"""What a zstd frame begins with (RFC 8878), and nothing that is packed does."""


def compressed(packed: bytes) -> bytes:
    """A zstd frame."""
    return _codecs.compressor.compress(packed)


def decompressed(packed: bytes) -> bytes:
    """What was packed, whether it was compressed or not."""
    return _codecs.decompressor.decompress(packed) if packed.startswith(_ZSTD) else packed


def text_of(blob: bytes) -> str:
    """The cleaned text in a body."""
    return body_of(blob).text


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


SEASON_BITS = 40
"""Of the number by which stories are drawn the season stands above these bits, and a hash of the id in them."""
_SEASON_DAYS = 64
"""Long enough for four stories of a small outlet, short enough that a page's next design is learned soon."""


def draw_of(story_id: str, told: datetime) -> int:
    """By which stories of a source are drawn, season by season: it follows from the story alone."""
    season = (told - _EPOCH).days // _SEASON_DAYS
    return (season << SEASON_BITS) + (
        _short_hash(b"draw" + story_id.encode("utf-8", "surrogatepass")) & ((1 << SEASON_BITS) - 1)
    )


class StoryRow(NamedTuple):
    """A row of `stories`."""

    key: int
    id: str
    url: str | None
    url_key: str | None
    source: str
    title: str | None
    published_at: int | None
    received_at: int
    changed_at: int
    seen_at: int
    language: str | None
    version: int
    words: int
    thin: int
    digest: bytes
    input_digest: bytes
    agencies: str | None
    origin: str | None
    cluster_id: str | None
    draw: int


def story_row(key: int, draft: Draft, story: Story, *, changed_at: datetime, cluster_id: str | None) -> StoryRow:
    """The row for a draft whose `story` carries its final version and time."""
    agencies = story.credits.agencies
    return StoryRow(
        key=key,
        id=story.id,
        url=storable(story.url),
        url_key=storable(draft.url_key),
        source=storable(story.source),
        title=storable(story.title),
        published_at=stamp_or_none(story.published_at),
        received_at=stamp(story.received_at),
        changed_at=stamp(changed_at),
        seen_at=stamp(publication_time(story.published_at, story.received_at)),
        language=storable(story.language),
        version=story.version,
        words=story.words,
        thin=int(story.thin),
        digest=draft.fingerprint.digest,
        input_digest=draft.input_digest,
        agencies=msgspec.json.encode(agencies).decode() if agencies else None,
        origin=storable(story.credits.origin),
        cluster_id=cluster_id,
        draw=draw_of(story.id, publication_time(story.published_at, story.received_at)),
    )


def agencies_of(column: str | None) -> tuple[str, ...]:
    """The credited agencies of a story row."""
    return msgspec.json.decode(column, type=tuple[str, ...]) if column else ()


class ClusterRow(NamedTuple):
    """A cluster with its canonical story."""

    id: str
    size: int
    sources: int
    derived: int
    all_sources: int
    canonical_id: str
    first_seen: int
    last_seen: int
    title: str | None
    language: str | None


CLUSTER_COLUMNS = columns(
    ClusterRow, "c", canonical_id="canonical.id", title="canonical.title", language="canonical.language"
)
CLUSTERS = "clusters c JOIN stories canonical ON canonical.key = c.canonical"


def cluster_summary(row: ClusterRow) -> ClusterSummary:
    """A cluster as it is shown."""
    return ClusterSummary(
        id=row.id,
        size=row.size,
        sources=row.sources,
        derived=row.derived,
        all_sources=row.all_sources,
        canonical_id=row.canonical_id,
        first_seen=moment(row.first_seen),
        last_seen=moment(row.last_seen),
        title=row.title,
        language=row.language,
    )


class StoredRow(NamedTuple):
    """A story with its text; in a query its cluster follows, whose columns are empty without one."""

    key: int
    id: str
    url: str | None
    source: str
    title: str | None
    published_at: int | None
    received_at: int
    language: str | None
    version: int
    words: int
    thin: int
    body: bytes
    waiting_since: int | None


STORED_COLUMNS = f"{columns(StoredRow, 's', body='b.body', waiting_since='u.changed_at')}, {CLUSTER_COLUMNS}"
STORED = (
    "stories s JOIN bodies b ON b.key = s.key LEFT JOIN unprobed u ON u.key = s.key "
    "LEFT JOIN clusters c ON c.id = s.cluster_id LEFT JOIN stories canonical ON canonical.key = c.canonical"
)


def stored_story(row: Row) -> StoredStory:
    """A story with its surroundings, from `STORED_COLUMNS`."""
    stored, cluster = split(row, StoredRow, ClusterRow)
    body = body_of(stored.body)
    story = Story(
        id=stored.id,
        url=stored.url,
        source=stored.source,
        title=stored.title,
        published_at=moment_or_none(stored.published_at),
        received_at=moment(stored.received_at),
        language=stored.language,
        version=stored.version,
        words=stored.words,
        text=body.text,
        removed=body.removed,
        credits=body.credits,
        thin=bool(stored.thin),
        warnings=body.warnings,
        metadata=body.metadata,
        language_from=body.language_from,
        cleaner_version=body.cleaner_version,
    )
    return StoredStory(
        key=stored.key,
        story=story,
        waiting_since=moment_or_none(stored.waiting_since),
        cluster=None if cluster.id is None else cluster_summary(cluster),
    )


class MatchRow(NamedTuple):
    """A row of `matches`: a tie as story `a` sees it."""

    a: int
    b: int
    relation: str
    why: str
    strength: float
    jaccard: float
    a_in_b: float
    b_in_a: float
    longest_run: int
    confidence: float
    decided_by: str


def match_row(match: Match) -> MatchRow:
    """The row of a tie, seen from its story `a`."""
    return MatchRow(
        a=match.a,
        b=match.b,
        relation=str(match.relation),
        why=match.why,
        strength=match.strength,
        jaccard=match.jaccard,
        a_in_b=match.a_in_b,
        b_in_a=match.b_in_a,
        longest_run=match.longest_run,
        confidence=match.confidence,
        decided_by=str(match.decided_by),
    )


class MemberRow(NamedTuple):
    """A story as clustering sees it."""

    key: int
    id: str
    source: str
    published_at: int | None
    received_at: int
    cluster_id: str | None


MEMBER_COLUMNS = columns(MemberRow, "s")
AS_EARLY = 256
"""Members read, beside those asked for, that were told when the last of these was: stories dated by day may be any
number. Beyond so many those received first are taken."""
_NO_MORE = 2**63 - 1
"""Also a limit that has SQLite answer a subquery once, not for each row that is joined with it."""
_LATEST = (
    "COALESCE((SELECT m.seen_at FROM stories m WHERE m.cluster_id = value "
    f"ORDER BY m.seen_at, m.key LIMIT 1 OFFSET :limit - 1), {_NO_MORE})"
)
EARLIEST_MEMBERS = (
    f"(SELECT value AS cluster_id, {_LATEST} AS latest, "
    f"COALESCE((SELECT m.key FROM stories m WHERE m.cluster_id = value AND m.seen_at = {_LATEST} "
    f"ORDER BY m.key LIMIT 1 OFFSET :limit + {AS_EARLY - 1}), {_NO_MORE}) AS last_key "
    f"FROM each_text(:clusters) LIMIT {_NO_MORE}) AS asked JOIN stories s ON s.cluster_id = asked.cluster_id "
    "AND (s.seen_at, s.key) <= (asked.latest, asked.last_key)"
)
"""The earliest `limit` members `s` of each of `clusters`, and up to AS_EARLY that are as early as the last of these: so
many rows of an index, however large a cluster is."""


def member(row: Row) -> Member:
    """A story as clustering sees it, from `MEMBER_COLUMNS`."""
    found = MemberRow._make(row)
    return Member(
        key=found.key,
        story_id=found.id,
        source=found.source,
        published_at=moment_or_none(found.published_at),
        received_at=moment(found.received_at),
        cluster_id=found.cluster_id,
    )


def pack_words(words: Words) -> bytes:
    """Hashed tokens as little-endian 32-bit integers."""
    return words.astype("<u4", copy=False).tobytes()


def unpack_words(packed: bytes) -> Words:
    """The hashed tokens in packed bytes."""
    return np.frombuffer(packed, dtype="<u4")


def pack_kinds(kinds: NDArray[np.uint8]) -> bytes:
    """Token classes (0 to 3), two bits each: first all upper bits, then all lower ones."""
    return np.packbits(kinds > 1).tobytes() + np.packbits(kinds & 1).tobytes()


def _unpack_kinds(packed: bytes, count: int) -> NDArray[np.uint8]:
    upper, lower = np.frombuffer(packed, np.uint8).reshape(2, -1)
    return 2 * np.unpackbits(upper, count=count) + np.unpackbits(lower, count=count)


class FeaturesRow(NamedTuple):
    """A story with its tokens."""

    key: int
    id: str
    source: str
    url: str | None
    url_key: str | None
    title: str | None
    published_at: int | None
    received_at: int
    thin: int
    digest: bytes
    words: bytes
    kinds: bytes


FEATURES_COLUMNS = columns(FeaturesRow, "s", words="e.words", kinds="e.kinds")


def features(row: FeaturesRow) -> StoredFeatures:
    """What verification needs of a story."""
    words = unpack_words(row.words)
    return StoredFeatures(
        key=row.key,
        story_id=row.id,
        source=row.source,
        url=row.url,
        url_key=row.url_key,
        title=row.title,
        published_at=moment_or_none(row.published_at),
        received_at=moment(row.received_at),
        thin=bool(row.thin),
        digest=bytes(row.digest),
        words=words,
        kinds=_unpack_kinds(row.kinds, len(words)),
    )
