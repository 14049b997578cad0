"""The main job: store stories, find what they match, answer with the evidence.

Publish, then match: stories are committed with their bands before anything is looked up, so that of two copies arriving
at once on two workers the later commit always sees the earlier, without locks between them.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from twicetold.domain.errors import Invalid, TwicetoldError, Unavailable
from twicetold.domain.model import Story, Submission
from twicetold.domain.urls import UNKNOWN_SOURCE, canonical_url, source_from_url
from twicetold.usecases.evidence import Evidence, Shown, without_passages
from twicetold.usecases.find_matches import Subject, find_matches
from twicetold.usecases.pipeline import Correction, Draft, Outcome, Publication, Stage, Waiting
from twicetold.usecases.ports import Clock, Observer, Progress, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import StoredStory, Wording
from twicetold.usecases.record import record
from twicetold.usecases.report import stored_story
from twicetold.usecases.results import SubmitAnswer
from twicetold.usecases.where_possible import where_possible

ANSWERED = 50
"""Matches given with a submitted story; the rest is counted and can be paged through."""

BACKLOG_CHUNK = 100
BACKLOG_PATIENCE = timedelta(seconds=10)
"""How long a published story may wait for its own worker to match it before housekeeping does."""

_TRIES = 5
"""Times that a correction is made anew of a story that was changed while it was made."""

_log = logging.getLogger(__name__)


class Submit:
    """Takes stories in, one chunk at a time."""

    def __init__(
        self, store: Store, preparation: Preparation, evidence: Evidence, clock: Clock, observer: Observer
    ) -> None:
        self._store = store
        self._preparation = preparation
        self._evidence = evidence
        self._clock = clock
        self._observer = observer

    def submit(
        self, items: Sequence[Submission | TwicetoldError], *, passages: bool
    ) -> list[SubmitAnswer | TwicetoldError]:
        """Store a chunk and answer each item in order; an item that is or meets an error answers with it.

        `passages` asks for the shared passages of every match. Raises `Unavailable` when the store cannot take the
        chunk.
        """
        now = self._clock()
        with self._observer.stage(Stage.PREPARE):
            prepared = self._preparation.drafts(items, now=now)
        drafts = [draft for draft in prepared if isinstance(draft, Draft)]
        parts = [self._submit(part, passages=passages, now=now) for part in _once_each(drafts)]
        answers = itertools.chain.from_iterable(parts)
        return [item if isinstance(item, TwicetoldError) else next(answers) for item in prepared]

    def correct(self, story_id: str, correction: Correction, *, passages: bool) -> SubmitAnswer:
        """Correct what is said of a stored story, and match it anew.

        Raises `NotFound`, `Invalid`, and `Unavailable` for a story that others change all the time.
        """
        for _ in range(_TRIES):
            with self._store.reading() as reading:
                stored = stored_story(reading, story_id)
            corrected = _corrected(stored.story, correction)
            (draft,) = self._preparation.redrafts([corrected])
            done = Publication(
                key=stored.key, story=stored.story, outcome=Outcome.UNCHANGED, waiting_since=stored.waiting_since
            )
            if corrected != stored.story:
                with self._observer.stage(Stage.PUBLISH):
                    since = self._store.refresh({stored.key: draft}, instead_of={stored.key: stored.story})
                if not since:
                    continue  # it was changed or deleted meanwhile
                done = Publication(
                    key=stored.key, story=draft.story, outcome=Outcome.CHANGED, waiting_since=since[stored.key]
                )
            (answer,) = self._published([draft], [done], passages=passages)
            return answer
        raise Unavailable("the story is being changed by others; try again in a moment")

    def _submit(self, drafts: Sequence[Draft], *, passages: bool, now: datetime) -> list[SubmitAnswer]:
        with self._observer.stage(Stage.PUBLISH):
            published = self._store.publish(drafts, now=now)
        return self._published(drafts, published, passages=passages)

    def _published(
        self, drafts: Sequence[Draft], published: Sequence[Publication], *, passages: bool
    ) -> list[SubmitAnswer]:
        """Match what is stored, and answer."""
        for publication in published:
            self._observer.submitted(publication.outcome)
        drafted = list(zip(drafts, published, strict=True))
        self._match(drafted)
        with self._observer.stage(Stage.ANSWER):
            return self._answers(drafted, passages=passages)

    def match_backlog(self, *, patience: timedelta = BACKLOG_PATIENCE, progress: Progress | None = None) -> int:
        """Finish stories that were published but never matched, because their worker died; returns how many."""
        matched = after = 0
        while waiting := self._backlog(self._clock() - patience, after):
            matched += self._match_waiting(waiting)
            after = waiting[-1].key
            if progress is not None:
                progress(matched, matched + self._store.stats().backlog)
        return matched

    def _backlog(self, before: datetime, after: int) -> list[StoredStory]:
        with self._store.reading() as reading:
            return reading.backlog(limit=BACKLOG_CHUNK, before=before, after=after)

    def _match_waiting(self, waiting: Sequence[StoredStory]) -> int:
        """Match stories; one that cannot be looked at waits on."""
        matched = 0
        for stories, redrafts in where_possible(self._redrafts, waiting, "matched"):
            drafts = {stored.key: draft for stored, draft in zip(stories, redrafts, strict=True)}
            since = {stored.key: stored.waiting_since for stored in stories}
            self._find(drafts, since, changed=sorted(drafts))  # each may have died after another text of it was matched
            matched += len(stories)
        return matched

    def _redrafts(self, stories: Sequence[StoredStory]) -> list[Draft]:
        return self._preparation.redrafts([stored.story for stored in stories])

    def replace(self, drafts: Mapping[int, Draft], *, instead_of: Mapping[int, Story]) -> None:
        """Store another cleaning of stored stories, by key, and match them anew; those that changed since stay."""
        if drafts:
            since = self._store.refresh(drafts, instead_of=instead_of)
            found = {key: drafts[key] for key in since}
            self._find(found, since, changed=sorted(found))

    def _match(self, published: Sequence[tuple[Draft, Publication]]) -> None:
        """Match what is new, changed, or was left unmatched."""
        waiting = {
            publication.key: (draft, publication)
            for draft, publication in published
            if publication.outcome is not Outcome.UNCHANGED or not publication.matched
        }
        changed = [key for key, (_, publication) in waiting.items() if publication.outcome is not Outcome.CREATED]
        since = {key: publication.waiting_since for key, (_, publication) in waiting.items()}
        self._find({key: draft for key, (draft, _) in waiting.items()}, since, changed=changed)

    def _find(
        self, drafts: Mapping[int, Draft], since: Mapping[int, datetime | None], *, changed: Sequence[int]
    ) -> None:
        """Match stories, by key, that wait since the times given."""
        if not drafts:
            return
        subjects = [Subject.of(draft, key) for key, draft in drafts.items()]
        parameters = self._preparation.parameters
        with self._observer.stage(Stage.MATCH):
            found = find_matches(self._store, subjects, parameters, self._preparation.slots)
        judged = dict(zip(drafts, found, strict=True))
        waiting = {key: Waiting(draft.fingerprint.digest, since[key]) for key, draft in drafts.items()}
        with self._observer.stage(Stage.RECORD):
            now = self._clock()
            matches = self._store.record(
                lambda recording: record(recording, judged, waiting, parameters, changed=changed, now=now)
            )
        for match in matches:
            self._observer.matched(match.relation)

    def _answers(self, published: Sequence[tuple[Draft, Publication]], *, passages: bool) -> list[SubmitAnswer]:
        keys = [publication.key for _, publication in published]
        with self._store.reading() as reading:
            matches = reading.matches_of(keys, limit=ANSWERED)
            clusters = reading.clusters_of(keys)
        if passages:
            wordings = {publication.key: _wording(draft, publication) for draft, publication in published}
            shown = self._evidence.shown(matches, wordings)
        else:
            shown = {key: without_passages(page) for key, page in matches.items()}
        return [
            SubmitAnswer(
                story=_with_doubts(draft, publication, shown[publication.key]),
                outcome=publication.outcome,
                matches=shown[publication.key].matches,
                total=matches[publication.key].total or 0,
                cluster=clusters.get(publication.key),
            )
            for draft, publication in published
        ]


def _corrected(known: Story, correction: Correction) -> Story:
    """A stored story with what is said of it from now on. Raises `Invalid`."""
    site = source_from_url(canonical_url(known.url)) if known.url else known.source
    if correction.url and "." in site and source_from_url(canonical_url(correction.url)) != site:
        raise Invalid(
            f"url is not of {site}, where this story stands; send the text under an id of its own", field="url"
        )
    return structs.replace(known, **{name: value for name, value in structs.asdict(correction).items() if value})


def _wording(draft: Draft, publication: Publication) -> Wording:
    """The text that is stored, with its words unless it may be another than the draft's."""
    return Wording(text=publication.story.text) if publication.outcome is Outcome.UNCHANGED else draft.wording


def _with_doubts(draft: Draft, publication: Publication, shown: Shown) -> Story:
    """Warn of what is not answered and, for a story in the same words, of another source this time."""
    sent, stored = draft.story, publication.story
    doubts = shown.warnings
    if sent.source not in (stored.source, UNKNOWN_SOURCE):
        doubts = (*doubts, "the text is unchanged, so no new version was made and another source was ignored")
    return structs.replace(stored, warnings=(*stored.warnings, *doubts)) if doubts else stored


def _once_each(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """Drafts in parts that hold no id twice: each version of a story is matched and answered before the next."""
    parts: list[list[Draft]] = []
    met: set[str] = set()
    for draft in drafts:
        if not parts or draft.story.id in met:
            parts.append([])
            met = set()
        parts[-1].append(draft)
        met.add(draft.story.id)
    return parts
