"""What a backup wrote, and what became of it when it was restored."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from salesinbox.model.records import RowError


@dataclass(frozen=True, slots=True)
class BackupReport:
    """`counts` by kind of record ("leads", "tasks" …); `files` are the files of records; `size` in bytes."""

    folder: Path
    counts: Mapping[str, int]
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """`counts` are the records in the backup by kind; of them `created` are new here.

    `attached` choices (links, snoozes, columns of threads …) found the mail that they are about; `waiting` ones did
    not: their mail is not here yet, and restoring the same backup again attaches them once it is.
    """

    counts: Mapping[str, int]
    created: int = 0
    updated: int = 0
    skipped: int = 0
    attached: int = 0
    waiting: int = 0
    moved: int = 0
    errors: tuple[RowError, ...] = ()
