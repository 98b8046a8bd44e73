"""The Gmail API: labels as folders, news by the account's history, all within the quota of each user."""

from salesinbox.providers.gmail.glimpsing import Glimpsing
from salesinbox.providers.gmail.watching import Watching
from salesinbox.providers.gmail.writing import Writing


class GmailSession(Watching, Writing, Glimpsing):
    """A `Session` on the Gmail API."""
