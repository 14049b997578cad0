"""The domain as functions, for jobs that are not the service: Spark, Beam, Ray, a notebook.

    made = prepare({"id": "a", "source": "herald.example", "text": "..."}, parameters)   # clean and fingerprint
    taught = learn(drawn)                        # what a source repeats, by the stories drawn of 64 days (`draw`)
    made = clean_again(made, blocks)             # the same without that
    pairs(stories)                               # which two are worth comparing: those that share a key (`keys`)
    judge(later, earlier, parameters)            # how two relate, and how sure that is
    assign(stories, ties, similarity)            # clusters, and the story that stands for each

Nothing here has a state, opens a file or a socket, or needs a store. What is passed between processes packs itself into
bytes (`Made.pack`), without pickle. Texts are looked at in the process that calls: where strangers can send them and
time matters, run the service, whose children can be stopped.

The same answers as the service's, but for what people said.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from twicetold.domain.analysis import AnalysisInput, Lesson, analyse
from twicetold.domain.analysis import learn as _learn
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.shingles import leading, ranges
from twicetold.domain.matching.clusters import extend, partition, publication_time, told_before
from twicetold.domain.matching.parameters import CROWD, REPRESENTATIVES
from twicetold.domain.model import Credits, Fingerprint, Keys, LanguageSource, RemovedSpan, Story
from twicetold.store.queries.candidates import ranked
from twicetold.store.queries.holders import POSTINGS_READ
from twicetold.store.queries.rows import SEASON_BITS, draw_of, postings_of
from twicetold.usecases import drafting
from twicetold.usecases.find_matches import CANDIDATES as _CANDIDATES
from twicetold.usecases.find_matches import Subject, text_features, verify_each
from twicetold.usecases.pipeline import CandidateQuery, Draft
from twicetold.usecases.prepare import again, redrafted
from twicetold.usecases.settle import DRAWN as _DRAWN
from twicetold.web.api.submissions import Intake

NONE_LEARNED: Mapping[str, Sequence[int]] = MappingProxyType({})
PARAMETERS = FingerprintParameters()
"""What the service makes fingerprints with unless its settings say otherwise."""
CANDIDATES = _CANDIDATES
"""Earlier stories that are worth judging for one, those first that share most keys."""
FEW = CROWD
READ, REPRESENTING = POSTINGS_READ, REPRESENTATIVES
"""Of a key that FEW stories hold at most, every two are worth a comparison. Of one that more hold, each with those that
represent it: of the READ that came first the REPRESENTING that were told first (`turn`)."""
DRAWN = _DRAWN
"""Stories that a source's boilerplate is learned from, of each 64 days."""


class Made(Struct, frozen=True, kw_only=True):
    """A story, cleaned, with what comparing it needs.

    removed: what was cut, in text order. keys: int64 in bytes. tokens: uint32, kinds: uint8, one for each word. Raw
    bytes are little-endian.
    """

    story_id: str
    url: str | None
    url_key: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    language: str | None
    language_from: LanguageSource | None
    words: int
    thin: bool
    text: str
    removed: tuple[RemovedSpan, ...]
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


class Taught(NamedTuple):
    """What some stories of a source teach: in how many of them each block stands, by its hash, and its furniture."""

    blocks: dict[int, int]
    furniture: list[int]


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


def draw(made: Made) -> tuple[int, int]:
    """The 64 days that a story was published in, by number, and its place in the draw of these.

    The DRAWN stories of a source and such days that stand first, then by id, are what it is to be learned from.
    """
    drawn = draw_of(made.story_id, _published(made))
    return drawn >> SEASON_BITS, drawn & ((1 << SEASON_BITS) - 1)


def learn(drawn: Sequence[Made], parameters: FingerprintParameters = PARAMETERS) -> Taught:
    """What a source repeats as its own, by the stories drawn of 64 days, in their order."""
    lessons = [
        Lesson(text=one.text, removed=one.removed, language=one.language, published=_published(one).date())
        for one in drawn
    ]
    learned = _learn(lessons, parameters)
    return Taught({block.hash: block.stories for block in learned.blocks}, learned.furniture.tolist())


def clean_again(made: Made, blocks: Mapping[int, int], parameters: FingerprintParameters = PARAMETERS) -> Made:
    """A story without the blocks that its source repeats: the sum over all days of what `learn` told of each."""
    story = Story(
        id=made.story_id, url=made.url, source=made.source, title=made.title, published_at=made.published_at,
        received_at=made.received_at, language=made.language, version=1, words=made.words, text=made.text,
        removed=made.removed, credits=Credits(), thin=made.thin, language_from=made.language_from,
    )  # fmt: skip
    return _made(redrafted(story, analyse(again(story, blocks), parameters, PageLimits())))


def turn(made: Made) -> tuple[datetime, str]:
    """By what stories are sorted as they were told."""
    return told_before(_told(0, made))


