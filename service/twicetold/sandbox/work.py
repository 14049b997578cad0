"""What a child does with a task."""

from __future__ import annotations

from twicetold.domain import analysis
from twicetold.domain.fingerprint import signature
from twicetold.sandbox.protocol import Analyse, Compare, Done, FindWords, Index, Locate, ReadQuery, Setup, Task

_PAGE = b"<html><body><p>A short page</p></body></html>"
_TEXT = (
    "The harbour froze on Monday – for the first time in twenty years – and the ferries stayed in port."
    "\n\nShare Facebook Twitter E-Mail Print\n\n2 March 2026 (AFP)"
)
WARM_UP: tuple[Task, ...] = (
    Analyse(analysis.AnalysisInput(html=_PAGE)),
    Analyse(analysis.AnalysisInput(text=_TEXT)),
)
"""They need all that is loaded late, such as lexicons and trafilatura's word lists of a hundred languages."""


def perform(task: Task, setup: Setup) -> Done:
    """Do it. Raises `ExtractionFailed` for a page that is refused."""
    match task:
        case Analyse(given):
            return Done(analysis=analysis.analyse(given, setup.parameters, setup.limits))
        case Index(told, removed, language, thin):
            return Done(indexable=analysis.indexable(told, removed, setup.parameters, language=language, thin=thin))
        case Locate(texts):
            return Done(located=analysis.locate(texts, setup.parameters))
        case Compare(texts):
            return Done(changes=analysis.version_changes(texts, setup.parameters))
        case FindWords(stories):
            return Done(found_by=[analysis.found_by(told) for told in stories])
        case ReadQuery(query):
            return Done(query=analysis.read_query(query))


def prepare(setup: Setup) -> None:
    """Take the permutations as they were drawn: datasketch, which draws them, is more than a child should hold."""
    if len(setup.permutations):
        factors, offsets = setup.permutations.reshape(2, -1, 1)
        signature.keep_permutations(setup.parameters, (factors, offsets))
