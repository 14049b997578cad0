"""Learned boilerplate: which blocks a submitted story counts towards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.domain.cleaning.learned import Block, blocks
from service.domain.model import Relation
from service.usecases.ports import Draft, Sighting
from service.usecases.probe import Judged

SAME_STORY = frozenset({Relation.EXACT, Relation.REPRINT, Relation.VERSION, Relation.EXCERPT_OF, Relation.CONTAINS})


def sightings(stories: Mapping[int, Draft], verdicts: Mapping[int, Sequence[Judged]]) -> list[Sighting]:
    """The blocks of new stories, those cut as learned included.

    A story that near-matches another one of its source does not count: two copies of one article must never teach the
    service to delete it.
    """
    return [
        Sighting(
            source=draft.story.source,
            block=block.hash,
            text=block.text,
            key=key,
            day=draft.story.received_at.date(),
        )
        for key, draft in stories.items()
        if not _is_copy(draft, verdicts[key])
        for block in _blocks(draft)
    ]


def _is_copy(draft: Draft, verdicts: Sequence[Judged]) -> bool:
    return any(one.verdict.relation in SAME_STORY and one.evidence.source == draft.story.source for one in verdicts)


def _blocks(draft: Draft) -> list[Block]:
    story = draft.story
    cut = [block for span in story.removed if span.kind == "boilerplate" for block in blocks(span.text)]
    return [*blocks(story.text), *cut]
