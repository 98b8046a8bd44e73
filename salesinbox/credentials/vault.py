"""An encrypted file of secrets: Scrypt makes a key of the rep's passphrase, AES-256-GCM keeps the rest (ACC-4).

    {"format": …, "kdf": {"name": "scrypt", "n": …, "r": …, "p": …, "salt": …}, "names": […],
     "cipher": "aes-256-gcm", "nonce": …, "data": …, "sum": …}

All but `data` and `sum` is authenticated with it. `names` say in clear which secrets there are, so that it can be
told without the passphrase. `sum` is a plain SHA-256 over the rest: a file that is damaged is no wrong passphrase.
Keys and nonces by RFC 7914, NIST SP 800-38D; both by the `cryptography` package, which is loaded when it is needed.
"""

import base64
import hashlib
import json
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesinbox.credentials.files import alone, replace, translated
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError

LEAST_PASSPHRASE = 8
_FORMAT = "salesinbox secrets 1"
_CIPHER = "aes-256-gcm"
_N, _R, _P = 2**17, 8, 1
"""OWASP's first choice for Scrypt: 128 MiB and some tenths of a second."""
_MOST_N, _MOST_R, _MOST_P = 2**20, 16, 8
"""More is no file of ours: whoever could write it would have this program eat the memory."""
_LEAST_N = 2**14
_SALT, _NONCE, _KEY = 16, 12, 32
_LARGEST = 4_000_000


class LockedError(CredentialsError):
    """The file is there, and nobody has given the passphrase that is in force."""


class WrongPassphraseError(CredentialsError):
    """The file is whole, and the passphrase is not its."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and how it came from a passphrase (`kdf`, as the file has it)."""

    kdf: Mapping[str, Any]
    octets: bytes = field(repr=False)


class Vault:
    """The file at `path`; a link there leads to it. Other processes may write it at any time.

    Everything raises CredentialsError for a file that cannot be read or written, or that is damaged; what writes
    raises BusyError while another process does not end writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.exists()

    def names(self) -> frozenset[str]:
        """The names of what it holds; nothing where there is no file."""
        document = self._read()
        return frozenset(document["names"]) if document else frozenset()

    def fits(self, key: Key) -> bool:
        """Whether the file is still encrypted with this key: another process may have changed the passphrase."""
        document = self._read()
        return document is not None and document["kdf"] == key.kdf

    def key(self, passphrase: str) -> Key:
        """The file's key. WrongPassphraseError for another's."""
        document = self._read()
        if document is None:
            raise CredentialsError(_("There are no encrypted secrets in {file}.").format(file=self.path))
        found = Key(document["kdf"], _derived(passphrase, document["kdf"]))
        self._opened(document, found)
        return found

    def entries(self, key: Key) -> dict[str, str]:
        """Name → secret. LockedError where the passphrase was changed since."""
        document = self._read()
        if document is None:
            return {}
        if document["kdf"] != key.kdf:
            raise LockedError(_changed(self.path))
        try:
            return self._opened(document, key)
        except WrongPassphraseError:  # the key is right: somebody has written in the file
            raise CredentialsError(_damaged(self.path)) from None

    def create(self, passphrase: str) -> Key:
        """Begin an empty file with this passphrase; CredentialsError where there is one."""
        made = _new_key(passphrase)
        with alone(self.path):
            if self.exists():
                raise CredentialsError(_("There are encrypted secrets in {file} already.").format(file=self.path))
            self._write(made, {})
        return made

    def change(self, key: Key, change: Callable[[dict[str, str]], None]) -> None:
        """Let `change` alter what the file holds, while no other process does; on disk when this returns."""
        with alone(self.path):
            entries = self.entries(key)
            before = dict(entries)
            change(entries)
            if entries != before:
                self._write(key, entries)

    def change_passphrase(self, key: Key, passphrase: str) -> Key:
        """Encrypt everything anew, with another salt."""
        made = _new_key(passphrase)
        with alone(self.path):
            self._write(made, self.entries(key))
        return made

    # --- the file ----------------------------------------------------------------------------------------------

    def _read(self) -> dict[str, Any] | None:
        with translated(self.path):
            try:
                with self.path.open("rb") as file:
                    raw = file.read(_LARGEST)
            except FileNotFoundError:
                return None
        try:
            return _checked(json.loads(raw))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CredentialsError(_damaged(self.path)) from None

    def _opened(self, document: Mapping[str, Any], key: Key) -> dict[str, str]:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded only where something is encrypted
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

        try:
            plain = AESGCM(key.octets).decrypt(_octets(document["nonce"]), _octets(document["data"]), _head(document))
            found = json.loads(plain)
        except InvalidTag:
            raise WrongPassphraseError(_("That is not the passphrase of {file}.").format(file=self.path)) from None
        except ValueError:
            raise CredentialsError(_damaged(self.path)) from None
        return {str(name): str(value) for name, value in found.items()}

    def _write(self, key: Key, entries: Mapping[str, str]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

        nonce = secrets.token_bytes(_NONCE)
        document: dict[str, Any] = {
            "format": _FORMAT,
            "kdf": dict(key.kdf),
            "names": sorted(entries),
            "cipher": _CIPHER,
            "nonce": _text(nonce),
        }
        plain = json.dumps(dict(sorted(entries.items()))).encode()
        document["data"] = _text(AESGCM(key.octets).encrypt(nonce, plain, _head(document)))
        document["sum"] = _sum(document)
        replace(self.path, (json.dumps(document, indent=1) + "\n").encode())


def check_passphrase(passphrase: str) -> None:
    """CredentialsError for one that is no use."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise CredentialsError(
            _("A passphrase has at least {n} characters; several words are easy to remember.").format(
                n=LEAST_PASSPHRASE
            )
        )


