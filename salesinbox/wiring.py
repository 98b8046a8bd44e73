"""The only module that constructs things: settings in, services, interface and processes out."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox import config
from salesinbox.locale import texts
from salesinbox.model.settings import Me, Settings
from salesinbox.rules.columns import own
from salesinbox.services.accounts import AccountService
from salesinbox.services.board import BoardService
from salesinbox.services.lines import Lines
from salesinbox.services.live import LiveService
from salesinbox.services.mail import MailService
from salesinbox.store.database import FILE, Database, is_older

if TYPE_CHECKING:
    from salesinbox.credentials import Credentials
    from salesinbox.services.actions import ActionService
    from salesinbox.services.arranging import ArrangingService
    from salesinbox.services.backup import BackupService
    from salesinbox.services.content import ContentService
    from salesinbox.services.doctor import DoctorService
    from salesinbox.services.filters import FilterService
    from salesinbox.services.fleeting import Fleeting
    from salesinbox.services.invitations import InvitationService
    from salesinbox.services.links import LinkService
    from salesinbox.services.magnet import MagnetService
    from salesinbox.services.notices import Notices
    from salesinbox.services.outbox import OutboxService
    from salesinbox.services.proving import ProvingService
    from salesinbox.services.reading import ReadingService
    from salesinbox.services.recipients import RecipientService
    from salesinbox.services.records.agenda import AgendaService
    from salesinbox.services.records.changes import RecordChanges
    from salesinbox.services.records.exchange import ExchangeService
    from salesinbox.services.records.reading import RecordService
    from salesinbox.services.removing import RemovingService
    from salesinbox.services.search import SearchService
    from salesinbox.services.secrets import SecretsService
    from salesinbox.services.setup import SetupService
    from salesinbox.services.signing_in import SigningIn
    from salesinbox.services.syncing import SyncService
    from salesinbox.services.telling import TellingService
    from salesinbox.services.writing import WritingService


def settings(path: Path | None) -> Settings:
    """The rep's settings, with the language set to theirs. ConfigurationError for a file that cannot be used."""
    found = config.load(path or config.default_path())
    texts.use(found.display.language)
    return found


def settings_or_none(path: Path | None) -> Settings:
    """The same, and settings without an account where there is no file yet: for whoever sets one up."""
    found = path or config.default_path()
    return settings(found) if found.exists() else Settings(found, Me(), ())


