"""IMAP: one line to one account's server, by the fastest way that the server offers."""

from salesinbox.providers.imap.append import Appending
from salesinbox.providers.imap.ask import Asking
from salesinbox.providers.imap.watch import Watching
from salesinbox.providers.session import Unlimited


class ImapSession(Watching, Asking, Appending, Unlimited):
    """A `Session` on IMAP."""
