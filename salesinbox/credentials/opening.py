"""The encrypted file, and how it is opened: once, by a passphrase that the rep or the machine gives (ACC-4)."""

import contextlib
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

from salesinbox.credentials import command
from salesinbox.credentials.vault import Key, LockedError, Vault, WrongPassphraseError
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError
from salesinbox.model.settings import Secrets

FILE = "secrets"
"""The encrypted file's name in the data folder."""
SYSTEMD_NAME = "salesinbox-passphrase"
"""Of systemd's credential (LoadCredential=, LoadCredentialEncrypted=), a file in $CREDENTIALS_DIRECTORY."""
_LONGEST = 65536


class Safe:
    """The encrypted file with the key to it, as long as this process has one. May be used by any thread."""

    def __init__(self, secrets: Secrets, data: Path) -> None:
        self.vault = Vault(secrets.file or data / FILE)
        self._command = secrets.passphrase_command
        self._lock = threading.RLock()
        self._key: Key | None = None

    @property
    def path(self) -> Path:
        return self.vault.path

    def is_open(self) -> bool:
        """Whether secrets can be had and kept without asking anybody."""
        try:
            self._opened()
        except CredentialsError:
            return False
        return True

    def has(self, name: str) -> bool:
        """Whether there is a secret of this name; it need not be open for that."""
        return name in self.vault.names()

    def get(self, name: str) -> str | None:
        """Raises LockedError where nobody gives the passphrase."""
        if not self.has(name):
            return None
        return self.vault.entries(self._opened()).get(name)

    def keep(self, name: str, secret: str) -> None:
        """Raises LockedError, or CredentialsError where no passphrase was chosen yet."""
        self.vault.change(self._opened(), lambda entries: entries.update({name: secret}))

    def remove(self, name: str) -> bool:
        """Whether there was one of this name."""
        if not self.has(name):
            return False

        def without(entries: dict[str, str]) -> None:
            entries.pop(name, None)

        self.vault.change(self._opened(), without)
        return True

    def unlock(self, passphrase: str) -> None:
        """Raises WrongPassphraseError, or CredentialsError where there is no file."""
        with self._lock:
            self._key = self.vault.key(passphrase)

    def lock(self) -> None:
        with self._lock:
            self._key = None

    def set_passphrase(self, old: str, new: str) -> None:
        """Choose the passphrase, or another one; `old` counts where there is one. Stays open with the new one."""
        with self._lock:
            if self.vault.exists():
                self._key = self.vault.change_passphrase(self.vault.key(old), new)
            else:
                self._key = self.vault.create(new)

    def hand_over(self) -> int:
        """A descriptor with the key, for the program that this process becomes (execve); -1 while it is locked."""
        with self._lock:
            if self._key is None:
                return -1
            reading, writing = os.pipe()
            try:
                os.write(writing, json.dumps({"kdf": dict(self._key.kdf), "key": self._key.octets.hex()}).encode())
            finally:
                os.close(writing)
            os.set_inheritable(reading, True)
            return reading

    def taken_over(self, descriptor: int) -> None:
        """Take what `hand_over` left; nothing happens where it left nothing."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if descriptor < 3 or not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                return
            with os.fdopen(descriptor, "rb") as pipe:
                found: dict[str, Any] = json.loads(pipe.read(_LONGEST))
            with self._lock:
                self._key = Key(found["kdf"], bytes.fromhex(found["key"]))

    def _opened(self) -> Key:
        """The key: the one that is here, else by the passphrase that the machine gives."""
        with self._lock:
            there = self.vault.exists()
            if there and self._key is not None and self.vault.fits(self._key):
                return self._key
            given = self._of_machine()
            if not given:
                raise _locked() if there else _missing(self.path)
            self._key = self._by_machine(given) if there else self.vault.create(given)
            return self._key

    def _of_machine(self) -> str:
        """The passphrase of a machine that starts by itself: the configured command's, or systemd's; "" for none."""
        if self._command:
            return command.printed(self._command, _("The passphrase_command of [secrets]"))
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            return ""
        try:
            with (Path(folder) / SYSTEMD_NAME).open(encoding="utf-8", errors="surrogateescape") as file:
                return file.read(_LONGEST).partition("\n")[0]
        except OSError:
            return ""

    def _by_machine(self, passphrase: str) -> Key:
        try:
            return self.vault.key(passphrase)
        except WrongPassphraseError:
            source = _("The passphrase_command of [secrets]") if self._command else _("systemd's credential")
            raise WrongPassphraseError(
                _("{source} gives another passphrase than that of {file}. Change one of them.").format(
                    source=source, file=self.path
                )
            ) from None


def _locked() -> LockedError:
    return LockedError(
        _(
            "The passwords are locked. Unlock them with: salesinbox secrets unlock – or, for a machine that starts by "
            "itself, write a passphrase_command in [secrets]."
        )
    )


def _missing(path: Path) -> CredentialsError:
    return CredentialsError(
        _(
            "There are no encrypted secrets in {file} yet. Choose a passphrase with: salesinbox secrets passphrase"
        ).format(file=path)
    )
