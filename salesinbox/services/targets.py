"""Folders that mail can go to: by id, by name, by role."""

import sqlite3

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.model.mail import ALL, ARCHIVE, SPAM, TRASH
from salesinbox.model.operations import FolderChoice
from salesinbox.store import folders, history

_MADE = {ARCHIVE: "Archive", TRASH: "Trash", SPAM: "Junk"}
"""What a folder is called that the server does not have yet."""


def choices(connection: sqlite3.Connection, account: str | None = None) -> list[FolderChoice]:
    """All folders of one account or of all, those that are synced first."""
    used = history.led_to(connection)
    return [
        FolderChoice(f"f{number}", owner, name, role, bool(synced), messages, unread, used.get(name, 0))
        for number, owner, name, role, synced, messages, unread in connection.execute(
            "SELECT folder.id, account.name, folder.name, role, synced, shown_count, unread FROM folder"
            " JOIN account ON account.id = account_id WHERE ?1 IS NULL OR account.name = ?1"
            " ORDER BY account.id, synced DESC, folder.id",
            (account,),
        )
    ]


def named(connection: sqlite3.Connection, folder: str) -> str:
    """A folder's name from its id ("f3") or name. NotFoundError when no account has it."""
    names = {choice.id: choice.name for choice in choices(connection)}
    if folder in names:
        return names[folder]
    for name in names.values():
        if name == folder or (name.upper() == folder.upper() == "INBOX"):
            return name
    raise NotFoundError(
        _("There is no folder {folder}. Folders here: {names}.").format(
            folder=folder, names=", ".join(sorted(set(names.values()))) or "–"
        )
    )


def by_name(connection: sqlite3.Connection, account_id: int, folder: str, name: str) -> int:
    """The row of an account's folder. NotFoundError where the account has none of that id or name."""
    for found in folders.all_folders(connection, account_id):
        if folder == f"f{found.id}" or (found.name == name and not _is_id(connection, folder)):
            return found.id
    account = connection.execute("SELECT name FROM account WHERE id = ?", (account_id,)).fetchone()[0]
    raise NotFoundError(
        _("The account {account} has no folder {folder}. Mail is moved within its account.").format(
            account=account, folder=name
        )
    )


def _is_id(connection: sqlite3.Connection, folder: str) -> bool:
    """Whether a folder was given by its id: then only that one is meant, not another account's of the same name."""
    return any(choice.id == folder for choice in choices(connection))


def by_role(connection: sqlite3.Connection, account_id: int, role: str) -> int:
    """The row of the folder of a role. One that the server does not have is made when the first mail goes there."""
    known = {found.role: found for found in folders.all_folders(connection, account_id)}
    if role in known:
        return known[role].id
    if role == ARCHIVE and ALL in known:
        return known[ALL].id  # Gmail: what is out of the inbox is in "All Mail"
    if not known:
        raise NotFoundError(_("The account has not been synced yet, so its folders are not known."))
    if role not in _MADE:
        raise NotFoundError(_("There is no folder {folder}.").format(folder=role))
    return folders.unsynced(connection, account_id, _MADE[role], role, "/")
