"""What fingerprints depend on: two are comparable only when made with the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from twicetold.domain.fingerprint.normalise import NORMALISER

SHINGLE = 3
"""Words in a shingle. Of 3, 4 and 5 the one whose Jaccard still tells a reprint with 10 % of the words changed."""
PERMUTATIONS = 128
BANDS = 32
ROWS = 4
"""A pair becomes a candidate with probability 1 - (1 - J^4)^32: .87 at J .5, .988 at .6, .9998 at .7."""
PASSAGE_GRAM = 5
PASSAGE_WINDOW = 16
"""Any shared run of PASSAGE_GRAM + PASSAGE_WINDOW - 1 = 20 words shares a key, at about 2/17 keys a word."""
SHORT_TEXT = 64
SHORT_WINDOW = 4
"""Texts of so few words have keys closer together: 8 shared words in a row share one, as a brief has between edits.
What a long text shares with it is found as before: the smallest of a window is the smallest of every part it is in."""
FEWEST_WORDS = 12
"""Shorter texts match only exactly."""
FEWEST_KEYED = 5
"""Still shorter ones get no signature, bands or passages: too little stands around an edit to share a key."""


@dataclass(frozen=True)
class FingerprintParameters:
    """How texts are fingerprinted.

    seed: of the MinHash permutations (as in `datasketch.MinHash(seed=…)`).
    secret: keys every hash. Without one, a writer who knows this program can make texts that collide on purpose.
    """

    seed: int = 1
    secret: bytes = field(default=b"", repr=False)
    permutations: int = PERMUTATIONS
    shingle: int = SHINGLE
    normaliser: int = NORMALISER
    scheme: str = "affine32"

    @property
    def identity(self) -> str:
        """One line that differs whenever fingerprints would; of the secret it tells only whether it is the same."""
        proof = (
            hashlib.blake2b(self.secret, digest_size=8, person=b"tt-identity").hexdigest() if self.secret else "none"
        )
        return (
            f"minhash={self.scheme}/{self.permutations} seed={self.seed} bands={BANDS}x{ROWS} shingle={self.shingle} "
            f"winnow={PASSAGE_GRAM}/{PASSAGE_WINDOW} short={SHORT_WINDOW}/{SHORT_TEXT} "
            f"normaliser={self.normaliser} secret={proof}"
        )

    def key(self, purpose: str) -> bytes:
        """32 bytes for keying the hashes of one purpose."""
        return hashlib.blake2b(purpose.encode(), key=self.secret_key, digest_size=32).digest()

    @property
    def secret_key(self) -> bytes:
        """The secret at the length that BLAKE2 takes, whatever its own."""
        return hashlib.blake2b(self.secret).digest()