class Application:
    """The services over one data folder, each made when it is first asked for."""

    def __init__(
        self, settings: Settings, data: Path, now: Callable[[], float] = time.time, *, patience: float = 30.0
    ) -> None:
        """`patience`: seconds that an action of the rep waits for other writers before BusyError."""
        self.settings = settings
        self.data = data
        self.now = now
        self.patience = patience
        self.own = own(settings.me, settings.accounts)

    @cached_property
    def database(self) -> Database:
        return Database(self.data / FILE)

    @cached_property
    def board(self) -> BoardService:
        return BoardService(self.database, self.settings, self.own, self.now, self.fleeting)

    @cached_property
    def mail(self) -> MailService:
        return MailService(self.database, self.settings, self.now, self.fleeting)

    @cached_property
    def fleeting(self) -> "Fleeting | None":
        """What is known of mail that is not kept here; None where all mail is."""
        if all(account.keeps_mail for account in self.settings.accounts):
            return None
        from salesinbox.services.fleeting import Fleeting  # noqa: PLC0415 - for accounts that keep no mail

        return Fleeting(self.settings, time.monotonic)

    @cached_property
    def actions(self) -> "ActionService":
        from salesinbox.services.actions import ActionService  # noqa: PLC0415 - the board is painted without acting

        return ActionService(self.database, self.settings, self.own, self.now, patience=self.patience)

    @cached_property
    def reading(self) -> "ReadingService":
        from salesinbox.services.reading import ReadingService  # noqa: PLC0415 - the board is painted without reading

        return ReadingService(self.database)

    @cached_property
    def search(self) -> "SearchService":
        from salesinbox.services.search import SearchService  # noqa: PLC0415 - the board is painted without searching

        return SearchService(self.database, self.settings, self.now, lambda: self.content)

    @cached_property
    def content(self) -> "ContentService":
        from salesinbox.services.content import ContentService  # noqa: PLC0415 - only who asks a server needs it

        return ContentService(self.settings, self.own, self.data, self.lines, self.now)

    @cached_property
    def invitations(self) -> "InvitationService":
        from salesinbox.services.invitations import InvitationService  # noqa: PLC0415 - few messages carry one

        return InvitationService(self.database, self.settings, self.own, self.now)

    @cached_property
    def links(self) -> "LinkService":
        from salesinbox.services.links import LinkService  # noqa: PLC0415 - needed when something is linked

        return LinkService(self.actions.writer)

    @cached_property
    def writing(self) -> "WritingService":
        from salesinbox.services.writing import WritingService  # noqa: PLC0415 - the board is painted without writing

        return WritingService(self.data / FILE, self.settings, self.own, self.now, lambda: self.content)

    @cached_property
    def outbox(self) -> "OutboxService":
        from salesinbox.services.outbox import OutboxService  # noqa: PLC0415 - the same

        return OutboxService(self.data / FILE, self.settings, self.own, self.now, lambda: self.syncing)

    @cached_property
    def recipients(self) -> "RecipientService":
        from salesinbox.services.recipients import RecipientService  # noqa: PLC0415 - the same

        return RecipientService(self.data / FILE, self.settings, self.now)

    @cached_property
    def records(self) -> "RecordService":
        # Reading files and taking records in is a third of the program; most commands need none of it.
        from salesinbox.services.records.reading import RecordService  # noqa: PLC0415

        return RecordService(self.database, self.settings, self.own, self.now)

    @cached_property
    def magnet(self) -> "MagnetService":
        from salesinbox.services.magnet import MagnetService  # noqa: PLC0415 - the board is painted without it

        return MagnetService(self.actions.writer)

    @cached_property
    def notices(self) -> "Notices":
        from salesinbox.services.notices import Notices  # noqa: PLC0415 - for who tries how the rep is told

        return Notices(self.settings.magnet, self.settings.me.zone, self.now)

    @cached_property
    def agenda(self) -> "AgendaService":
        from salesinbox.services.records.agenda import AgendaService  # noqa: PLC0415 - the board is painted without it

        return AgendaService(self.database, self.settings, self.now)

    @cached_property
    def record_changes(self) -> "RecordChanges":
        from salesinbox.services.records.changes import RecordChanges  # noqa: PLC0415 - only who changes records

        return RecordChanges(self.actions.writer)

    @cached_property
    def exchange(self) -> "ExchangeService":
        from salesinbox.services.records.exchange import ExchangeService  # noqa: PLC0415 - only who reads or writes files

        return ExchangeService(self.database, self.settings, self.own, self.now)

    @cached_property
    def backup(self) -> "BackupService":
        from salesinbox.services.backup import BackupService  # noqa: PLC0415 - the same

        return BackupService(self.database, self.settings, self.own, self.now)

    @cached_property
    def filters(self) -> "FilterService":
        from salesinbox.services.filters import FilterService  # noqa: PLC0415 - the board is painted without filtering

        return FilterService(self.actions.writer)

    @cached_property
    def arranging(self) -> "ArrangingService":
        from salesinbox.services.arranging import ArrangingService  # noqa: PLC0415 - the same

        return ArrangingService(self.actions.writer)

    @cached_property
    def accounts(self) -> AccountService:
        return AccountService(lambda: self.database, self.settings, self.data, self.lines)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.data, lambda: self.credentials)

    @cached_property
    def credentials(self) -> "Credentials":
        from salesinbox.credentials import Credentials  # noqa: PLC0415 - only who opens a line needs them

        return Credentials(self.settings.secrets, self.data, self.now)

    @cached_property
    def secrets(self) -> "SecretsService":
        from salesinbox.services.secrets import SecretsService  # noqa: PLC0415 - only who looks after secrets

        return SecretsService(lambda: self.credentials, self.settings, self.data)

    @cached_property
    def signing_in(self) -> "SigningIn":
        from salesinbox.services.signing_in import SigningIn  # noqa: PLC0415 - only who logs in anew

        return SigningIn(self.settings, lambda: self.credentials, self.now, self.data)

    @cached_property
    def syncing(self) -> "SyncService":
        from salesinbox.services.syncing import SyncService  # noqa: PLC0415 - only who syncs

        answer = self.secrets.answer
        return SyncService(self.accounts, self.settings, self.own, self.data, self.lines, self.now, answer)

    @cached_property
    def doctor(self) -> "DoctorService":
        from salesinbox.services.doctor import DoctorService  # noqa: PLC0415 - only who asks for it

        return DoctorService(lambda: self.database, self.settings, self.data, self.accounts, self.secrets.checks)

    @cached_property
    def setup(self) -> "SetupService":
        from salesinbox.services.setup import SetupService  # noqa: PLC0415 - only who sets up an account

        path = self.settings.path or config.default_path()
        return SetupService(path, lambda: self.credentials, self.now)

    @cached_property
    def removing(self) -> "RemovingService":
        from salesinbox.services.removing import RemovingService  # noqa: PLC0415 - only who removes an account

        return RemovingService(self.settings, self.data, self.accounts, lambda: self.credentials)

    @cached_property
    def proving(self) -> "ProvingService":
        from salesinbox.services.proving import ProvingService  # noqa: PLC0415 - only who wants a proof

        return ProvingService(self.data, self.lines)

    @cached_property
    def telling(self) -> "TellingService":
        from salesinbox.services.telling import TellingService  # noqa: PLC0415 - for who must know what became of it

        return TellingService(self.database, self.accounts, self.syncing, self.live, self.now)

    @cached_property
    def live(self) -> LiveService:
        return LiveService(self.data, self.settings.path)

    def close(self) -> None:
        for name in ("live", "actions", "database"):
            if name in self.__dict__:
                self.__dict__[name].close()


