"""Filing messages over IMAP (RFC 9051 §6.3.12): copies of what was sent, and drafts."""

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import Flag
from salesinbox.model.text import safe
from salesinbox.providers.imap.errors import speaking
from salesinbox.providers.imap.line import Done, RefusedError
from salesinbox.providers.imap.wire import Literal, Text, code_of, flag_names, internal_date
from salesinbox.providers.imap.write import Writing, must_be_a_name


class Appending(Writing):
    """No folder is opened to file something in it, and the one that is open stays so."""

    def append(self, folder: str, message: bytes, flags: Flag, date: int) -> int:
        """Raises ServerError also for a name with control characters, and for an empty one."""
        must_be_a_name(folder)
        octets = _filed_form(message)
        most = self._append_limit()
        if most is not None and len(octets) > most:
            raise self._too_large(folder, len(octets), most)
        with speaking(self._settings, _("filing a message in {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            try:
                done = self._filed(folder, octets, flags, date)
            except RefusedError as refusal:
                if refusal.code != b"TRYCREATE":
                    raise self._cannot_file(folder, len(octets), refusal) from None
                self.create(folder)
                try:
                    done = self._filed(folder, octets, flags, date)
                except RefusedError as again:
                    raise self._cannot_file(folder, len(octets), again) from None
            return self._new_uid(folder, done)

    def _filed(self, folder: str, octets: bytes, flags: Flag, date: int) -> Done:
        arguments: list[bytes | Text | Literal] = [b"APPEND", Text(self._raw(folder))]
        if flags:
            arguments.append(b"(" + b" ".join(flag_names(flags)) + b")")
        if date:
            arguments.append(internal_date(date))
        return self._run(*arguments, Literal(octets))

    def _new_uid(self, folder: str, done: Done) -> int:
        """The UID that the server told (RFC 4315 §3), unless the folder is another one than `open` knew."""
        code, argument = code_of(done.text)
        numbers = argument.split()
        if code != b"APPENDUID" or len(numbers) != 2 or not all(one.isdigit() and len(one) <= 10 for one in numbers):
            return 0
        looked = self._looked.get(folder)
        return int(numbers[1]) if looked is None or looked[0].uidvalidity == int(numbers[0]) else 0

    def _append_limit(self) -> int | None:
        """Octets that the server files at most, where it says so for all folders (RFC 7889)."""
        found = (one.partition(b"=")[2] for one in self._offered if one.startswith(b"APPENDLIMIT="))
        return next((int(most) for most in found if most.isdigit() and len(most) <= 18), None)

    def _cannot_file(self, folder: str, size: int, refusal: RefusedError) -> Exception:
        if refusal.code == b"TOOBIG":
            return self._too_large(folder, size, None)
        if refusal.code == b"OVERQUOTA":
            return ServerError(
                _(
                    "the mailbox on {host} is full, so nothing can be filed in {folder}; delete what is not needed"
                ).format(host=safe(self._settings.host, 100), folder=safe(folder, 100))
            )
        return refusal

    def _too_large(self, folder: str, size: int, most: int | None) -> ServerError:
        where = {"host": safe(self._settings.host, 100), "folder": safe(folder, 100), "size": _megabytes(size)}
        if most is None:
            return ServerError(_("{host} files no message of {size} MB in {folder}: it is too large").format(**where))
        return ServerError(
            _("{host} files no message of {size} MB in {folder}: it takes up to {most} MB").format(
                **where, most=_megabytes(most)
            )
        )


def _filed_form(message: bytes) -> bytes:
    """The octets that a literal may have (RFC 9051 §4.3): line ends as CRLF, and no NUL."""
    message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"\x80")
    return message.replace(b"\n", b"\r\n")


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.1f}"
