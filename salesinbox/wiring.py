"""The only module that constructs things: settings in, services, interface and processes out."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import resources
from pathlib import Path

from salesinbox import config, credentials
from salesinbox.locale import texts
from salesinbox.model.settings import Settings
from salesinbox.rules import addresses
from salesinbox.rules.columns import Own
from salesinbox.services.accounts import AccountService
from salesinbox.services.board import BoardService
from salesinbox.services.live import LiveService
from salesinbox.services.mail import MailService
from salesinbox.services.records import RecordService
from salesinbox.store.database import FILE, Database


def settings(path: Path | None) -> Settings:
    """The rep's settings, with the language set to theirs. ConfigurationError for a file that cannot be used."""
    found = config.load(path or config.default_path())
    texts.use(found.display.language)
    return found


class Application:
    """The services over one data folder, each made when it is first asked for."""

    def __init__(self, settings: Settings, data: Path, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.data = data
        self.now = now
        self.own = own(settings)

    @cached_property
    def database(self) -> Database:
        return Database(self.data / FILE)

    @cached_property
    def board(self) -> BoardService:
        return BoardService(self.database, self.settings, self.own, self.now)

    @cached_property
    def mail(self) -> MailService:
        return MailService(self.database, self.settings, self.now)

    @cached_property
    def records(self) -> RecordService:
        return RecordService(self.database, self.own, self.settings.me.zone, lambda: int(self.now()))

    @cached_property
    def accounts(self) -> AccountService:
        return AccountService(
            lambda: self.database, self.settings, self.own, self.data, credentials.secret, self.now)

    @cached_property
    def live(self) -> LiveService:
        return LiveService(self.data, self.settings.path)

    def close(self) -> None:
        for name in ("live", "database"):
            if name in self.__dict__:
                self.__dict__[name].close()


def own(settings: Settings) -> Own:
    """Who the rep is, as placing sees it."""
    return Own(
        addresses.own_addresses(settings.me, settings.accounts),
        addresses.own_domains(settings.me, settings.accounts),
        frozenset(addresses.normal(address) for address in settings.me.team),
    )


@contextmanager
def application(settings: Settings, data: Path) -> Iterator[Application]:
    opened = Application(settings, data)
    try:
        yield opened
    finally:
        opened.close()
