"""One exit code out of several accounts' or rows' (UI-7)."""

from collections.abc import Sequence

from salesinbox.model.errors import Exit
from salesinbox.model.status import AccountReport


def joint(codes: Sequence[int]) -> int:
    """0 when all went well; the common reason when all failed for one; 6 when some went well, or partly."""
    failed = {int(code) for code in codes if code}
    if not failed:
        return Exit.DONE
    if len(failed) == 1 and all(codes):
        return failed.pop()
    return Exit.PARTLY if not all(codes) or Exit.PARTLY in failed else Exit.FAILED


def of_report(report: AccountReport) -> int:
    """An account's own code: 0 only if every folder's counts agree (ACC-7)."""
    if report.error:
        return report.exit or Exit.FAILED
    agreed = all(folder.ok and folder.server == folder.local for folder in report.folders)
    return Exit.DONE if agreed else Exit.PARTLY
