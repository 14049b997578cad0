"""The domain as functions, for jobs that are not the service: Spark, Beam, Ray, a notebook.

    made = prepare({"id": "a", "source": "herald.example", "text": "..."}, parameters)   # clean and fingerprint
    keys(made)                                   # what it may be found by; two that share none are not compared
    judge(later, earlier, parameters)            # how two relate, and how sure that is
    assign(stories, ties)                        # clusters, and the story that stands for each

Nothing here has a state, opens a file or a socket, or needs a store. What is passed between processes packs itself into
bytes (`Made.pack`), without pickle. Texts are looked at in the process that calls: where strangers can send them and
time matters, run the service, whose children can be stopped.

The same answers as the service's, but for what only a store knows: what a source repeats as its own, what people said,
and which of a crowd's many members a text is held against.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from twicetold.domain.analysis import AnalysisInput, analyse
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.clusters import partition
from twicetold.domain.matching.parameters import CROWD
from twicetold.domain.model import Fingerprint
from twicetold.store.queries.rows import postings_of
from twicetold.usecases import drafting
from twicetold.usecases.find_matches import CANDIDATES as _CANDIDATES
from twicetold.usecases.find_matches import Subject, text_features, verify_each
from twicetold.usecases.pipeline import Draft
from twicetold.web.api.submissions import Intake

PARAMETERS = FingerprintParameters()
"""What the service makes fingerprints with unless its settings say otherwise."""
CANDIDATES = _CANDIDATES
"""Earlier stories that are worth judging for one, those first that share most keys."""
HOLDERS = CROWD
"""Stories of one key, the earliest, that are worth comparing with others of it: a key of more is boilerplate or a text
with many copies, and the earliest stand for all."""


class Made(Struct, frozen=True, kw_only=True):
    """A story, cleaned, with what comparing it needs.

    keys: int64 in bytes. tokens: uint32, kinds: uint8, one for each word. Raw bytes are little-endian.
    """

    story_id: str
    url: str | None
    url_key: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    language: str | None
    words: int
    thin: bool
    text: str
    digest: bytes
    tokens: bytes
    kinds: bytes
    keys: bytes

    def pack(self) -> bytes:
        """As bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpack(cls, packed: bytes) -> Made:
        """From bytes that `pack` made."""
        return msgspec.msgpack.decode(packed, type=cls)


class Judged(NamedTuple):
    """What a later story is to an earlier one. `clusters` says whether that ties them into one cluster."""

    relation: str
    confidence: float
    jaccard: float
    containment: float
    contained: float
    longest_run: int
    why: str
    clusters: bool


class Told(NamedTuple):
    """A story that is to be clustered: where it is known by its `key`, any number."""

    key: int
    story_id: str
    published_at: datetime | None
    received_at: datetime


class Tie(NamedTuple):
    """Two stories, by key, that a judgement ties into one cluster."""

    a: int
    b: int
    jaccard: float


def prepare(fields: Mapping[str, Any], parameters: FingerprintParameters = PARAMETERS, *, now: datetime) -> Made:
    """Clean and fingerprint one story.

    fields: as `POST /v1/stories` takes them (`id` or `url`, `text` or `html`, …). now: when it was received. Raises
    `TwicetoldError` for what the service would refuse, with the reason.
    """
    submission = Intake(lambda: now).story(json.dumps(dict(fields), ensure_ascii=False, default=_said).encode())
    given = AnalysisInput.of(submission, now=now)
    draft = drafting.draft(submission, analyse(given, parameters, PageLimits()), now=now)
    return _made(draft)


def keys(made: Made) -> list[int]:
    """The keys, 64 bits each, that a story is found by: its digest, its URL, LSH bands, winnowed fingerprints.

    Of each key the earliest HOLDERS stories are worth a comparison.
    """
    return [int(key) for key in np.frombuffer(made.keys, "<i8")]


def judge(later: Made, earlier: Sequence[Made], parameters: FingerprintParameters = PARAMETERS) -> list[Judged | None]:
    """What a story is to each of others; None where they have nothing to do with each other."""
    subject, features = _subject(later), text_features(_subject(later), parameters)
    others = [(one, text_features(one, parameters)) for one in map(_subject, earlier)]
    judged: list[Judged | None] = []
    for verdict in verify_each(subject, features, others, {}, parameters=parameters):
        if verdict.relation is None:
            judged.append(None)
            continue
        measures = verdict.measures
        judged.append(
            Judged(
                relation=verdict.relation.value,
                confidence=verdict.confidence,
                jaccard=measures.jaccard,
                containment=measures.a_in_b,
                contained=measures.b_in_a,
                longest_run=measures.longest_run,
                why=verdict.why,
                clusters=verdict.clusters,
            )
        )
    return judged


def assign(stories: Iterable[Told], ties: Collection[Tie]) -> dict[int, int]:
    """The story, by key, that stands for each story in a cluster: the one that was told first.

    All stories of a component of ties must be given together. Those that end alone are not in the answer.
    """
    groups = partition(list(stories), list(ties))
    return {key: group.canonical for group in groups if len(group.members) > 1 for key in group.members}


def _made(draft: Draft) -> Made:
    story, fingerprint = draft.story, draft.fingerprint
    return Made(
        story_id=story.id, url=story.url, url_key=draft.url_key, source=story.source, title=story.title,
        published_at=story.published_at, received_at=story.received_at, language=story.language, words=story.words,
        thin=story.thin, text=story.text, digest=fingerprint.digest,
        tokens=fingerprint.words.astype("<u4").tobytes(), kinds=fingerprint.kinds.astype(np.uint8).tobytes(),
        keys=postings_of(draft).astype("<i8").tobytes(),
    )  # fmt: skip


def _subject(made: Made) -> Subject:
    none = np.empty(0, np.int64)
    return Subject(
        key=None, source=made.source, url_key=made.url_key, title=made.title, published_at=made.published_at,
        received_at=made.received_at, thin=made.thin,
        fingerprint=Fingerprint(
            words=np.frombuffer(made.tokens, "<u4"), kinds=np.frombuffer(made.kinds, np.uint8), digest=made.digest,
            signature=np.empty(0, np.uint32), bands=none, passages=none,
        ),
    )  # fmt: skip


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"a story cannot hold a {type(value).__name__}")
