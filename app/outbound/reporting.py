"""Reports beside requests: a connector is held against a domain in a thread of its own, however long that takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from threading import Thread
from typing import Any, Final

import structlog

from app.outbound.reconcile import Finding, Reconciliation
from app.outbound.task import Cause
from app.scim.errors import Conflict, ScimError
from app.store.reconcile_reports import MOST, ReconcileReports, Report

ABANDONED: Final = timedelta(hours=6)
"""A report that has been made for so long is not made any more: its process ended."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reporting:
    """Makes reports, and puts right what one found."""

    reconciliation: Reconciliation
    reports: ReconcileReports
    clock: Callable[[], datetime]
    threads: list[Thread] = field(default_factory=list, repr=False)

    def is_running(self, report: Report | None) -> bool:
        """Tell whether a report is being made."""
        return report is not None and report.ended is None and self.clock() - report.begun < ABANDONED

    def start(self, connector: str, domain: str, *, application: str, actor: str) -> None:
        """Begin a report; raise Conflict where one is being made."""
        if self.is_running(self.reports.get(connector)):
            raise Conflict(f"A report of {connector} is being made already.")
        self.reports.begin(connector, domain, application=application, actor=actor)
        thread = Thread(target=self.make, args=[connector], name=f"reconcile-{connector}", daemon=True)
        self.threads[:] = [each for each in self.threads if each.is_alive()] + [thread]
        thread.start()

    def make(self, connector: str) -> None:
        """Make a report that was begun."""
        begun = self.reports.get(connector)
        if begun is None:
            return
        counts: Counter[str] = Counter()
        kept: list[dict[str, Any]] = []
        error = ""
        try:
            report = self.reconciliation.report(connector, begun.domain, application=begun.application)
            for finding in report:
                counts[finding.kind] += 1
                if len(kept) < MOST:
                    kept.append(asdict(finding))
        except ScimError as refused:
            error = refused.detail
        except Exception:  # noqa: BLE001 - whoever waits for the report is told that there is none
            _log.exception("report_failed", connector=connector)
            error = "The report failed; the log tells why."
        self.reports.end(connector, counts, kept, error)

    def mend(self, report: Report, *, actor: str, deletes_foreign: bool) -> int:
        """Put what a report found into the outbox; each resource is looked at again when its turn comes."""
        cause = Cause(application=report.application, domain=report.domain, actor=actor)
        if report.total <= len(report.findings):
            found = [Finding(**{**each, "attributes": tuple(each["attributes"])}) for each in report.findings]
            return self.reconciliation.mend(report.connector, found, cause, deletes_foreign=deletes_foreign)
        again = self.reconciliation.report(report.connector, report.domain, application=report.application)
        return self.reconciliation.mend(report.connector, again, cause, deletes_foreign=deletes_foreign)
