"""When housekeeping works, and which of several workers does."""

from datetime import timedelta
from queue import Empty, Queue

import pytest
from twicetold.domain.errors import ExtractionKilled, Unavailable
from twicetold.server.housekeeping import Housekeeper
from twicetold.usecases.submit import BACKLOG_PATIENCE

NEVER = 3600.0


class Work:
    """Notes what it was asked for."""

    def __init__(self, *, fails=None):
        self.matched, self.rounds, self.pruned = Queue(), Queue(), Queue()
        self._fails = fails
        self.submit = self.searching = self.settling = self.forgetting = self.changes = self.store = self
        self.forgotten, self.compacted = Queue(), Queue()

    def match_backlog(self, *, patience):
        self.matched.put(patience)
        if self._fails:
            failure, self._fails = self._fails, None
            raise failure
        return 0

    def enter_waiting(self):
        return 0

    def round(self):
        self.rounds.put(1)
        return 0

    def forget(self, *, older_than):
        self.forgotten.put(older_than)

    def prune(self, *, older_than):
        self.pruned.put(older_than)
        return 0

    def compact(self):
        self.compacted.put(1)


@pytest.fixture
def keep(tmp_path):
    started = []

    def start(work, *, seconds=NEVER, retention=None):
        housekeeper = Housekeeper(
            work,
            tmp_path / "lock",
            seconds=seconds,
            retention=retention,
            changes_kept=timedelta(days=7),
        )
        started.append(housekeeper)
        housekeeper.start()
        return housekeeper

    yield start
    for housekeeper in started:
        housekeeper.stop()


def test_what_a_crash_left_is_matched_when_a_server_starts_however_young(keep):
    work = Work()
    keep(work)
    assert work.matched.get(timeout=20) == timedelta(0)


def test_what_rests_on_what_is_stored_is_judged_again_round_by_round(keep):
    work = Work()
    keep(work, seconds=0.01)
    assert [work.rounds.get(timeout=20) for _ in range(3)] == [1, 1, 1]


def test_stories_of_workers_that_live_are_left_to_them_for_a_while(keep):
    work = Work()
    keep(work, seconds=0.01)
    assert [work.matched.get(timeout=20) for _ in range(3)] == [timedelta(0), BACKLOG_PATIENCE, BACKLOG_PATIENCE]


def test_one_of_several_workers_does_it_and_another_takes_over_when_it_is_gone(keep):
    first, second = Work(), Work()
    housekeeper = keep(first)
    first.matched.get(timeout=20)
    keep(second, seconds=0.01)
    with pytest.raises(Empty):
        second.matched.get(timeout=0.3)
    housekeeper.stop()
    assert second.matched.get(timeout=20) == BACKLOG_PATIENCE


def test_what_failed_is_tried_again(keep):
    work = Work(fails=Unavailable("not now"))
    keep(work, seconds=0.01)
    assert [work.matched.get(timeout=20) for _ in range(2)]


@pytest.mark.parametrize("failure", [ExtractionKilled("a text took too long"), ZeroDivisionError()])
def test_what_fails_keeps_no_other_work_from_being_done(keep, failure):
    work = Work(fails=failure)
    keep(work, retention=timedelta(days=30))
    assert [each.get(timeout=20) for each in (work.rounds, work.pruned, work.compacted)] == [1, timedelta(days=30), 1]


def test_stories_past_their_retention_are_forgotten_at_once_and_not_each_time(keep):
    work = Work()
    keep(work, seconds=0.01, retention=timedelta(days=30))
    assert work.pruned.get(timeout=20) == timedelta(days=30)
    for _ in range(3):
        work.matched.get(timeout=20)
    assert work.pruned.empty()


def test_without_retention_nothing_is_forgotten(keep):
    work = Work()
    keep(work, seconds=0.01)
    for _ in range(3):
        work.matched.get(timeout=20)
    assert work.pruned.empty()


def test_changes_are_forgotten_after_their_time(keep):
    work = Work()
    keep(work)
    assert work.forgotten.get(timeout=10) == timedelta(days=7)
