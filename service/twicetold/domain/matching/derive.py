"""What derives from what: of two texts tied as excerpt, extension, rewrite or quotation the one told later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from twicetold.domain.matching.clusters import Turn
from twicetold.domain.model import Relation


class Kin(Struct, frozen=True, kw_only=True):
    """A story as those see it that may derive from it.

    told: its own turn; began: that of the canonical story of its cluster, its own without one. sole: whether it is
    alone in its cluster. derives: whether it is on record as derived from another story.
    """

    key: int
    story_id: str
    told: Turn
    began: Turn
    cluster_id: str | None
    sole: bool
    derives: bool


class KinTie(Struct, frozen=True, gc=False):
    """A tie by which story `a` may derive from `b`; `relation` is what a is to b."""

    a: int
    b: int
    relation: Relation


class Derivation(Struct, frozen=True, gc=False):
    """That `story` derives from `original`; `relation` is what it is to that."""

    story: int
    original: int
    relation: Relation


def derives(ties: Iterable[KinTie], kin: Mapping[int, Kin]) -> bool:
    """Whether a story, by all its ties, is a copy that was cut, extended or reworked. A quotation makes none."""
    return any(tie.relation.derives for tie in _origins(ties, kin))


def derivations(ties: Iterable[KinTie], kin: Mapping[int, Kin], copies: Collection[int]) -> list[Derivation]:
    """What a story derives from, by all its ties: from each cluster once, and from each story that may found one.

    `copies` are derived themselves: such a story founds no cluster, and only a story that derives from nothing else is
    said to derive from it. So nothing chains.
    """
    best: dict[object, KinTie] = {}
    chained: list[KinTie] = []
    for tie in sorted(_origins(ties, kin), key=lambda tie: _preference(tie, kin)):
        original = kin[tie.b]
        if original.cluster_id is not None and not (original.sole and tie.b in copies):
            best.setdefault(original.cluster_id, tie)
        elif tie.b in copies:
            chained.append(tie)
        else:
            best.setdefault(tie.b, tie)
    return [Derivation(tie.a, tie.b, tie.relation) for tie in (*best.values(), *chained[: not best])]


def founders(found: Iterable[Derivation], kin: Mapping[int, Kin], copies: Collection[int]) -> list[Kin]:
    """Give the stories that found a cluster alone: others derive from them, they have none and derive from nothing."""
    originals: Sequence[int] = sorted({one.original for one in found if one.relation.derives})
    return [kin[key] for key in originals if kin[key].cluster_id is None and key not in copies]


def _origins(ties: Iterable[KinTie], kin: Mapping[int, Kin]) -> list[KinTie]:
    """The ties to what was told before: a cluster counts as told with its canonical story."""
    return [
        tie
        for tie in ties
        if tie.a in kin
        and tie.b in kin
        and kin[tie.b].began < kin[tie.a].began
        and not _together(kin[tie.a], kin[tie.b])
    ]


def _together(a: Kin, b: Kin) -> bool:
    return a.cluster_id is not None and a.cluster_id == b.cluster_id


def _preference(tie: KinTie, kin: Mapping[int, Kin]) -> tuple[bool, Turn]:
    """Copies before quotations, then the original told first."""
    return not tie.relation.derives, kin[tie.b].told
