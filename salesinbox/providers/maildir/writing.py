"""Writing to a Maildir: flags in the names of files, moving, copying, deleting for good, filing, and new folders."""

# Paths of this package are octets, which pathlib has none of.
# ruff: noqa: PTH118

import os
import re
from collections.abc import Callable, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.text import safe
from salesinbox.providers.maildir import contents, dovecot, files, names
from salesinbox.providers.maildir.asking import Asking
from salesinbox.providers.maildir.errors import touching
from salesinbox.providers.maildir.looking import Look

_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,250}\Z")
"""What may be a keyword in IMAP (RFC 9051 §9, flag-keyword), through which Dovecot shows it to other programs."""

_Transfer = Callable[[bytes, bytes, files.Entry, bytes, bytes], bytes | None]


class Writing(Asking):
    """Each message is written to for itself: a failure leaves those before it done, as `flags` will tell."""

    def store(self, folder: str, uids: Sequence[int], add: FlagState, remove: FlagState) -> dict[int, FlagState]:
        """Raises ServerError also for keywords in a folder that keeps none: there is no file that explains letters."""
        with touching(_("marking messages in {folder}").format(folder=safe(folder, 100))):
            for keyword in (*add.keywords.split(), *remove.keywords.split()):
                self._must_be_a_keyword(keyword)
            if not uids:
                return {}
            look = self._look(folder)
            adding = names.flag_letters(add.flags) + self._keyword_letters(folder, look.path, add)
            removing = names.flag_letters(remove.flags) + _known_letters(look.path, remove)
            wanted = sorted(set(uids))
            if adding or removing:
                for uid in wanted:
                    if (found := look.of(uid)) is not None:
                        self._wrote(folder, found[0])
                        files.renamed(look.path, *found, adding, removing)
                look = self._look(folder)
            return {uid: look.book.states[uid] for uid in wanted if uid in look.book.states}

    def move(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        names_ = {"folder": safe(folder, 100), "target": safe(target, 100)}
        with touching(_("moving messages from {folder} to {target}").format(**names_)):
            return self._transferred(folder, uids, target, files.moved)

    def copy(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        names_ = {"folder": safe(folder, 100), "target": safe(target, 100)}
        with touching(_("copying messages from {folder} to {target}").format(**names_)):
            return self._transferred(folder, uids, target, files.copied)

    def expunge(self, folder: str, uids: Sequence[int]) -> None:
        with touching(_("deleting messages in {folder}").format(folder=safe(folder, 100))):
            if not uids:
                return
            look = self._look(folder)
            for uid in sorted(set(uids)):
                if (found := look.of(uid)) is not None:
                    self._wrote(folder, found[0])
                    files.deleted(look.path, *found)
            self._look(folder)

    def create(self, folder: str) -> None:
        """Raises ServerError also for a name that no folder can have."""
        with touching(_("creating the folder {folder}").format(folder=safe(folder, 100))):
            self._numbers()
            self._made(folder)

    def append(self, folder: str, message: bytes, flags: Flag, date: int) -> int:
        """Raises ServerError also for a name that no folder can have."""
        with touching(_("filing a message in {folder}").format(folder=safe(folder, 100))):
            self._numbers()
            path = self._made(folder)
            base = names.fresh()
            self._wrote(folder, names.unique_of(base))
            files.written(
                path, base, names.flag_letters(flags), contents.as_a_file(message), date * 1_000_000_000, new=True
            )
            return self._look(folder).book.uids.get(names.unique_of(base), 0)

    # --- inside -----------------------------------------------------------------------------------------------

    def _transferred(self, folder: str, uids: Sequence[int], target: str, transfer: _Transfer) -> dict[int, int]:
        if not uids:
            return {}
        look = self._look(folder)
        path = self._path(target)
        made: dict[int, bytes] = {}
        for uid in sorted(set(uids)):
            found = look.of(uid)
            if found is None:
                continue
            letters = self._letters_there(path, look, uid, found[1])
            unique = transfer(look.path, *found, path, letters)
            if unique is not None:
                made[uid] = unique
                self._wrote(target, unique)
        if made and transfer is files.moved:
            files.sync_folder(os.path.join(path, b"cur"))
            for uid in made:
                self._wrote(folder, look.key(uid) or b"")
            self._look(folder)
        new = self._look(target).book.uids if made else {}
        return {uid: new[unique] for uid, unique in made.items() if unique in new}

    def _letters_there(self, path: bytes, look: Look, uid: int, entry: files.Entry) -> bytes:
        """A message's letters in another folder: small ones mean something else there.

        Keywords that cannot be kept there are lost, as they are where other programs move a file.
        """
        state = look.book.states[uid]
        capital = bytes(letter for letter in entry.letters if not 97 <= letter <= 122)
        words = state.keywords.split() + ([names.FORWARDED] if state.flags & Flag.FORWARDED else [])
        if not words or not self._keeps_keywords(path):
            return names.changed_letters(capital, names.flag_letters(state.flags & Flag.FORWARDED), b"")
        known = dovecot.letters_for(path, words, self._account.name)
        small = b"".join(known[word.lower()] for word in words)
        return names.changed_letters(capital, small + names.flag_letters(state.flags & Flag.FORWARDED), b"")

    def _made(self, folder: str) -> bytes:
        """Where a folder lies, which is made where it is missing, and shown to other programs."""
        path = self._tree.path(folder)
        if path is None:
            path = self._tree.make(folder)
            levels = path[len(self._tree.root) + 1 :].removeprefix(b".")
            divider = b"." if self._tree.plus else b"/"
            dovecot.subscribe(self._tree.root, levels, levels.split(divider))
        return path

    def _wrote(self, folder: str, unique: bytes) -> None:
        """What this session does itself is no news to it."""
        self._own.setdefault(folder, set()).add(unique)

    def _keeps_keywords(self, path: bytes) -> bool:
        return dovecot.is_at_home(path) or dovecot.is_at_home(self._tree.root)

    def _must_be_a_keyword(self, keyword: str) -> None:
        if not _KEYWORD.match(keyword):
            raise ServerError(
                _(
                    'account "{account}": there can be no label with the name "{name}": use ASCII letters and digits, '
                    'no spaces, and none of ( ) {{ }} % * " \\ ]'
                ).format(account=safe(self._account.name), name=safe(keyword, 60))
            )

    def _keyword_letters(self, folder: str, path: bytes, state: FlagState) -> bytes:
        words = state.keywords.split()
        at_home = self._keeps_keywords(path)
        if words and not at_home:
            raise ServerError(
                _(
                    'account "{account}": the folder {folder} keeps no labels: in Maildir files only Dovecot '
                    'does; "{name}" cannot be added'
                ).format(account=safe(self._account.name), folder=safe(folder, 100), name=safe(words[0], 60))
            )
        if state.flags & Flag.FORWARDED and at_home:
            # Dovecot knows this one as a keyword only, others by its letter.
            words.append(names.FORWARDED)
        if not words:
            return b""
        known = dovecot.letters_for(path, words, self._account.name)
        return b"".join(known[word.lower()] for word in words)


def _known_letters(path: bytes, state: FlagState) -> bytes:
    """The letters of keywords to clear; what has none here is on no message."""
    words = state.keywords.split() + ([names.FORWARDED] if state.flags & Flag.FORWARDED else [])
    if not words:
        return b""
    wanted = {word.lower() for word in words}
    return b"".join(letter for letter, word in dovecot.keywords(path).items() if word.lower() in wanted)
