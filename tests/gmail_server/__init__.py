"""A Gmail of one's own: the API over HTTP, checked against its discovery document, and a mailbox behind it."""

from tests.gmail_server.box import GmailBox
from tests.gmail_server.server import GmailServer

__all__ = ["GmailBox", "GmailServer"]
