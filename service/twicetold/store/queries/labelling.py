"""Languages and agencies of clusters, counted while stories move, so that clusters can be listed by them.

`cluster_labels` has for each cluster the languages of its members and the agencies that these credit, each as one
label, with the number of members. A language is its primary subtag (RFC 5646), for near-duplicates are of one language
however it was declared. Letters of ASCII are small in labels: SQLite's `lower` and that of the C collation fold no
others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twicetold.store.port import Session
from twicetold.store.queries.rows import agencies_of, storable

LANGUAGE, AGENCY = "language ", "agency "
"""What labels begin with."""
LISTED = 200
"""Labels of one kind that are listed."""

_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def language_label(language: str) -> str:
    """The label of a language tag."""
    return LANGUAGE + language.partition("-")[0].translate(_SMALL)


def agency_label(agency: str) -> str:
    """The label of an agency."""
    return AGENCY + storable(agency).translate(_SMALL)


@contextmanager
def counting_labels(session: Session, keys: Sequence[int]) -> Iterator[None]:
    """Count what the block changes of the clusters, languages and agencies of these stories."""
    before = _labels(session, keys)
    yield
    changes = _labels(session, keys)
    changes.subtract(before)
    count_labels(session, changes)


def count_labels(session: Session, changes: Counter[tuple[str, str]]) -> None:
    """Add to what clusters count, by label and cluster."""
    rows = sorted((label, cluster_id, count) for (label, cluster_id), count in changes.items() if count)
    session.insert(
        "cluster_labels",
        "label, cluster_id, stories",
        rows,
        "ON CONFLICT (label, cluster_id) DO UPDATE SET stories = cluster_labels.stories + excluded.stories",
    )
    if any(count < 0 for _, _, count in rows):
        session.run(
            "DELETE FROM cluster_labels WHERE label IN (SELECT value FROM each_text(:labels)) "
            "AND cluster_id IN (SELECT value FROM each_text(:clusters)) AND stories <= 0",
            labels=sorted({label for label, _, _ in rows}),
            clusters=sorted({cluster_id for _, cluster_id, _ in rows}),
        )


def _labels(session: Session, keys: Sequence[int]) -> Counter[tuple[str, str]]:
    """How many of these stories give each label to a cluster."""
    if not keys:
        return Counter()
    rows = session.rows(
        "SELECT cluster_id, language, agencies FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
        f"AND cluster_id IS NOT NULL ORDER BY key {session.for_update}",
        keys=sorted(keys),
    )
    counts = Counter[tuple[str, str]]()
    for cluster_id, language, agencies in rows:
        counts.update((label, cluster_id) for label in labels_of(language, agencies))
    return counts


def labels_of(language: str | None, agencies: str | None) -> set[str]:
    """The labels of a story, by the columns of its row."""
    named = {agency_label(agency) for agency in agencies_of(agencies)}
    return named | {language_label(language)} if language else named


def labels(session: Session, beginning: str) -> list[str]:
    """The first LISTED labels that begin so, without the beginning: one look into the index for each."""
    rows = session.rows(
        "WITH RECURSIVE found (label, number) AS ("
        "SELECT (SELECT MIN(label) FROM cluster_labels WHERE label > :beginning AND label < :end), 1 UNION ALL "
        "SELECT (SELECT MIN(label) FROM cluster_labels WHERE label > found.label AND label < :end), number + 1 "
        "FROM found WHERE found.label IS NOT NULL AND number < :most) "
        "SELECT label FROM found WHERE label IS NOT NULL ORDER BY label",
        beginning=beginning,
        end=beginning[:-1] + "!",  # follows a blank
        most=LISTED,
    )
    return [label.removeprefix(beginning) for (label,) in rows]
