"""Cleaning and signing a text without storing anything."""

from __future__ import annotations

from twicetold.domain.fingerprint.make import signature
from twicetold.domain.model import Submission
from twicetold.usecases.ports import Clock
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.results import CleanAnswer, SignatureAnswer


class Cleaning:
    """`/v1/clean` and `/v1/signature`."""

    def __init__(self, preparation: Preparation, clock: Clock) -> None:
        self._preparation = preparation
        self._clock = clock

    def clean(self, submission: Submission, *, explain: bool, markdown: bool) -> CleanAnswer:
        """The cleaned text and every cut. Raises `ExtractionFailed`.

        `explain` adds the blocks that were nearly cut, `markdown` the cleaned text so written.
        """
        answer, _ = self._preparation.clean(submission, now=self._clock(), explain=explain, markdown=markdown)
        return answer

    def signature(self, submission: Submission) -> SignatureAnswer:
        """The MinHash signature of the cleaned text. Raises `ExtractionFailed`.

        Short and thin texts have one too, although the service itself matches them only exactly.
        """
        _, analysis = self._preparation.clean(submission, now=self._clock())
        parameters = self._preparation.parameters
        words = analysis.indexable.fingerprint.words
        return SignatureAnswer(
            scheme=parameters.scheme,
            seed=parameters.seed,
            permutations=parameters.permutations,
            shingle=parameters.shingle,
            normaliser=parameters.normaliser,
            words=len(words),
            signature=signature(words, parameters),
        )
