"""IMAP: one line to one account's server, by the fastest way that the server offers."""

from salesinbox.providers.imap.append import Appending
from salesinbox.providers.imap.ask import Asking
from salesinbox.providers.imap.watch import Watching


class ImapSession(Watching, Asking, Appending):
    """A `Session` on IMAP."""