def pairs(stories: Sequence[Made]) -> list[tuple[int, int]]:
    """The places of every two that are worth a comparison, the later first, as one process finds them in memory."""
    held = [np.frombuffer(one.keys, "<i8") for one in stories]
    postings = _Postings(held)
    turns = np.empty(len(stories), dtype=np.int64)
    turns[sorted(range(len(stories)), key=lambda place: turn(stories[place]))] = np.arange(len(stories))
    queries = [
        CandidateQuery(
            key=place, digest=one.digest, url_key=one.url_key, bands=np.empty(0, np.int64),
            passages=own[1 if one.url_key is None else 2 :],
        )
        for place, (one, own) in enumerate(zip(stories, held, strict=True))
    ]  # fmt: skip
    found = ranked(postings, queries, lambda some: turns[some], limit=CANDIDATES, once=True)
    met = {(max(place, hit.key), min(place, hit.key)) for place, hits in enumerate(found) for hit in hits}
    return sorted(met)


def keys(made: Made) -> list[int]:
    """The keys, 64 bits each, that a story is found by: its digest, its URL, LSH bands, winnowed fingerprints.

    Which of those that share one are worth a comparison is told with FEW.
    """
    return [int(key) for key in np.frombuffer(made.keys, "<i8")]


def judge(
    later: Made,
    earlier: Sequence[Made],
    parameters: FingerprintParameters = PARAMETERS,
    *,
    furniture: Mapping[str, Sequence[int]] = NONE_LEARNED,
) -> list[Judged | None]:
    """What a story is to each of others; None where they have nothing to do with each other.

    furniture: by source all that `learn` told of it, ascending.
    """
    subject, features = _subject(later), text_features(_subject(later), parameters)
    others = [(one, text_features(one, parameters)) for one in map(_subject, earlier)]
    judged: list[Judged | None] = []
    sources = {one.source for one in (later, *earlier)} & furniture.keys()
    known = {source: np.asarray(furniture[source], np.int64) for source in sources}
    for verdict in verify_each(subject, features, others, known, parameters=parameters):
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


def assign(
    stories: Iterable[Told], ties: Collection[Tie], similarity: Callable[[int, int], float | None] | None = None
) -> dict[int, int]:
    """The story, by key, that stands for each story in a cluster: the one that was told first.

    All stories of a component of ties must be given together. Those that end alone are not in the answer. similarity:
    asked for the Jaccard of two stories of more than FEW which are not among the ties, None where these are not tied.
    """
    canonical: dict[int, int] = {}
    for nodes, own in _components(list(stories), ties):
        if similarity is None or len(nodes) <= FEW:
            groups = partition(nodes, own)
        else:
            groups = extend([], nodes, {}, own, similarity)
        canonical |= {key: group.canonical for group in groups if len(group.members) > 1 for key in group.members}
    return canonical


def _components(stories: Sequence[Told], ties: Collection[Tie]) -> Iterator[tuple[list[Told], list[Tie]]]:
    """The stories that hang together, with their ties."""
    forest = {story.key: story.key for story in stories}

    def root(key: int) -> int:
        while forest[key] != key:
            forest[key] = key = forest[forest[key]]
        return key

    for tie in ties:
        forest[root(tie.a)] = root(tie.b)
    nodes, own = defaultdict[int, list[Told]](list), defaultdict[int, list[Tie]](list)
    for story in stories:
        nodes[root(story.key)].append(story)
    for tie in ties:
        own[root(tie.a)].append(tie)
    for at, some in nodes.items():
        yield some, own[at]


class _Postings:
    """The keys of stories in memory; finds as `store.port.Postings` does."""

    def __init__(self, held: Sequence[Keys]) -> None:
        stories = np.repeat(np.arange(len(held)), [len(own) for own in held])
        found = np.concatenate(held) if held else np.empty(0, np.int64)
        order = np.lexsort((stories, found))
        self._keys, self._stories = found[order], stories[order]

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        first = np.searchsorted(self._keys, keys, side="left")
        count = np.minimum(np.searchsorted(self._keys, keys, side="right") - first, cap)
        positions, stories = np.repeat(np.arange(len(keys)), count), self._stories[ranges(first, count)]
        once = leading(positions) | leading(stories)
        return positions[once], stories[once]


def _made(draft: Draft) -> Made:
    story, fingerprint = draft.story, draft.fingerprint
    return Made(
        story_id=story.id, url=story.url, url_key=draft.url_key, source=story.source, title=story.title,
        published_at=story.published_at, received_at=story.received_at, language=story.language,
        language_from=story.language_from, words=story.words, thin=story.thin, text=story.text,
        removed=story.removed, digest=fingerprint.digest,
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


def _told(key: int, made: Made) -> Told:
    return Told(key, made.story_id, made.published_at, made.received_at)


def _published(made: Made) -> datetime:
    return publication_time(made.published_at, made.received_at)


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"a story cannot hold a {type(value).__name__}")
