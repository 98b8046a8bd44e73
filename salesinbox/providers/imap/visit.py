"""Folders that are opened for one request: to ask for something in them, or to write to them."""

from dataclasses import replace

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.text import safe
from salesinbox.providers.imap.select import counted, selected
from salesinbox.providers.imap.talk import Talk, Visit
from salesinbox.providers.imap.wire import Text, code_of, status_code


class Visiting(Talk):
    """A folder stays open after a request, so that the next one in it needs no new EXAMINE or SELECT."""

    def _visit(self, folder: str, *, writing: bool = False) -> Visit:
        """Have this folder open, read-only unless `writing`.

        Raises RefusedError, and ServerError when it may not be written to, or is another folder than the one that
        `open` knew by this name: message numbers of the old one must not be used in it (RFC 9051 §2.3.1.1).
        """
        self._stop_idle()
        here = self._here
        if here is None or here.folder != folder or (writing and not here.writable):
            if not writing and self._passing.folder == folder:
                return Visit(folder, 0, self._passing.exists, writable=False)
            here = self._here = self._entered(folder, b"SELECT" if writing else b"EXAMINE")
        where = {"host": safe(self._settings.host, 100), "folder": safe(folder, 100)}
        looked = self._looked.get(folder)
        if looked is not None and here.uidvalidity != looked[0].uidvalidity:
            raise ServerError(
                _(
                    "the folder {folder} on {host} has been replaced by another one of that name; "
                    "nothing was done, and it will be read anew"
                ).format(**where)
            )
        if writing and not here.writable:
            raise ServerError(
                _("{host} lets nobody change the folder {folder} with this login: it can only be read").format(**where)
            )
        return here

    def _visit_anew(self, folder: str) -> Visit:
        """As `_visit` to read, with what others have put there up to now: it counts though nobody told of it yet."""
        known = self._here.folder if self._here is not None else self._passing.folder
        here = self._visit(folder)
        if known != folder:
            return here
        for answer in self._run(b"NOOP").answers:
            told = counted(answer)
            if told and told[1] == b"EXISTS":
                here = replace(here, exists=told[0])
        if self._here is not None:
            self._here = here
        return here

    def _entered(self, folder: str, command: bytes) -> Visit:
        name = Text(self._raw(folder))
        # A refusal closes what was open (RFC 9051 §6.3.2); and what is still said of it must not count for another.
        self._here = None
        self._passing.closed()
        done = self._run(command, name)
        told = selected(done.answers)
        codes = [code_of(done.text), *map(status_code, done.answers)]
        permanent = next((argument for code, argument in reversed(codes) if code == b"PERMANENTFLAGS"), None)
        return Visit(
            folder,
            told.uidvalidity,
            told.exists,
            writable=command == b"SELECT" and all(code != b"READ-ONLY" for code, _argument in codes),
            permanent=None if permanent is None else frozenset(permanent.strip(b"()").lower().split()),
        )
