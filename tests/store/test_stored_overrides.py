"""What operators want of sources, as stores keep it."""

from __future__ import annotations

from twicetold.domain.model import Override, OverrideAction
from twicetold.store.open import open_store

from tests.store.conftest import SCHEME
from tests.store.samples import asked

BOX = Override(action=OverrideAction.CUT, selector="aside.box")
POINTS = Override(action=OverrideAction.KEEP, block="Ключевые моменты")


def test_the_overrides_of_a_source_are_replaced_as_a_whole(store):
    store.put_overrides("herald.example", [BOX])
    store.put_overrides("gazette.example", [BOX])
    store.put_overrides("herald.example", [POINTS, BOX])
    assert asked(store).overrides(["herald.example", "other"]) == {"herald.example": (POINTS, BOX)}


def test_no_override_is_kept_of_none(store):
    store.put_overrides("herald.example", [BOX])
    store.put_overrides("herald.example", [])
    assert asked(store).overrides(["herald.example"]) == {}


def test_a_backup_has_the_overrides(store, tmp_path):
    store.put_overrides("herald.example", [BOX])
    store.backup(tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path}/copy.db", scheme=SCHEME)
    assert asked(copy).overrides(["herald.example"]) == {"herald.example": (BOX,)}
    copy.close()
