from __future__ import annotations

import pytest

from service.store.open import migrate, open_store

SCHEME = "affine32/128/seed 1/k 3/normaliser 1"


@pytest.fixture(params=["sqlite"])
def store_url(request, tmp_path):
    """The URL of an empty store, migrated, on each engine."""
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url, scheme=SCHEME)
    return url


@pytest.fixture
def store(store_url):
    opened = open_store(store_url, scheme=SCHEME)
    yield opened
    opened.close()
