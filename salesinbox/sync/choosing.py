"""Which of a server's folders are synced, and what the settings say that they are for (ACC-7)."""

from collections.abc import Sequence
from dataclasses import replace

from salesinbox.locale.texts import _
from salesinbox.model import mail as model
from salesinbox.model.remote import RemoteFolder
from salesinbox.model.settings import Account


def with_chosen_roles(remote: Sequence[RemoteFolder], account: Account) -> list[RemoteFolder]:
    """The folders with the roles that the settings give them: archive, spam and trash by name."""
    roles = {}
    settings = account.imap or account.maildir
    if settings is not None:
        named = ((model.ARCHIVE, settings.archive), (model.SPAM, settings.spam), (model.TRASH, settings.trash))
        roles = {name: role for role, name in named if name and any(folder.name == name for folder in remote)}
    taken = set(roles.values())
    return [
        replace(folder, role=roles.get(folder.name, "" if folder.role in taken else folder.role)) for folder in remote
    ]


def chosen(remote: Sequence[RemoteFolder], wanted: Sequence[str]) -> tuple[list[RemoteFolder], dict[str, str]]:
    """The folders that the configuration names, to the letter (INBOX in any case), and those that are not there.

    A name that the server does not know is reported and stops nothing else: the rest of the mail still comes.
    """
    by_name = {folder.name: folder for folder in remote}
    found_here: dict[str, RemoteFolder] = {}
    missing = {}
    for name in wanted:
        found = by_name.get(name) or (by_name.get("INBOX") if name.upper() == "INBOX" else None)
        if found is not None:
            found_here[found.name] = found
        else:
            missing[name] = _("There is no folder {folder} on the server. Folders there: {names}.").format(
                folder=name, names=", ".join(sorted(by_name)[:20])
            )
    return list(found_here.values()), missing
