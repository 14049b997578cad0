"""Everything the service can do, in one place for the entry points."""

from __future__ import annotations

from dataclasses import dataclass

from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.usecases.clean import Cleaning
from twicetold.usecases.compare import Matching
from twicetold.usecases.forget import Forgetting
from twicetold.usecases.ports import Clock, Extractor, Observer, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.reclean import Recleaning
from twicetold.usecases.report import Reports
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
    forgetting: Forgetting
    recleaning: Recleaning

    def close(self) -> None:
        """Release threads and connections."""
        self.preparation.close()
        self.store.close()


def assemble(
    store: Store,
    extractor: Extractor,
    parameters: FingerprintParameters,
    clock: Clock,
    observer: Observer,
    *,
    parallel: int,
) -> Application:
    """Wire the use cases to their world; `parallel` pages are extracted at a time."""
    preparation = Preparation(extractor, store, parameters, observer, parallel=parallel)
    submit = Submit(store, preparation, clock, observer)
    return Application(
        store=store,
        preparation=preparation,
        submit=submit,
        cleaning=Cleaning(preparation, clock),
        matching=Matching(store, preparation, clock),
        reports=Reports(store, clock),
        forgetting=Forgetting(store, clock, parameters),
        recleaning=Recleaning(store, preparation, submit, clock),
    )
