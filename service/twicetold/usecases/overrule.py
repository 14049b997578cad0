"""People overrule: what a person says of two stories goes before what the service makes of their texts."""

from __future__ import annotations

from collections.abc import Iterator

from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.clusters import by_time
from twicetold.domain.matching.parameters import CROWD
from twicetold.usecases.derive import attach
from twicetold.usecases.ports import Clock, Recording, Store
from twicetold.usecases.read_models import PersonVerdict
from twicetold.usecases.record import Texts, recluster
from twicetold.usecases.report import stored_story
from twicetold.usecases.results import Label, LabelledText

_LABELS = 100
"""Labels read at a time."""


class Overruling:
    """Keeps the verdicts of people, and matches and clusters in step with them."""

    def __init__(self, store: Store, clock: Clock, parameters: FingerprintParameters) -> None:
        self._store = store
        self._clock = clock
        self._parameters = parameters

    def judge(
        self, a: str, b: str, *, same: bool | None, note: str | None = None, given_by: str | None = None
    ) -> list[PersonVerdict]:
        """Say that two stories are one report, or that they are not; None takes back what was said.

        Returns what was said of the two, the latest first. Raises `NotFound` for a story that is not stored, and where
        there is nothing to take back; `Invalid` for a story and itself.
        """
        if a == b:
            raise Invalid("a story is always one report with itself; name another story", field="b")
        with self._store.reading() as reading:
            keys = stored_story(reading, a, field="a").key, stored_story(reading, b, field="b").key
        now = self._clock()

        def give(recording: Recording) -> None:
            known = recording.features(recording.lock([a, b]))
            if gone := [name for name, key in zip("ab", keys, strict=True) if key not in known]:
                raise NotFound(f"the story {gone[0]} was just deleted; there is nothing to judge", field=gone[0])
            around = recording.components(keys, limit=CROWD)
            changed = recording.give_verdict(*keys, same, note=note, given_by=given_by, at=now)
            if same is None and not changed:
                raise NotFound("nobody has judged these two stories; there is nothing to take back", field="b")
            later = max((known[key] for key in keys), key=by_time).key
            self._match_anew(recording, *keys)
            left = {one.key for group in around if group.complete for one in group.members}
            moved = recluster(recording, sorted(left | set(keys)), self._parameters, changed=[later], now=now)
            attach(recording, moved | set(keys), now=now)

        self._store.record(give)
        return self.history(a, b)

    def history(self, a: str, b: str) -> list[PersonVerdict]:
        """What was said of two stories, the latest first. Raises `NotFound`, also where nothing was."""
        with self._store.reading() as reading:
            keys = [stored_story(reading, a, field="a").key, stored_story(reading, b, field="b").key]
            said = reading.person_verdicts_on(*keys)
        if not said:
            raise NotFound("nobody has judged these two stories", field="b")
        return said

    def labels(self) -> Iterator[Label]:
        """Every pair that people judged, with texts as a model is fitted to them."""
        after = None
        while True:
            with self._store.reading() as reading:
                page = reading.person_verdicts(after=after, limit=_LABELS)
                found = [(one, reading.story(one.a), reading.story(one.b)) for one in page.items]
            for said, a, b in found:
                if a is not None and b is not None and said.same is not None:
                    yield Label(a=LabelledText.of(a.story), b=LabelledText.of(b.story), same=said.same, note=said.note)
            if (after := page.next) is None:
                return

    def _match_anew(self, recording: Recording, a: int, b: int) -> None:
        recording.drop_match(a, b)
        recording.save(Texts(recording, self._parameters, recording.constraints([a])).matches(a, [b]))
