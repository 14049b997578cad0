"""An application without cleaning, signatures or a store, for tests of the web layer alone.

Two texts match when they are equal; a text that holds "explode" fails the way no text should.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import numpy as np

from service.domain.errors import ExtractionKilled, NotFound, TwicetoldError
from service.domain.model import (
    Cleaned,
    Credits,
    Kept,
    Match,
    PageMetadata,
    Relation,
    RemovedSpan,
    Revision,
    Story,
    Submission,
)
from service.usecases.answers import (
    CleanAnswer,
    ClusterAnswer,
    CompareAnswer,
    MatchAnswer,
    MatchesAnswer,
    NearMiss,
    SharedPassage,
    SignatureAnswer,
    StoryAnswer,
    SubmitAnswer,
    TextSpan,
)
from service.usecases.application import Application
from service.usecases.steps import Outcome
from service.usecases.stored import (
    BoilerplateStatus,
    ClusterEvent,
    ClusterFilter,
    ClusterMember,
    ClusterSummary,
    LearnedBlock,
    MatchedStory,
    Page,
    Position,
    SourceReport,
    SourceSummary,
    SourceTie,
    StoredStory,
    StoreStats,
    StoryFilter,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLUTTER = "Share Facebook Twitter"


def clean(submission: Submission) -> Cleaned:
    """Cut `CLUTTER` from the end of a text."""
    text = submission.html if submission.text is None else submission.text
    assert text is not None
    if "explode" in text:
        raise ZeroDivisionError("a secret inside")
    if "<hang>" in text:
        raise ExtractionKilled("the page took longer than 10 seconds", field="html")
    warnings = submission.warnings if text else (*submission.warnings, "nothing is left to match on")
    if not text.endswith(CLUTTER):
        return Cleaned(
            text=text, thin=not text, warnings=warnings, kept=(Kept(start=0, end=1, rule="ad", why="prose"),)
        )
    start = len(text) - len(CLUTTER)
    span = RemovedSpan(kind="share", rule="share-bar", start=start, end=len(text), text=CLUTTER, support=7)
    return Cleaned(text=text[:start], removed=(span,), credits=Credits(agencies=("Reuters",)), warnings=warnings)


@dataclass
class FakeWorld:
    """Stories in a dict, in order of arrival; every part of the application shares it."""

    entries: dict[str, list[Story]] = field(default_factory=dict)
    url_keys: dict[str, str | None] = field(default_factory=dict)
    failing: Exception | None = None
    chunks: list[int] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def story(self, story_id: str, *, name: str = "id") -> Story:
        if story_id not in self.entries:
            raise NotFound("no story has this id", field=name)
        return self.entries[story_id][-1]

    def stories(self) -> list[Story]:
        return [versions[-1] for versions in self.entries.values()]

    def key(self, story_id: str) -> int:
        return 1 + list(self.entries).index(story_id)

    def twins(self, text: str, *, but: str | None) -> list[Story]:
        return [story for story in self.stories() if text and story.text == text and story.id != but]

    def cluster(self, story: Story) -> ClusterSummary | None:
        together = [other for other in self.stories() if other.text == story.text]
        if len(together) < 2 or not story.text:
            return None
        first = min(together, key=told_at)
        return ClusterSummary(
            id=f"c-{first.id}",
            size=len(together),
            sources=len({other.source for other in together}),
            canonical_id=first.id,
            first_seen=told_at(first),
            last_seen=max(map(told_at, together)),
            title=first.title,
        )


def told_at(story: Story) -> datetime:
    return story.published_at or story.received_at


def page(items: Sequence[object], after: Position | None, limit: int) -> tuple[Sequence[object], Position | None]:
    start = cast("int", after[0]) if after else 0
    return items[start : start + limit], (start + limit,) if start + limit < len(items) else None


class FakeMatching:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def found(self, text: str, *, but: str | None, passages: bool) -> list[MatchAnswer]:
        shared = SharedPassage(a=TextSpan(0, len(text)), b=TextSpan(0, len(text)), words=len(text.split()), text=text)
        return [
            MatchAnswer(
                matched=MatchedStory(
                    match=Match(
                        a=0,
                        b=self.world.key(twin.id),
                        relation=Relation.EXACT,
                        why="the texts are equal",
                        jaccard=1.0,
                        a_in_b=1.0,
                        b_in_a=2 / 3,
                        longest_run=len(text.split()),
                    ),
                    story_id=twin.id,
                    url=twin.url,
                    source=twin.source,
                    title=twin.title,
                    published_at=twin.published_at,
                ),
                passages=[shared] if passages else None,
            )
            for twin in self.world.twins(text, but=but)
        ]

    def near(self) -> list[NearMiss]:
        return [NearMiss(story_id="near", jaccard=0.1, containment=0.1, contained=0.2, longest_run=3, why="too little")]

    def match(self, submission: Submission, *, passages: bool, explain: bool) -> MatchesAnswer:
        found = self.found(clean(submission).text, but=None, passages=passages)
        return MatchesAnswer(matches=found, total=len(found), near=self.near() if explain else None)

    def matches(
        self,
        story_id: str,
        *,
        relations: Sequence[Relation],
        threshold: float | None,
        explain: bool,
        passages: bool,
        after: Position | None,
        limit: int,
    ) -> MatchesAnswer:
        story = self.world.story(story_id)
        found = [
            match
            for match in self.found(story.text, but=story_id, passages=passages)
            if (not relations or match.matched.match.relation in relations)
            and (threshold is None or match.matched.match.jaccard >= threshold)
        ]
        shown, following = page(found, after, limit)
        return MatchesAnswer(
            matches=cast("Sequence[MatchAnswer]", shown),
            total=len(found),
            next=following,
            near=self.near() if explain else None,
        )

    def compare(self, a: Submission | str, b: Submission | str) -> CompareAnswer:
        texts = [
            self.world.story(side, name=f"{name}.story_id").text if isinstance(side, str) else clean(side).text
            for name, side in (("a", a), ("b", b))
        ]
        equal = texts[0] == texts[1]
        span = TextSpan(0, len(texts[0]))
        return CompareAnswer(
            jaccard=float(equal),
            a_in_b=float(equal),
            b_in_a=float(equal),
            relation=Relation.EXACT if equal else None,
            why="the texts are equal" if equal else "the texts differ",
            passages=[SharedPassage(a=span, b=span, words=3, text=texts[0])] if equal else [],
        )


class FakeSubmit:
    def __init__(self, world: FakeWorld, matching: FakeMatching) -> None:
        self.world = world
        self.matching = matching

    def submit(
        self, items: Sequence[Submission | TwicetoldError], *, passages: bool
    ) -> list[SubmitAnswer | TwicetoldError]:
        self.world.chunks.append(len(items))
        if self.world.failing is not None:
            raise self.world.failing
        return [item if isinstance(item, TwicetoldError) else self._one(item, passages) for item in items]

    def _one(self, submission: Submission, passages: bool) -> SubmitAnswer | TwicetoldError:
        try:
            cleaned = clean(submission)
        except TwicetoldError as error:
            return error
        versions = self.world.entries.setdefault(submission.id, [])
        known = versions[-1].text if versions else None
        outcome = Outcome.UNCHANGED if known == cleaned.text else Outcome.CHANGED if versions else Outcome.CREATED
        if outcome is not Outcome.UNCHANGED:
            versions.append(
                Story(
                    id=submission.id,
                    url=submission.url,
                    source=submission.source,
                    title=submission.title,
                    published_at=submission.published_at,
                    received_at=NOW + timedelta(seconds=len(self.world.entries)),
                    language=submission.language,
                    version=len(versions) + 1,
                    words=len(cleaned.text.split()),
                    text=cleaned.text,
                    removed=cleaned.removed,
                    credits=cleaned.credits,
                    thin=cleaned.thin,
                    warnings=cleaned.warnings,
                    metadata=submission.metadata,
                )
            )
            self.world.url_keys[submission.id] = submission.url_key
        story = versions[-1]
        found = self.matching.found(story.text, but=story.id, passages=passages)
        cluster = self.world.cluster(story)
        return SubmitAnswer(story=story, outcome=outcome, matches=found, total=len(found), cluster=cluster)


class FakeCleaning:
    def clean(self, submission: Submission, *, explain: bool) -> CleanAnswer:
        return CleanAnswer(cleaned=clean(submission), metadata=PageMetadata(title=submission.title))

    def signature(self, submission: Submission) -> SignatureAnswer:
        words = len(clean(submission).text.split())
        return SignatureAnswer(
            scheme="affine32",
            seed=1,
            permutations=4,
            shingle=3,
            normaliser=2,
            words=words,
            signature=np.array([1, 2, 3, 4294967295], dtype=np.uint32),
        )


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
        return StoryAnswer(story=story, cluster=self.world.cluster(story), revisions=revisions)

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        found = [
            StoredStory(
                key=self.world.key(story.id),
                story=story,
                probed=True,
                cluster=self.world.cluster(story),
            )
            for story in reversed(self.world.stories())
            if wanted.source in {None, story.source}
            and wanted.url_key in {None, self.world.url_keys[story.id]}
            and (wanted.since is None or story.received_at >= wanted.since)
            and (wanted.until is None or story.received_at < wanted.until)
        ]
        shown, following = page(found, after, limit)
        return Page(items=cast("Sequence[StoredStory]", shown), next=following)

    def _clusters(self) -> list[ClusterSummary]:
        found = {summary.id: summary for story in self.world.stories() if (summary := self.world.cluster(story))}
        return list(found.values())

    def cluster(self, cluster_id: str, *, after: Position | None, limit: int) -> ClusterAnswer:
        summary = next((summary for summary in self._clusters() if summary.id == cluster_id), None)
        if summary is None:
            raise NotFound("no cluster has this id", field="id")
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
                agencies=story.credits.agencies,
            )
            for story in sorted(self.world.stories(), key=told_at)
            if story.text == text
        ]
        shown, following = page(members, after, limit)
        return ClusterAnswer(
            summary=summary,
            members=cast("Sequence[ClusterMember]", shown),
            next=following,
            events=[ClusterEvent(cluster_id=cluster_id, at=NOW, event="created")],
            agencies=sorted({agency for member in members for agency in member.agencies}),
        )

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        found = [
            each for each in self._clusters() if each.sources >= wanted.min_sources and each.size >= wanted.min_size
        ]
        shown, following = page(found, after, limit)
        return Page(items=cast("Sequence[ClusterSummary]", shown), next=following)

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        counts = sorted(Counter(story.source for story in self.world.stories()).items())
        shown, following = page(
            [SourceSummary(source=name, stories=count, first=0, reprinted=0) for name, count in counts], after, limit
        )
        return Page(items=cast("Sequence[SourceSummary]", shown), next=following)

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
            reprinted_by=[SourceTie(source="other.example", stories=1)],
            boilerplate=[block],
        )

    def ready(self) -> None:
        if self.world.failing is not None:
            raise self.world.failing

    def stats(self) -> StoreStats:
        return StoreStats(stories=len(self.world.entries), clusters=0, matches=0, backlog=0, bytes=0)


class FakeForgetting:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def delete(self, story_id: str) -> None:
        self.world.story(story_id)
        del self.world.entries[story_id]

    def boilerplate(self, source: str, block_id: str, *, allow: bool) -> None:
        if block_id != "b1":
            raise NotFound("this source has no such learned block", field="id")
        self.world.allowed.append(f"{source} {allow}")


def fake_application(world: FakeWorld) -> Application:
    """The application over a world."""
    matching = FakeMatching(world)
    parts = {
        "submit": FakeSubmit(world, matching),
        "cleaning": FakeCleaning(),
        "matching": matching,
        "reports": FakeReports(world),
        "forgetting": FakeForgetting(world),
    }
    return cast("Application", SimpleNamespace(**parts))
