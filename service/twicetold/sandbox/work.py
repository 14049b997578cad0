"""What a child does with a task."""

from __future__ import annotations

from twicetold.domain import analysis
from twicetold.domain.fingerprint import signature
from twicetold.domain.matching.departures import departure
from twicetold.sandbox.protocol import (
    Analyse,
    Compare,
    Depart,
    Done,
    FindTerms,
    FindWords,
    Index,
    Learn,
    Locate,
    ReadQuery,
    Setup,
    Task,
)

_PAGE = b"<html><body><p>A short page</p></body></html>"
_TEXT = (
    "The harbour froze on Monday – for the first time in twenty years – and the ferries stayed in port."
    "\n\nShare Facebook Twitter E-Mail Print\n\n2 March 2026 (AFP)"
)
WARM_UP: tuple[Task, ...] = (
    Analyse(analysis.AnalysisInput(html=_PAGE)),
    Analyse(analysis.AnalysisInput(text=_TEXT, flat=True)),
)
"""They need all that is loaded late, such as lexicons and trafilatura's word lists of a hundred languages."""


def perform(task: Task, setup: Setup) -> Done:
    """Do it. Raises `ExtractionFailed` for a page that is refused."""
    match task:
        case Analyse(given):
            done = Done(analysis=analysis.analyse(given, setup.parameters, setup.limits))
        case Index(told, language, thin):
            done = Done(indexable=analysis.indexable(told, setup.parameters, language=language, thin=thin))
        case Learn(lessons):
            done = Done(learned=analysis.learn(lessons, setup.parameters))
        case Locate(texts):
            done = Done(located=analysis.locate(texts, setup.parameters))
        case Compare(texts):
            done = Done(changes=analysis.version_changes(texts, setup.parameters))
        case FindWords(stories):
            done = Done(found_by=[analysis.found_by(told) for told in stories])
        case FindTerms(told, language):
            return Done(terms=analysis.terms_of(told, setup.parameters, language=language))
        case ReadQuery(query):
            done = Done(query=analysis.read_query(query))
        case Depart(text, others):
            done = Done(departures=[departure(text, other) for other in others])
    return done


def prepare(setup: Setup) -> None:
    """Take the permutations as they were drawn: datasketch, which draws them, is more than a child should hold."""
    if len(setup.permutations):
        factors, offsets = setup.permutations.reshape(2, -1, 1)
        signature.keep_permutations(setup.parameters, (factors, offsets))
