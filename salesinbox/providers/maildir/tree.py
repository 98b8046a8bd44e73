"""The folders of a Maildir: Maildir++ (".Archive.2026" beside the INBOX) or folders in folders, as they are found.

INBOX is the root, or a folder of that name where the root itself is no Maildir folder. Nothing that is a symbolic
link is looked into: it may lead out of the tree. Paths are octets.
"""

# Paths of this package are octets, which pathlib has none of.
# ruff: noqa: PTH102, PTH112, PTH116, PTH118, PTH120

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.text import safe
from salesinbox.providers.maildir import names
from salesinbox.providers.maildir.files import as_its_folder

_DEEPEST = 20
_PLUS_MARK = b"maildirfolder"
"""An empty file by which programs know a folder of Maildir++ from an INBOX."""


class Tree:
    """The folders under a root, looked for anew by `folders`."""

    def __init__(self, root: Path) -> None:
        self.root = os.fsencode(root)
        self.plus = True
        """Whether folders lie beside the INBOX under names with dots (Maildir++), rather than in each other."""
        self.utf8 = False
        """Whether names are UTF-8 on disk, rather than modified UTF-7."""
        self._paths: dict[str, bytes] = {}

    def folders(self) -> dict[str, bytes]:
        """Name -> path of all folders, INBOX first. Raises OSError where the root cannot be read."""
        beside = [name for name in _folders_in(self.root) if name.startswith(b".") and len(name) > 1]
        beside = [name for name in beside if is_folder(os.path.join(self.root, name))]
        nested = [] if beside else list(_nested(self.root, (), 0))
        self.plus = bool(beside) or not nested
        self.utf8 = any(not name.isascii() for name in beside) or any(not all(map(bytes.isascii, n)) for n in nested)
        found: dict[str, bytes] = {}
        if is_folder(self.root):
            found[names.INBOX] = self.root
        raws = (
            [(name[1:].split(b"."), name) for name in beside]
            if self.plus
            else ([(list(levels), os.path.join(*levels)) for levels in nested])
        )
        for levels, path in sorted(raws):
            name = (
                names.DELIMITER.join(names.decoded(level) for level in levels)
                if not self.plus
                else (names.decoded(b".".join(levels)).replace(".", names.DELIMITER))
            )
            if name.upper() == names.INBOX:
                name = names.INBOX if names.INBOX not in found else f"{names.INBOX}{names.DELIMITER}{name}"
            # Of two that read alike one keeps the writing that it has on disk.
            if name in found:
                name = path.decode("latin-1")
            found.setdefault(name, os.path.join(self.root, path))
        inbox = {names.INBOX: found[names.INBOX]} if names.INBOX in found else {}
        self._paths = inbox | found
        return dict(self._paths)

    def path(self, folder: str) -> bytes | None:
        """Where a folder lies, None where there is none of that name."""
        folder = names.INBOX if folder.upper() == names.INBOX else folder
        found = self._paths.get(folder)
        if found is None or not is_folder(found):
            found = self.folders().get(folder)
        return found

    def make(self, folder: str) -> bytes:
        """Make a folder, as its neighbours are; one that is there already is no error.

        Raises ServerError for a name that no folder can have.
        """
        if (found := self.path(folder)) is not None:
            return found
        if folder == names.INBOX:
            path = self.root
        elif self.plus:
            names.must_be_a_name(folder, dots=True)
            level = names.encoded(folder.replace(names.DELIMITER, "."), utf8=self.utf8)
            path = os.path.join(self.root, b"." + level)
        else:
            names.must_be_a_name(folder, dots=False)
            levels = [names.encoded(level, utf8=self.utf8) for level in folder.split(names.DELIMITER)]
            path = os.path.join(self.root, *levels)
        if any(len(level) > 255 for level in path.split(b"/")):
            raise ServerError(_("the folder's name {folder} is too long").format(folder=safe(folder, 60)))
        _made(path, self.root)
        for part in names.PARTS:
            _made(os.path.join(path, part), self.root)
        if self.plus and path != self.root:
            _marked(path)
        self._paths[folder] = path
        return path


def make(root: Path) -> Tree:
    """A Maildir of our own at `root`, made where it is missing."""
    tree = Tree(root)
    for path in (tree.root, *(os.path.join(tree.root, part) for part in names.PARTS)):
        _made(path, tree.root)
    tree.folders()
    return tree


def is_folder(path: bytes) -> bool:
    """Whether mail can lie there: `cur` and `new` are real folders."""
    return all(_is_directory(os.path.join(path, part)) for part in (b"cur", b"new"))


def _is_directory(path: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _folders_in(path: bytes) -> list[bytes]:
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))


def _nested(path: bytes, above: tuple[bytes, ...], depth: int) -> Iterator[tuple[bytes, ...]]:
    """Folders in folders, each as the levels of its name. What cannot be read is passed over."""
    if depth >= _DEEPEST:
        return
    try:
        found = _folders_in(path)
    except OSError:
        if not above:
            raise
        return
    for name in found:
        if name in names.PARTS or (name.startswith(b".") and not above):
            continue
        here = os.path.join(path, name)
        if is_folder(here):
            yield (*above, name)
        yield from _nested(here, (*above, name), depth + 1)


def _made(path: bytes, root: bytes) -> None:
    """Make a folder that is there for its owner alone (SAFE-2), or for whom the folder above it is there."""
    above = os.path.dirname(path)
    if above != path and not os.path.isdir(above):
        _made(above, root)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    if path.startswith(root + b"/"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            as_its_folder(descriptor, os.stat(above))
        finally:
            os.close(descriptor)


def _marked(path: bytes) -> None:
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(os.path.join(path, _PLUS_MARK), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            as_its_folder(descriptor, os.stat(path))
        finally:
            os.close(descriptor)
