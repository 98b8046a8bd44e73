"""A proof that an account of the Gmail API keeps no mail here (ACC-3), for who must show it to others.

Twice: every column that could hold something of a message is read; and what the server has of the newest messages is
looked for in every byte of the data folder.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from salesinbox.formats import message as messages
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.proof import Found, Proof
from salesinbox.model.settings import Account
from salesinbox.services.lines import Lines
from salesinbox.store import proving
from salesinbox.store.database import FILE, Database

if TYPE_CHECKING:
    from salesinbox.providers.session import Glimpsing

MESSAGES = 50
"""How many of the newest messages are asked of the server, unless told otherwise."""
_SHORTEST = 8
"""Octets of a text that is looked for: shorter ones stand anywhere by chance."""
_PIECE, _PIECES = 24, 6
"""Characters of a piece of a message's text, and how many pieces of it are looked for: a database cuts long texts."""


class ProvingService:
    def __init__(self, data: Path, lines: Lines) -> None:
        self.data = data
        self.lines = lines

    def prove(
        self, account: Account, most: int = MESSAGES, progress: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Proof:
        """Look whether anything of the account's messages is kept but id, From address and received time.

        Raises UsageError for an account whose mail is kept here by its setting; NetworkError and the like when the
        server cannot be asked, because then nothing is proven.
        """
        if account.keeps_mail:
            raise UsageError(
                _(
                    'The account {name} keeps its mail here; there is nothing to prove. With storage = "none" in'
                    " [account.gmail] only id, From address and received time of a message are kept."
                ).format(name=account.name)
            )
        with Database(self.data / FILE) as database:
            connection = database.connection
            number = proving.account_id(connection, account.name)
            asked = proving.newest(connection, number, most)
            texts = self._texts(account, asked, progress)
            kept = proving.addresses(connection, number)
            wanted = {text.encode(): what for text, what in texts.items() if text.lower() not in kept}
            found = [Found(_("a column that should be empty"), name) for name in proving.columns(connection, number)]
            paths = proving.files(self.data)
            sizes = []
            for path in paths:
                hits = proving.search(path, wanted)
                sizes.append((str(path.relative_to(self.data)), path.stat().st_size))
                found += [
                    Found(wanted[octets], f"{path.relative_to(self.data)}, {offset}")
                    for octets, offset in hits.items()
                    if not proving.legitimate(connection, number, octets.decode())
                ]
            return Proof(
                account=account.name,
                messages=proving.messages(connection, number),
                files=tuple(sizes),
                asked=len(asked),
                strings=len(wanted),
                found=tuple(found),
                drafts=proving.drafts(connection, number),
            )

    def _texts(self, account: Account, uids: list[int], progress: Callable[[int, int], None]) -> dict[str, str]:
        """Text that must not be found → what it is, of these messages as the server has them."""
        session = self.lines.session(account)
        texts: dict[str, str] = {}
        try:
            session.connect()
            glimpsing = cast("Glimpsing", session)
            for done, uid in enumerate(uids):
                progress(done, len(uids))
                raw = glimpsing.whole(uid)
                if raw is not None:
                    texts.update(_of_message(raw))
            progress(len(uids), len(uids))
        finally:
            session.close()
        own = account.address.lower()
        return {text: what for text, what in texts.items() if len(text.encode()) >= _SHORTEST and text.lower() != own}


def _of_message(raw: bytes) -> Iterator[tuple[str, str]]:
    envelope, body = messages.envelope(raw), messages.body(raw)
    yield envelope.subject, _("a subject")
    yield envelope.message_id.strip("<>"), _("a Message-ID")
    yield envelope.sender.name, _("a name")
    for one in (*envelope.to, *envelope.cc, *envelope.reply_to):
        yield one.address, _("a recipient")
        yield one.name, _("a name")
    for attachment in body.attachments:
        yield attachment.name, _("the name of an attachment")
    for piece in _pieces(body.text):
        yield piece, _("a piece of a text")
    for piece in _pieces(body.html):
        yield piece, _("a piece of a text")


def _pieces(text: str) -> Iterable[str]:
    """Pieces of a text from its beginning to its end, without line breaks in them."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if len(line.strip()) >= _PIECE]
    step = max(1, len(lines) // _PIECES)
    return [line[:_PIECE] for line in lines[::step][:_PIECES]]
