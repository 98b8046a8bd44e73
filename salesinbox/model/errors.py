"""Everything that can go wrong, as one tree.

    SalesInboxError                 exit 1
    ├── UsageError                  exit 2   the command line or a typed query
    │   └── QueryError                       where in the text, and what is wrong
    ├── ConfigurationError          exit 3   config.toml: which key, on which line, what to write instead
    ├── CredentialsError            exit 4   no secret could be had, or the server refused it
    ├── NetworkError                exit 5   the server cannot be reached, or the line was cut
    │   ├── CertificateError                 TLS: expired, wrong name, unknown issuer
    │   └── UnknownOutcomeError              the line broke when a message may have been taken already
    ├── ServerError                 exit 1   the server was reached and refused, or broke its protocol
    ├── DatabaseError               exit 1   the local database cannot be used as it is
    │   ├── NewerDatabaseError               written by a later version
    │   └── BusyError                        another process holds it
    ├── RecordsFileError            exit 1   a CSV file that cannot be read at all
    └── NotFoundError               exit 1   an id or a name that is not here

`str(error)` is a sentence for the rep: what is wrong, where, and what to do. It never holds a secret.
Foreign exceptions are mapped where they enter: providers, credentials, store, formats, config.
"""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line; scripts rely on them (UI-7)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    CREDENTIALS = 4
    NETWORK = 5
    PARTLY = 6


class SalesInboxError(Exception):
    """Root of the tree; `exit` is what the command line ends with."""

    exit = Exit.FAILED


class UsageError(SalesInboxError):
    exit = Exit.USAGE


class QueryError(UsageError):
    """A query that cannot be understood (SRCH-2)."""


class ConfigurationError(SalesInboxError):
    exit = Exit.CONFIGURATION


class CredentialsError(SalesInboxError):
    exit = Exit.CREDENTIALS


class NetworkError(SalesInboxError):
    exit = Exit.NETWORK


class CertificateError(NetworkError):
    """The server's certificate cannot be trusted (ACC-6)."""


class UnknownOutcomeError(NetworkError):
    """A message was given away whole and no answer came: it may have been sent, so nobody sends it again unasked."""


class ServerError(SalesInboxError):
    """The server answered, and the answer was a refusal or nonsense."""


class DatabaseError(SalesInboxError):
    """The local database cannot be used as it is."""


class NewerDatabaseError(DatabaseError):
    """The database was written by a later version than this one."""


class BusyError(DatabaseError):
    """Another process holds what this one needs."""


class RecordsFileError(SalesInboxError):
    """A file of records that cannot be read at all (single rows are reported, not raised)."""


class NotFoundError(SalesInboxError):
    """An id, a folder or an account that does not exist here."""
