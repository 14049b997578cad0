"""Everything the service can do, in one place for the entry points."""

from __future__ import annotations

from dataclasses import dataclass

from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.usecases.changes import Changes
from twicetold.usecases.choose_canonical import Choosing
from twicetold.usecases.clean import Cleaning
from twicetold.usecases.compare import Matching
from twicetold.usecases.evidence import Evidence
from twicetold.usecases.forget import Forgetting
from twicetold.usecases.overrule import Overruling
from twicetold.usecases.ports import Analyser, Clock, Encoder, Observer, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.readiness import Readiness
from twicetold.usecases.reclean import Recleaning
from twicetold.usecases.refingerprint import Refingerprinting
from twicetold.usecases.relate import Relating
from twicetold.usecases.report import Reports
from twicetold.usecases.search import Searching
from twicetold.usecases.settle import Settling
from twicetold.usecases.source_overrides import SourceOverrides
from twicetold.usecases.spread import Spreads
from twicetold.usecases.submit import Submit


@dataclass(frozen=True)
class Application:
    """The use cases, wired to one store."""

    store: Store
    preparation: Preparation
    submit: Submit
    cleaning: Cleaning
    matching: Matching
    reports: Reports
    changes: Changes
    searching: Searching
    relating: Relating
    spreads: Spreads
    forgetting: Forgetting
    overruling: Overruling
    choosing: Choosing
    recleaning: Recleaning
    settling: Settling
    refingerprinting: Refingerprinting
    readiness: Readiness
    source_overrides: SourceOverrides

    def close(self) -> None:
        """Release threads and connections."""
        self.readiness.stop()
        self.changes.stop()
        self.preparation.close()
        self.store.close()


def assemble(
    store: Store,
    analyser: Analyser,
    parameters: FingerprintParameters,
    clock: Clock,
    observer: Observer,
    *,
    keep_pages: int = 0,
    encoder: Encoder | None = None,
) -> Application:
    """Wire the use cases to their world; pages of up to `keep_pages` bytes, compressed, are kept with their stories."""
    preparation = Preparation(analyser, store, parameters, observer, keep_pages=keep_pages)
    evidence = Evidence(store, analyser)
    submit = Submit(store, preparation, evidence, clock, observer)
    recleaning = Recleaning(store, preparation, submit)
    return Application(
        store=store,
        preparation=preparation,
        submit=submit,
        cleaning=Cleaning(preparation, clock),
        matching=Matching(store, preparation, evidence, clock),
        reports=Reports(store, analyser, clock),
        changes=Changes(store, clock),
        searching=Searching(store, analyser),
        relating=Relating(store, preparation, clock, encoder),
        spreads=Spreads(store, evidence, analyser),
        forgetting=Forgetting(store, clock, parameters),
        choosing=Choosing(store, clock),
        overruling=Overruling(store, clock, parameters),
        recleaning=recleaning,
        settling=Settling(store, preparation, submit, recleaning, clock),
        refingerprinting=Refingerprinting(store, preparation, submit, clock),
        readiness=Readiness(store, analyser),
        source_overrides=SourceOverrides(store),
    )
