"""A Maildir as an account: the files of folders on this machine, read and written beside other programs."""

from salesinbox.providers.maildir.watching import Watching
from salesinbox.providers.session import Unlimited


class MaildirSession(Watching, Unlimited):
    """A `Session` on the files of a Maildir."""
