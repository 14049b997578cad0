"""The reports of a fake world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

from msgspec import structs
from twicetold.domain.errors import NotFound
from twicetold.domain.fingerprint.searchable import searchable
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.model import Relation, Revision
from twicetold.usecases.read_models import (
    BoilerplateStatus,
    ClusterEvent,
    ClusterFilter,
    ClusterMember,
    ClusterSummary,
    DerivedCopy,
    LearnedBlock,
    Origin,
    Page,
    PersonVerdict,
    Position,
    ReceptionBucket,
    SourceReport,
    SourceSummary,
    SourceTie,
    StoredStory,
    StoredVersion,
    StoreStats,
    StoryFilter,
    Tie,
    Ties,
    VersionFace,
)
from twicetold.usecases.report import Bucket
from twicetold.usecases.results import ClusterAnswer, Credit, StoryAnswer

from tests.web.fake_world import NOW, FakeWorld, page, publication_time


class FakeReports:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def story(self, story_id: str) -> StoryAnswer:
        story = self.world.story(story_id)
        revisions = [
            Revision(
                version=version.version,
                received_at=version.received_at,
                words=version.words,
                similarity=None if version.version == 1 else 0.5,
                title=version.title,
                added=None if version.version == 1 else ["A new sentence."],
                removed=None if version.version == 1 else [],
            )
            for version in self.world.entries[story_id]
        ]
        origin = Origin(
            cluster_id="c-first", story_id="first", source="wire.example", title=None, relation=Relation.EXCERPT_OF
        )
        return StoryAnswer(story=story, cluster=self.world.cluster(story), derived_from=[origin], revisions=revisions)

    def versions(self, story_id: str, *, after: Position | None, limit: int) -> Page[VersionFace]:
        self.world.story(story_id)
        faces = [
            VersionFace(version=each.version, received_at=each.received_at, title=each.title, words=each.words)
            for each in reversed(self.world.entries[story_id])
        ]
        shown, following = page(faces, after, limit)
        return Page(items=cast("Sequence[VersionFace]", shown), next=following)

    def version(self, story_id: str, number: int) -> StoredVersion:
        self.world.story(story_id)
        for each in self.world.entries[story_id]:
            if each.version == number:
                return StoredVersion(
                    version=number, received_at=each.received_at, title=each.title, words=each.words, text=each.text
                )
        raise NotFound("no such version", field="version")

    def summary(self, cluster_id: str) -> ClusterSummary:
        summary = next((summary for summary in clusters_of(self.world) if summary.id == cluster_id), None)
        if summary is None:
            raise NotFound("no cluster has this id", field="id")
        return summary

    def copies(self, summary: ClusterSummary, min_confidence: float | None) -> list[DerivedCopy]:
        copy = DerivedCopy(
            story_id="cut",
            url=None,
            source="brief.example",
            title="In brief",
            published_at=None,
            received_at=NOW,
            relation=Relation.EXCERPT_OF,
            jaccard=1 / 3,
            confidence=0.8,
            original_id=summary.canonical_id,
            agencies=("AFP",),
        )
        return [copy] if (min_confidence or 0) <= 0.8 else []

    def derived(
        self,
        cluster_id: str,
        *,
        relations: Sequence[Relation] = (),
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> tuple[ClusterSummary, Page[DerivedCopy]]:
        summary = self.summary(cluster_id)
        found = [one for one in self.copies(summary, min_confidence) if not relations or one.relation in relations]
        return summary, Page(items=found)

    def cluster(
        self,
        cluster_id: str,
        *,
        policy: CanonicalPolicy | None = None,
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> ClusterAnswer:
        summary = self.summary(cluster_id)
        if policy is not None and policy.source:
            summary = structs.replace(summary, canonical_id="second")
        text = self.world.story(summary.canonical_id).text
        members = [
            ClusterMember(
                key=self.world.key(story.id),
                story_id=story.id,
                url=story.url,
                source=story.source,
                title=story.title,
                published_at=story.published_at,
                received_at=story.received_at,
                relation=None if story.id == summary.canonical_id else Relation.EXACT,
                jaccard=None if story.id == summary.canonical_id else 1.0,
                confidence=None if story.id == summary.canonical_id else 1.0,
                agencies=story.credits.agencies,
            )
            for story in sorted(self.world.stories(), key=publication_time)
            if story.text == text
        ]
        shown, following = page(members, after, limit)
        return ClusterAnswer(
            summary=summary,
            credited_to=Credit(name="Reuters", members=2, story_id="first", source="wire.example", told_at=NOW),
            members=cast("Sequence[ClusterMember]", shown),
            next=following,
            derived=self.copies(summary, min_confidence),
            events=[ClusterEvent(cluster_id=cluster_id, at=NOW, event="created")],
            agencies=sorted({agency for member in members for agency in member.agencies}),
        )

    def timeline(
        self, bucket: Bucket, *, since: datetime | None, until: datetime | None, source: str | None
    ) -> list[ReceptionBucket]:
        return [ReceptionBucket(start=since or NOW, stories=len(self.world.entries))]

    def source(self, name: str) -> SourceReport:
        stories = [story for story in self.world.stories() if story.source == name]
        if not stories:
            raise NotFound("no story of this source is stored", field="source")
        block = LearnedBlock(
            id="b1",
            source=name,
            block=1,
            text="All rights reserved.",
            stories=4,
            days=2,
            first_seen=NOW,
            last_seen=NOW,
            status=BoilerplateStatus.ACTIVE,
        )
        return SourceReport(
            summary=SourceSummary(source=name, stories=len(stories), first=1, reprinted=0),
            reprints_from=[],
            reprinted_by=[
                SourceTie(source="other.example", stories=3, whole=1, cut=2, extended=0, reworked=0, quoted=0)
            ],
            boilerplate=[block],
        )


def told(title: str | None) -> set[str]:
    """The words of a title."""
    return set(searchable(title=title, url=None, text=""))


def clusters_of(world: FakeWorld) -> list[ClusterSummary]:
    found = {summary.id: summary for story in world.stories() if (summary := world.cluster(story))}
    return list(found.values())


class FakeReading:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def ties(self, *, since: datetime | None, until: datetime | None, least: int, limit: int) -> Ties:
        tie = Tie(
            first="wire.example",
            later="post.example",
            relation=Relation.REPRINT,
            stories=3,
            median_lag=timedelta(minutes=90),
        )
        return Ties(ties=[tie][:limit] if least <= tie.stories else [], complete=True, counted_since=since)

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        found = [
            StoredStory(
                key=self.world.key(story.id),
                story=story,
                cluster=self.world.cluster(story),
            )
            for story in reversed(self.world.stories())
            if wanted.words is None or set(wanted.words.whole) <= told(story.title)
            if wanted.source in {None, story.source}
            and wanted.url_key in {None, self.world.url_keys[story.id]}
            and (wanted.since is None or story.received_at >= wanted.since)
            and (wanted.until is None or story.received_at < wanted.until)
        ]
        shown, following = page(found, after, limit)
        return Page(items=cast("Sequence[StoredStory]", shown), next=following)

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        found = [
            each
            for each in clusters_of(self.world)
            if each.sources >= wanted.min_sources and each.size >= wanted.min_size
            if wanted.words is None or set(wanted.words.whole) <= told(each.title)
            if wanted.language is None or wanted.language == each.language
        ]
        shown, following = page(found, after, limit)
        return Page(items=cast("Sequence[ClusterSummary]", shown), next=following)

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        counts = sorted(Counter(story.source for story in self.world.stories()).items())
        shown, following = page(
            [SourceSummary(source=name, stories=count, first=0, reprinted=0) for name, count in counts], after, limit
        )
        return Page(items=cast("Sequence[SourceSummary]", shown), next=following)

    def person_verdicts(
        self, *, same: bool | None = None, after: Position | None = None, limit: int
    ) -> Page[PersonVerdict]:
        shown, following = page([one for one in self.world.said if same in {None, one.same}], after, limit)
        return Page(items=cast("Sequence[PersonVerdict]", shown), next=following)


class FakeStore:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    @contextmanager
    def reading(self) -> Iterator[FakeReading]:
        yield FakeReading(self.world)

    def session_secret(self) -> bytes:
        return b"a secret of the fake store"

    def stats(self) -> StoreStats:
        return StoreStats(stories=len(self.world.entries), clusters=0, matches=0, backlog=0, bytes=0)


class FakeReadiness:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def require(self) -> None:
        if self.world.failing is not None:
            raise self.world.failing