# --- its parts -------------------------------------------------------------------------------------------------


def _checked(document: Any) -> dict[str, Any]:
    """The document as it is, if it is whole and one of ours; ValueError, KeyError or TypeError otherwise."""
    kdf = document["kdf"]
    whole = secrets.compare_digest(_sum(document), document["sum"])
    known = document["format"] == _FORMAT and document["cipher"] == _CIPHER and kdf["name"] == "scrypt"
    n, r, p = (kdf[key] for key in "nrp")
    fair = all(type(number) is int for number in (n, r, p))
    fair = fair and _LEAST_N <= n <= _MOST_N and n & (n - 1) == 0 and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P
    if not (whole and known and fair and len(_octets(kdf["salt"])) >= _SALT and isinstance(document["names"], list)):
        raise ValueError(_FORMAT)
    return dict(document)


def _head(document: Mapping[str, Any]) -> bytes:
    """What is authenticated beside the secrets."""
    return _canonical({key: value for key, value in document.items() if key not in ("data", "sum")})


def _sum(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({key: value for key, value in document.items() if key != "sum"})).hexdigest()


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _new_key(passphrase: str) -> Key:
    check_passphrase(passphrase)
    kdf = {"name": "scrypt", "n": _N, "r": _R, "p": _P, "salt": _text(secrets.token_bytes(_SALT))}
    return Key(kdf, _derived(passphrase, kdf))


def _derived(passphrase: str, kdf: Mapping[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415 - see above

    # One form, however a keyboard or an input method composes letters (RFC 8265 §4.2).
    octets = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    try:
        return Scrypt(salt=_octets(kdf["salt"]), length=_KEY, n=kdf["n"], r=kdf["r"], p=kdf["p"]).derive(octets)
    except MemoryError:
        raise CredentialsError(
            _("There is too little memory to open the encrypted secrets; 128 MB are needed.")
        ) from None


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


# --- sentences -------------------------------------------------------------------------------------------------


def _changed(path: Path) -> str:
    return _("The passphrase of {file} was changed elsewhere. Run: salesinbox secrets unlock").format(file=path)


def _damaged(path: Path) -> str:
    return _(
        "The encrypted secrets in {file} are damaged, or were written by a later version. Put back a copy of the "
        "file; or delete it, and store passwords and logins again."
    ).format(file=path)
