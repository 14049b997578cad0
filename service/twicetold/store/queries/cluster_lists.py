"""Listing clusters by filters, at a cost that has a bound however many there are.

Each condition of a filter that has an index names the clusters that it lets through. If the fewest that one of them
names are at most SORTED, these alone are read, tested against all other conditions and sorted. Else clusters are read
in the order that is wanted, at most LOOKED_AT for a page. Both stores count alike, so they answer alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from twicetold.store.port import Session
from twicetold.store.queries.labelling import agency_label, language_label
from twicetold.store.queries.listing import page
from twicetold.store.queries.rows import CLUSTER_COLUMNS, ClusterRow, cluster_summary, stamp
from twicetold.store.queries.searching import found_latest
from twicetold.usecases.read_models import ClusterFilter, ClusterSort, ClusterSummary, Page, Position

SORTED = 10_000
"""Clusters that are sorted for a page."""
LOOKED_AT = 20_000
"""Clusters that are looked at for a page, in the order of an index."""

_LEAST_SIZE = 2
"""Stories and derived copies of the smallest clusters."""

_SORT_COLUMNS = {
    ClusterSort.RECENT: "last_seen",
    ClusterSort.SIZE: "size",
    ClusterSort.SOURCES: "all_sources",
    ClusterSort.FIRST_SEEN: "first_seen",
}


class _Condition(NamedTuple):
    """What one part of a filter asks of a row `c`; `named` selects the ids of those that it lets through, if quickly.

    `bounded` says that these are never more than SORTED, `ranged` that they follow one another in the wanted order.

    A test is written so that no engine takes an index or a join for it that would read all that it names: columns are
    added to, and subqueries compared as numbers.
    """

    test: str
    named: str = ""
    bounded: bool = False
    ranged: bool = False


def listed_clusters(
    session: Session, wanted: ClusterFilter, *, after: Position | None, limit: int
) -> Page[ClusterSummary]:
    """What `ports.Reading.clusters` does."""
    column = _SORT_COLUMNS[wanted.sort]
    conditions, values = _conditions(session, wanted)
    if after is not None:
        conditions.append(_Condition(f"(c.{column}, c.id) < (:after_value, :after_id)", ranged=True))
        values |= {"after_value": after[0], "after_id": after[1]}
    fewest = _fewest(session, conditions, values)
    if fewest is not None:
        end = None
        tests = ["c.id = named.id", *(condition.test for condition in conditions if condition is not fewest)]
        chosen = (
            f"(SELECT DISTINCT id FROM ({fewest.named}) AS each_of) AS named CROSS JOIN clusters c "
            f"{_where(tests)} ORDER BY c.{column} + 0 DESC, c.id DESC"
        )
    else:
        end = _end(session, conditions, values, column)
        if end is not None:
            conditions.append(_Condition(f"(c.{column}, c.id) >= (:end_value, :end_id)"))
            values |= {"end_value": end[0], "end_id": end[1]}
        tests = [condition.test for condition in conditions]
        chosen = f"clusters c {_where(tests)} ORDER BY c.{column} DESC, c.id DESC"
    rows = session.rows(
        f"SELECT {CLUSTER_COLUMNS} FROM (SELECT c.* FROM {chosen} LIMIT :limit) c "
        f"JOIN stories canonical ON canonical.key = c.canonical ORDER BY c.{column} DESC, c.id DESC",
        **values,
        limit=limit + 1,
    )
    found = [ClusterRow._make(row) for row in rows]
    told = page(found, limit, cluster_summary, lambda row: (getattr(row, column), row.id))
    return told if told.next is not None or end is None else Page(items=told.items, next=end, total=None)


def _where(tests: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(tests)}" if tests else ""


def cluster_conditions(session: Session, wanted: ClusterFilter) -> tuple[list[str], dict[str, object]]:
    """What a filter asks of a row `c`, and its values."""
    conditions, values = _conditions(session, wanted)
    return [condition.test for condition in conditions], values


def _fewest(session: Session, conditions: Sequence[_Condition], values: Mapping[str, object]) -> _Condition | None:
    """The condition that names the fewest clusters, if these can be sorted."""
    fewest, count = next((one for one in conditions if one.bounded), None), SORTED + 1
    for condition in conditions:
        if condition.named and not condition.bounded and not condition.ranged:
            counted = f"SELECT COUNT(*) FROM ({condition.named} LIMIT :most) AS some_of"
            ((number,),) = session.rows(counted, **values, most=count)
            if number < count:
                fewest, count = condition, number
    return fewest


def _end(
    session: Session, conditions: Sequence[_Condition], values: Mapping[str, object], column: str
) -> Position | None:
    """The last cluster that is looked at for a page; None where all are."""
    if all(condition.ranged for condition in conditions):
        return None
    tests = [condition.test for condition in conditions if condition.ranged]
    rows = session.rows(
        f"SELECT {column}, id FROM clusters c {_where(tests)} ORDER BY {column} DESC, id DESC LIMIT 2 OFFSET :more",
        **values,
        more=LOOKED_AT - 1,
    )
    return tuple(rows[0]) if len(rows) > 1 else None


def _conditions(session: Session, wanted: ClusterFilter) -> tuple[list[_Condition], dict[str, object]]:
    conditions, values = list[_Condition](), dict[str, object]()
    if wanted.min_size > _LEAST_SIZE:
        conditions.append(_Condition("c.size + c.derived >= :min_size"))
        values["min_size"] = wanted.min_size
    if wanted.min_sources > 1:
        conditions.append(_bounds("all_sources", [">= :min_sources"], wanted.sort))
        values["min_sources"] = wanted.min_sources
    for column, name, value in (
        ("source", "source", wanted.source),
        ("label", "language", None if wanted.language is None else language_label(wanted.language)),
        ("label", "agency", None if wanted.agency is None else agency_label(wanted.agency)),
    ):
        if value is not None:
            named = f"SELECT cluster_id AS id FROM cluster_{column}s WHERE {column} = :{name}"
            test = f"(SELECT COUNT(*) FROM cluster_{column}s WHERE {column} = :{name} AND cluster_id = c.id) > 0"
            conditions.append(_Condition(test, named))
            values[name] = value
    times = {">= :since": wanted.since, "< :until": wanted.until}
    if told := [bound for bound, time in times.items() if time is not None]:
        conditions.append(_bounds("last_seen", told, wanted.sort))
        values |= {bound.partition(":")[2]: stamp(time) for bound, time in times.items() if time is not None}
    if wanted.words is not None:
        named = (
            "SELECT cluster_id AS id FROM stories WHERE key IN (SELECT value FROM each(:found)) "
            "AND cluster_id IS NOT NULL"
        )
        conditions.append(_Condition(f"c.id IN ({named})", named, bounded=True))
        values["found"] = found_latest(session, wanted.words)
    return conditions, values


def _bounds(column: str, bounds: Sequence[str], sort: ClusterSort) -> _Condition:
    """What a column is bounded by."""
    ranged = _SORT_COLUMNS[sort] == column
    named = f"SELECT id FROM clusters WHERE {' AND '.join(f'{column} {bound}' for bound in bounds)}"
    test = " AND ".join(f"c.{column}{'' if ranged else ' + 0'} {bound}" for bound in bounds)
    return _Condition(test, named, ranged=ranged)
