"""`/ui/sources`: who is first and who reprints whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from twicetold.usecases.application import Application
from twicetold.usecases.ports import Clock
from twicetold.usecases.read_models import BoilerplateStatus, Page, PartnerWeek, SourceSummary, Tie, Ties
from twicetold.usecases.report import Bucket
from twicetold.web.api.submissions import checked_source
from twicetold.web.ui.drawing import spark, step_of
from twicetold.web.ui.forms import filters
from twicetold.web.ui.overview import DAYS, plots
from twicetold.web.ui.rendering import lag, page

READ = 1_000
"""Sources that a leaderboard is made of, the first by name."""
SHOWN = 100
WEEKS = 26
"""Weeks that the partners of a source are drawn over, this one the last."""
WINDOW = timedelta(days=30)
"""Before now: what the matrix counts, by publication of the later story."""
TIES = 2_000
KEPT = timedelta(seconds=20)
WIDTH = 20
"""Rows and columns of the matrix, those with most stories in common."""

SORTS = ("first", "reprinted", "cut", "extended", "reworked", "stories")


class Counted(NamedTuple):
    """What the screen shows of all sources: those of a leaderboard, and the ties of the last WINDOW."""

    at: datetime
    sources: Page[SourceSummary]
    ties: Ties


class Counting:
    """Counts sources and ties again after a while: that reads up to 40,000 stories and all derived copies."""

    def __init__(self, application: Application, clock: Clock) -> None:
        self._application = application
        self._clock = clock
        self._lock = Lock()
        self._counted: Counted | None = None

    def read(self) -> Counted:
        """What was counted last, at most KEPT ago."""
        with self._lock:  # who asks while they are counted waits for that, rather than counting too
            now = self._clock()
            if self._counted is None or not self._counted.at <= now < self._counted.at + KEPT:
                with self._application.store.reading() as reading:
                    self._counted = Counted(
                        now,
                        reading.sources(after=None, limit=READ),
                        reading.ties(since=now - WINDOW, until=None, least=1, limit=TIES),
                    )
            return self._counted


class Cell(NamedTuple):
    """How often one source carried what another had first."""

    stories: int
    step: int
    label: str


class Matrix(NamedTuple):
    """Who reprints whom: a row a source that comes later, a column a source that was first."""

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


def install(screens: Blueprint, application: Application, clock: Clock) -> None:
    """Add the screens of sources."""
    counting = Counting(application, clock)

    @screens.get("/ui/sources")
    def source_list() -> Response:
        query = filters(request, known=("sort", "of"))
        by = query.choice("sort", {name: name for name in SORTS}, default="first")
        of = query.text("of")
        counted_at, found, ties = counting.read()
        since = counted_at - WINDOW
        rows = sorted(found.items, key=lambda each: (-getattr(each, by), -each.first, each.source))[:SHOWN]
        return page(
            "sources.html",
            rows=rows,
            total=len(found.items),
            more=found.next is not None,
            most=max(map(_told, rows), default=0),
            sorted_by=by,
            matrix=matrix(ties.ties, of=None if of is None else checked_source(of)),
            of=of,
            counted_since=since if ties.complete else max(since, ties.counted_since or since),
        )

    @screens.get("/ui/sources/<source>", endpoint="source")
    def one(source: str) -> Response:
        report, now = application.reports.source(source), clock()
        monday = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=now.weekday())
        since = monday - timedelta(weeks=WEEKS - 1)
        with application.store.reading() as reading:
            weeks, complete = reading.partner_weeks(source, since=since)
        days = application.reports.timeline(Bucket.DAY, since=now - DAYS, until=None, source=source)
        return page(
            "source.html",
            report=report,
            after=sparks([week for week in weeks if not week.first], since),
            before=sparks([week for week in weeks if week.first], since),
            weeks=WEEKS,
            complete=complete,
            plots=plots(days),
            matrix_link=url_for("ui.source_list", of=source, _anchor="matrix"),
            allowed=BoilerplateStatus.ALLOWED,
        )


def sparks(weeks: Sequence[PartnerWeek], since: datetime) -> dict[str, Markup]:
    """By partner its stories of WEEKS weeks from a Monday on, drawn."""
    counts = dict[str, list[int]]()
    for week in weeks:
        number = (week.start - since) // timedelta(weeks=1)
        if 0 <= number < WEEKS:
            counts.setdefault(week.other, [0] * WEEKS)[number] += week.stories
    return {other: spark(values, label=_weekly(values, since)) for other, values in counts.items()}


def _weekly(values: Sequence[int], since: datetime) -> str:
    most = max(values)
    when = since + values.index(most) * timedelta(weeks=1)
    return f"{sum(values):,} in {WEEKS} weeks, most in the week of {when.day} {when:%b}: {most:,}"


def matrix(ties: Sequence[Tie], *, of: str | None) -> Matrix:
    """The sources with most ties and what these are; with `of` only those of one source."""
    kept = [tie for tie in ties if of is None or of in {tie.first, tie.later}]
    firsts, laters = Counter[str](), Counter[str]()
    together, lags = Counter[tuple[str, str]](), dict[tuple[str, str], timedelta]()
    for tie in kept:
        pair = tie.later, tie.first
        firsts[tie.first] += tie.stories
        laters[tie.later] += tie.stories
        together[pair] += tie.stories
        lags.setdefault(pair, tie.median_lag)  # that of the relation with most stories, for these come first
    columns = [name for name, _ in firsts.most_common(WIDTH)]
    names = [name for name, _ in laters.most_common(WIDTH)]
    most = max(together.values(), default=0)
    return Matrix(columns, [(name, [_cell(name, first, together, lags, most) for first in columns]) for name in names])


def _cell(
    later: str, first: str, together: Counter[tuple[str, str]], lags: dict[tuple[str, str], timedelta], most: int
) -> Cell:
    stories = together[later, first]
    if not stories:
        return Cell(0, 0, "")
    what = "story" if stories == 1 else "stories"
    return Cell(stories, step_of(stories, most), f"{later} after {first}: {stories} {what}, {lag(lags[later, first])}")


def _told(source: SourceSummary) -> int:
    return source.first + source.reprinted