_NO_HALT = 0.03
"""Seconds that a key on the board may wait for another writer; then its action goes on in a thread."""


@contextmanager
def application(settings: Settings, data: Path, *, patience: float = 30.0) -> Iterator[Application]:
    opened = Application(settings, data, patience=patience)
    try:
        yield opened
    finally:
        opened.close()


def outdated(data: Path) -> bool:
    """Whether an earlier version has written the database, so that opening it takes a while."""
    return is_older(data / FILE)


def run_board(settings: Settings, data: Path, *, demo: bool = False) -> int:
    """Open the board; returns when the rep leaves it."""
    gc.disable()  # until the first picture stands: what is loaded by then stays, and need not be looked at again
    from salesinbox.tui.app import Board  # noqa: PLC0415 - only the board needs Textual

    with application(settings, data, patience=_NO_HALT) as opened:
        board = Board(
            board=opened.board,
            mail=opened.mail,
            records=opened.records,
            accounts=opened.accounts,
            live=opened.live,
            later=opened,
            settings=settings,
            data=data,
            now=time.time,
            demo=demo,
            themes=theme_folders(settings.path),
        )
        again = board.run() == AGAIN
    if again and settings.path is not None:
        # An account came or went: the same board, with what is written now.
        changed = config.load(settings.path)
        texts.use(changed.display.language)
        return run_board(changed, data, demo=demo) if changed.accounts else run_welcome(settings.path, data)
    return board.return_code or 0


AGAIN = "again"
"""What the board returns when the configuration was changed by it."""


def run_welcome(path: Path, data: Path) -> int:
    """The first start, without an account: the demo, or setting one up."""
    from salesinbox.tui.welcome import SET_UP, Welcome  # noqa: PLC0415 - only the interface needs Textual

    texts.use("")
    with application(settings_or_none(path), data) as opened:
        choice = Welcome(path=path, example=config.EXAMPLE, themes=theme_folders(path), setting_up=opened).run()
    if choice == SET_UP:
        return run_board(settings(path), data)
    return run_demo() if choice == "demo" else 0


def run_demo() -> int:
    """The board on an embedded mail server with sample customers. Nothing of the rep's own is read or written."""
    import os  # noqa: PLC0415 - the board starts sooner without what only the demo needs
    import tempfile  # noqa: PLC0415
    from datetime import UTC, datetime  # noqa: PLC0415

    from salesinbox.demo import activities, server  # noqa: PLC0415
    from salesinbox.demo.records import records  # noqa: PLC0415

    texts.use("")
    with tempfile.TemporaryDirectory(prefix=server.DEMO_FOLDER, ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        data = home / "data"
        (home / "server").mkdir(mode=0o700)
        with server.start(home / "server", clear=home, every=server.interval(os.environ)) as running:
            path = home / "config.toml"
            path.touch(mode=0o600)
            path.write_text(server.configuration(running), encoding="utf-8")
            found = settings(path)
            with application(found, data) as opened:
                for kind, table in records(datetime.now(UTC)).items():
                    file = home / f"{kind}.csv"
                    file.write_text(table, encoding="utf-8")
                    opened.records.import_file(file, kind)
                activities.put(opened.record_changes, opened.records, datetime.now(UTC))
                opened.actions.settle()
            try:
                return run_board(found, data, demo=True)
            finally:
                # Nothing of the demo may be left when its folder is deleted.
                LiveService(data, None).end_process()


def theme_folders(path: Path | None) -> tuple[Path, ...]:
    """Where themes lie: those shipped (in the package, or beside it in a checkout), then the rep's own."""
    package = Path(__file__).parent
    shipped = package / "themes" if (package / "themes").is_dir() else package.parent / "themes"
    own_folder = (path or config.default_path()).parent / "themes"
    return shipped, own_folder
