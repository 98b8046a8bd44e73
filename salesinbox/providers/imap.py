"""IMAP: one line to one account's server, by the fastest way that the server offers."""

from salesinbox.providers.imap_ask import Asking
from salesinbox.providers.imap_watch import Watching
from salesinbox.providers.imap_write import Writing


class ImapSession(Watching, Asking, Writing):
    """A `Session` on IMAP."""
