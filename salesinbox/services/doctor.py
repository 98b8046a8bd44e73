"""A look at everything that a rep's installation needs; each finding says what to do."""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.settings import Settings
from salesinbox.model.status import Check
from salesinbox.services.accounts import AccountService
from salesinbox.services.live import LiveService
from salesinbox.store.database import Database


class DoctorService:
    """`secrets` looks at where the accounts' passwords come from."""

    def __init__(
        self,
        database: Callable[[], Database],
        settings: Settings,
        data: Path,
        accounts: AccountService,
        secrets: Callable[[], list[Check]] = list,
    ) -> None:
        self._database = database
        self.settings = settings
        self.data = data
        self.accounts = accounts
        self.secrets = secrets
        self.live = LiveService(data, None)

    def checks(self) -> list[Check]:
        """Look at everything that a rep's installation needs; each finding says what to do."""
        return [
            *self._checks_of_machine(),
            *self.secrets(),
            *(
                Check(
                    _("account {name}").format(name=tried.name),
                    bool(tried.ok),
                    tried.detail,
                    "" if tried.ok else _("See [account.{kind}] in the configuration.").format(kind=tried.provider),
                )
                for tried in (self.accounts.test() if self.settings.accounts else [])
            ),
        ]

    def _checks_of_machine(self) -> list[Check]:
        version = ".".join(str(part) for part in sys.version_info[:3])
        checks = [Check("Python", sys.version_info >= (3, 11), version, _("Install Python 3.11 or later."))]
        with sqlite3.connect(":memory:") as memory:
            options = {row[0] for row in memory.execute("PRAGMA compile_options")}
        memory.close()
        checks.append(
            Check(
                "SQLite",
                "ENABLE_FTS5" in options,
                sqlite3.sqlite_version,
                _("Install an SQLite with full-text search (FTS5)."),
            )
        )
        try:
            database = self._database()
            found = database.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            loose = [path.name for path in self.data.iterdir() if path.stat().st_mode & 0o077]
        except (SalesInboxError, sqlite3.Error) as error:
            checks.append(Check(_("database"), False, str(error), _("Move it away; mail is fetched again.")))
        else:
            checks.append(
                Check(
                    _("database"),
                    found == "ok",
                    f"{database.path}: {found}",
                    _("Move it away; mail is fetched again."),
                )
            )
            checks.append(
                Check(
                    _("privacy of files"),
                    not loose,
                    ", ".join(loose) or "0600 / 0700",
                    _("chmod go-rwx {folder}/*").format(folder=self.data),
                )
            )
        free = shutil.disk_usage(self.data if self.data.exists() else Path.home()).free
        checks.append(Check(_("disk space"), free > 500_000_000, f"{free // 1_000_000:,} MB", _("Free some space.")))
        checks.append(
            Check(
                _("configuration"),
                bool(self.settings.accounts),
                str(self.settings.path or "–"),
                _("Add an [[account]]."),
            )
        )
        checks.append(
            Check(
                _("sync process"),
                True,
                _("running") if self.live.runs() else _("not running; the board starts one"),
            )
        )
        return checks
