"""Sending mail, each message at most once (SEND-6)."""

from collections.abc import Callable

from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    ConfigurationError,
    CredentialsError,
    NetworkError,
    ServerError,
    UnknownOutcomeError,
    UsageError,
)
from salesinbox.model.events import Changed, Event
from salesinbox.model.settings import Account
from salesinbox.store import outgoing
from salesinbox.store.database import Database


class Sending:
    """One account's outbox. Used by the one thread that owns `database`."""

    def __init__(
        self,
        account: Account,
        account_id: int,
        secret: Callable[[], str],
        database: Database,
        report: Callable[[Event], None],
        now: Callable[[], int],
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """`forget` drops a secret that the server refused, so that a changed one is asked for."""
        self.account = account
        self.account_id = account_id
        self.secret = secret
        self.database = database
        self.report = report
        self.now = now
        self.forget = forget
        self._looked = False

    def send(self) -> None:
        """Send all that is due. NetworkError: nothing was taken, and it is tried again with the next look."""
        if not self._looked:
            self._looked = True
            with self.database.transaction() as connection:
                outgoing.left_running(connection, self.account_id, _interrupted())
        while (message := outgoing.due(self.database.connection, self.account_id, self.now())) is not None:
            self._attempt(message)
            self.report(Changed(self.account.name))

    def seconds_to_next(self) -> float | None:
        due = outgoing.next_due(self.database.connection, self.account_id)
        return None if due is None else max(0.0, due - self.now())

    def _attempt(self, message: outgoing.Outgoing) -> None:
        from salesinbox.providers import smtp  # noqa: PLC0415 - most passes send nothing

        self._became(message, outgoing.RUNNING)
        try:
            smtp.send(self.account, self.secret, message.sender, message.recipients, message.raw)
        except UnknownOutcomeError as error:
            self._became(message, outgoing.UNKNOWN, str(error))
        except NetworkError:
            self._became(message, outgoing.PENDING)
            raise
        except CredentialsError as error:
            self.forget()
            self._became(message, outgoing.REFUSED, str(error))
        except (ServerError, ConfigurationError, UsageError) as error:
            self._became(message, outgoing.REFUSED, str(error))
        else:
            self._became(message, outgoing.SENT)

    def _became(self, message: outgoing.Outgoing, state: str, error: str = "") -> None:
        with self.database.transaction() as connection:
            outgoing.became(connection, message.id, state, error)


def _interrupted() -> str:
    return _("SalesInbox was ended while it was being sent, so it may have arrived. It is not sent again by itself.")
