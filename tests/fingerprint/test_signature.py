import numpy as np
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.fingerprint.make import fingerprint, signature
from twicetold.domain.fingerprint.parameters import BANDS, FingerprintParameters
from twicetold.domain.fingerprint.shingles import grams, multipliers
from twicetold.domain.fingerprint.signature import fed, sign

WORDS = st.lists(st.integers(0, 2**32 - 1), min_size=3, max_size=300).map(lambda w: np.array(w, dtype=np.uint32))


@given(words=WORDS, seed=st.integers(0, 2**32 - 1))
def test_the_signature_is_datasketchs_own_value_for_value(words, seed):
    shingles = grams(words, multipliers(b"any", 3))
    theirs = MinHash(num_perm=128, seed=seed, scheme="affine32", hashfunc=int)
    theirs.update_batch(fed(shingles).tolist())
    assert np.array_equal(sign(shingles, FingerprintParameters(seed=seed)), theirs.hashvalues)


def test_a_text_longer_than_a_chunk_signs_like_datasketch_too():
    shingles = grams(np.arange(10_000, dtype=np.uint32), multipliers(b"any", 3))
    theirs = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=int)
    theirs.update_batch(fed(shingles).tolist())
    assert np.array_equal(sign(shingles, FingerprintParameters()), theirs.hashvalues)


def test_a_text_without_words_has_an_empty_signature_and_a_single_word_a_whole_one():
    words = np.arange(1, dtype=np.uint32)
    assert [len(signature(words[:size])) for size in (0, 1)] == [0, 128]


TEXT = "The harbour council met on Tuesday to hear why the new crane stood idle for most of the winter."


def test_equal_texts_have_equal_bands_and_another_secret_gives_others():
    plain, keyed = fingerprint(TEXT), fingerprint(TEXT, FingerprintParameters(secret=b"a secret"))
    assert np.array_equal(plain.bands, fingerprint(TEXT).bands)
    assert len(plain.bands) == BANDS
    assert not set(plain.bands.tolist()) & set(keyed.bands.tolist())
    assert not set(plain.passages.tolist()) & set(keyed.passages.tolist())
    assert plain.digest != keyed.digest


def test_the_identity_differs_with_every_parameter_and_hides_the_secret():
    parameters = [FingerprintParameters(), FingerprintParameters(seed=2), FingerprintParameters(secret=b"hidden")]
    assert len({p.identity for p in parameters}) == 3
    assert "hidden" not in parameters[2].identity + repr(parameters[2])


def test_fingerprints_are_the_same_in_every_process_and_release():
    found = fingerprint(TEXT)
    assert found.words[:3].tolist() == [4053919188, 2060780511, 4233047679]
    assert found.signature[:3].tolist() == [359849864, 170576506, 417633005]
    assert found.bands[:2].tolist() == [8381961230039127417, -1394807663614384676]
    assert found.passages[0] == -7016925471816481734
    assert found.digest.hex() == "d22b5d9a2a809560e10daa6e77e6d3f4"
