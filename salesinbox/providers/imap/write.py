"""Writing over IMAP: flags, moving, copying, deleting for good, and new folders.

What happens in passing while a folder is written to is told anew by the next `open`, and is nobody's news here.
"""

import contextlib
import re
from collections.abc import Iterable, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import FlagState
from salesinbox.model.text import safe
from salesinbox.providers.imap.errors import speaking
from salesinbox.providers.imap.fetch import FLAG_ITEMS, state, uids_found
from salesinbox.providers.imap.line import Done, RefusedError
from salesinbox.providers.imap.talk import Visit
from salesinbox.providers.imap.visit import Visiting
from salesinbox.providers.imap.wire import (
    NonsenseError,
    Text,
    code_of,
    expanded,
    flag_names,
    ranges_of,
    status_code,
    uid_sets,
)

_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,250}\Z")
"""An atom (RFC 9051 §9, flag-keyword)."""


class Writing(Visiting):
    """Folders are opened by SELECT, and stay so until something else is opened."""

    def store(self, folder: str, uids: Sequence[int], add: FlagState, remove: FlagState) -> dict[int, FlagState]:
        with speaking(self._settings, _("marking messages in {folder}").format(folder=safe(folder, 100))):
            adding, removing = _names(add), _names(remove)
            if not uids:
                return {}
            here = self._visit(folder, writing=True)
            self._must_keep(here, [*adding, *removing])
            wanted = frozenset(uids)
            found = self._stored(folder, wanted, adding, removing)
            for named in uid_sets(wanted - found.keys()):
                found |= _states(self._on_uids(b"UID FETCH", named, FLAG_ITEMS))
            return {uid: found[uid] for uid in sorted(wanted & found.keys())}

    def move(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        names = {"folder": safe(folder, 100), "target": safe(target, 100)}
        with speaking(self._settings, _("moving messages from {folder} to {target}").format(**names)):
            if not uids:
                return {}
            self._visit(folder, writing=True)
            return self._transferred(b"UID MOVE", uids, target)

    def copy(self, folder: str, uids: Sequence[int], target: str) -> dict[int, int]:
        names = {"folder": safe(folder, 100), "target": safe(target, 100)}
        with speaking(self._settings, _("copying messages from {folder} to {target}").format(**names)):
            if not uids:
                return {}
            # To copy out of a folder it need not be writable.
            self._visit(folder)
            return self._transferred(b"UID COPY", uids, target)

    def expunge(self, folder: str, uids: Sequence[int]) -> None:
        with speaking(self._settings, _("deleting messages in {folder}").format(folder=safe(folder, 100))):
            if not uids:
                return
            here = self._visit(folder, writing=True)
            self._must_keep(here, [b"\\Deleted"])
            for named in uid_sets(uids):
                self._on_uids(b"UID STORE", named, rb"+FLAGS.SILENT (\Deleted)")
            if "UIDPLUS" in self._in_use:
                for named in uid_sets(uids):
                    self._run(b"UID EXPUNGE", named)
                return
            marked = uids_found(self._run(b"UID SEARCH DELETED").answers, 1, here.exists)
            if marked and set(marked) <= set(uids):
                self._run(b"EXPUNGE")

    def create(self, folder: str) -> None:
        """Raises ServerError also for a name with control characters, and for an empty one."""
        must_be_a_name(folder)
        with speaking(self._settings, _("creating the folder {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            raw = Text(self._raw(folder))
            try:
                self._run(b"CREATE", raw)
            except RefusedError:
                # ALREADYEXISTS is not said by all servers (RFC 5530): only the list is sure.
                if not self._is_listed(folder):
                    raise
            else:
                self._listed(b"LIST", b'""', b'"*"')
            try:
                self._run(b"SUBSCRIBE", raw)
            except RefusedError:
                # The folder is there, which is what counts; not all servers keep subscriptions.
                return

    def _is_listed(self, folder: str) -> bool:
        found = self._listed(b"LIST", b'""', b'"*"')
        same = [one for one in found if one.name == folder or one.name.upper() == folder.upper() == "INBOX"]
        return any(one.selectable for one in same)

    def _stored(
        self, folder: str, uids: Iterable[int], adding: list[bytes], removing: list[bytes]
    ) -> dict[int, FlagState]:
        """Set and clear flags; returns what the server said of them by the way, as far as that is still true."""
        found: dict[int, FlagState] = {}
        behind = False
        for named in uid_sets(uids):
            told: dict[int, FlagState] = {}
            for how, names in ((b"+FLAGS", adding), (b"-FLAGS", removing)):
                if names:
                    done = self._on_uids(b"UID STORE", named, how, b"(" + b" ".join(names) + b")")
                    behind = behind or code_of(done.text)[0] == b"EXPUNGEISSUED"
                    # What the first of two commands told is no longer true for all.
                    told = _states(done)
            found |= told
        if behind:
            # Some that it told of are gone (RFC 5530), and pymap goes on listing them until the folder is opened anew.
            self._here = self._entered(folder, b"SELECT")
            return {}
        return found

    def _transferred(self, command: bytes, uids: Sequence[int], target: str) -> dict[int, int]:
        wanted = frozenset(uids)
        name = Text(self._raw(target))
        new: dict[int, int] = {}
        for named in uid_sets(wanted):
            new |= _told(self._on_uids(command, named, name), len(wanted))
        return {uid: number for uid, number in new.items() if uid in wanted}

    def _must_keep(self, here: Visit, names: Iterable[bytes]) -> None:
        """Raises ServerError for a flag that the server would forget at the session's end."""
        kept = here.permanent
        if kept is None:
            return
        for name in names:
            if name.lower() in kept or (b"\\*" in kept and not name.startswith(b"\\")):
                continue
            raise ServerError(
                _('{host} does not keep the flag "{flag}" in the folder {folder}').format(
                    host=safe(self._settings.host, 100), flag=name.decode("ascii"), folder=safe(here.folder, 100)
                )
            )


def must_be_a_name(folder: str) -> None:
    """Raises ServerError for what is no name of a folder that may be made.

    A line break would be repeated in the server's answers, and break these.
    """
    if not folder or any(character < " " or character == "\x7f" for character in folder):
        raise ServerError(_("a folder's name must not be empty or hold control characters"))


def _names(asked: FlagState) -> list[bytes]:
    """Flags and keywords as a command names them. Raises ServerError for what is no IMAP keyword."""
    keywords = asked.keywords.split()
    for keyword in keywords:
        if not _KEYWORD.match(keyword):
            raise ServerError(
                _(
                    'the server takes no label with the name "{name}": use ASCII letters and digits, '
                    'no spaces, and none of ( ) {{ }} % * " \\ ]'
                ).format(name=safe(keyword, 60))
            )
    return flag_names(asked.flags) + [keyword.encode() for keyword in keywords]


def _states(done: Done) -> dict[int, FlagState]:
    return dict(found for answer in done.answers if (found := state(answer)))


def _told(done: Done, limit: int) -> dict[int, int]:
    """Old UID → new UID, at most `limit` of them.

    MOVE tells it in an untagged OK (RFC 6851 §4.3), COPY in its own (RFC 4315 §3), which has the two sets correspond
    in order. What makes no sense is passed over: the command went through, and must not look as if it had failed.
    """
    new: dict[int, int] = {}
    for code, argument in (code_of(done.text), *map(status_code, done.answers)):
        sets = argument.split()
        if code != b"COPYUID" or len(sets) != 3:
            continue
        with contextlib.suppress(NonsenseError):
            old_uids, new_uids = (expanded(ranges_of(one), limit) for one in sets[1:])
            if len(old_uids) == len(new_uids):
                new |= zip(old_uids, new_uids, strict=True)
    return new
