"""Learned boilerplate: which blocks a submitted story counts towards."""

from __future__ import annotations

from collections.abc import Mapping

from twicetold.domain.cleaning.learned import LearnableBlock, blocks
from twicetold.usecases.pipeline import BlockOccurrence, Draft


def occurrences(stories: Mapping[int, Draft]) -> list[BlockOccurrence]:
    """The blocks of new stories, by key; those cut as learned are seen as well, or they would expire."""
    return [
        BlockOccurrence(
            source=draft.story.source,
            block=block.hash,
            text=block.text,
            key=key,
            day=draft.story.received_at.date(),
        )
        for key, draft in stories.items()
        for block in _blocks(draft)
    ]


def _blocks(draft: Draft) -> list[LearnableBlock]:
    story = draft.story
    cut = [block for span in story.removed if span.support is not None for block in blocks(span.text)]
    return [*blocks(story.text), *cut]
