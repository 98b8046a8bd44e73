"""ACC-6: TLS is verified by default, and each way to fail has its own sentence."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model.errors import CertificateError, ConfigurationError, NetworkError, ServerError
from salesinbox.model.settings import IMPLICIT, NO_TLS, STARTTLS, Account, Imap
from salesinbox.providers.imap.session import ImapSession
from tests.servers import SECRET, Certificates, Dovecot, Saying, free_port


@contextlib.contextmanager
def serving(folder: Path, certificate: tuple[Path, Path]) -> Iterator[Dovecot]:
    with Dovecot(folder, certificate=certificate) as server:
        yield server


def attempt(account: Account, **seconds: float) -> None:
    line = ImapSession(account, lambda: SECRET, **seconds)
    try:
        line.connect()
        assert "TLS" in line.capabilities()
        assert line.open("INBOX", None).exists == 0
    finally:
        line.close()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Dovecot]:
    with serving(tmp_path_factory.mktemp("tls"), certificates.valid) as server:
        yield server


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_ACC_6_a_valid_certificate_is_accepted(good: Dovecot, certificates: Certificates, host: str) -> None:
    ca_file = certificates.ca_file
    attempt(good.account(host=host, port=good.tls_port, tls=IMPLICIT, ca_file=ca_file))
    attempt(good.account(host=host, port=good.port, tls=STARTTLS, ca_file=ca_file))


@pytest.mark.parametrize("tls", [IMPLICIT, STARTTLS])
@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        ("expired", "has expired"),
        ("wrong_host", "is not for localhost but for another name"),
        ("unknown", "signed by nobody this machine trusts"),
    ],
)
def test_ACC_6_bad_certificates_have_a_sentence_each(
    tmp_path: Path, certificates: Certificates, tls: str, which: str, sentence: str
) -> None:
    with serving(tmp_path, getattr(certificates, which)) as server:
        port = server.tls_port if tls == IMPLICIT else server.port
        with pytest.raises(CertificateError, match=sentence) as raised:
            attempt(server.account(host="localhost", port=port, tls=tls, ca_file=certificates.ca_file))
        assert str(port) in str(raised.value)
        assert "localhost" in str(raised.value)


def test_ACC_6_the_systems_trust_is_the_default(good: Dovecot) -> None:
    with pytest.raises(CertificateError, match="ca_file"):
        attempt(good.account(host="localhost", port=good.tls_port, tls=IMPLICIT))


def test_ACC_6_starttls_that_is_not_offered_is_an_error_and_no_password_is_sent() -> None:
    with Saying(capabilities=b"IMAP4rev1 AUTH=PLAIN") as server:
        with pytest.raises(ServerError, match="does not offer STARTTLS"):
            attempt(server.account(tls=STARTTLS))
        assert not any(b"AUTH" in line or b"LOGIN" in line for line in server.heard)


def test_ACC_6_a_server_that_logs_in_before_tls_is_not_believed() -> None:
    greeting = b"* PREAUTH welcome\r\n"
    with (
        Saying(capabilities=b"IMAP4rev1 STARTTLS", greeting=greeting) as server,
        pytest.raises(ServerError, match="does not offer STARTTLS"),
    ):
        attempt(server.account(tls=STARTTLS))


def test_ACC_6_answers_smuggled_in_before_tls_are_refused() -> None:
    smuggled = b"{tag} OK begin TLS\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"

    class Smuggling(Saying):
        def _answer(self, tag: bytes, command: bytes) -> bytes:
            if command.upper() == b"STARTTLS":
                return smuggled.replace(b"{tag}", tag)
            return super()._answer(tag, command)

    with (
        Smuggling(capabilities=b"IMAP4rev1 STARTTLS AUTH=PLAIN") as server,
        pytest.raises(ServerError, match="makes no sense"),
    ):
        attempt(server.account(tls=STARTTLS))


def test_ACC_6_clear_text_goes_to_no_other_machine() -> None:
    settings = Imap(host="192.0.2.99", port=143, tls=NO_TLS, user="rep")
    with pytest.raises(ConfigurationError, match='tls = "none" would send mail and password in clear'):
        attempt(Account("work", "rep@zylker.example", "imap", settings))


def test_ACC_6_clear_text_to_a_name_that_leads_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with Saying() as server:
        monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.99", 143))
        with pytest.raises(ConfigurationError, match="in clear"):
            attempt(server.account(host="localhost"))
        assert not any(b"AUTH" in line for line in server.heard)


def test_ACC_6_clear_text_when_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    with Saying() as server:
        monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.99", 143))
        line = ImapSession(server.account(host="localhost", clear_text_forced=True), lambda: SECRET)
        line.connect()
        assert "TLS" not in line.capabilities()
        line.close()


def test_tls_where_none_is_spoken(dovecot_server: Dovecot) -> None:
    with pytest.raises(NetworkError, match="does not speak TLS as expected on port"):
        attempt(dovecot_server.account(host="localhost", tls=IMPLICIT))


def test_a_ca_file_that_is_no_certificate(good: Dovecot, tmp_path: Path) -> None:
    wrong = tmp_path / "authority.pem"
    for content in (None, "hello"):
        if content is not None:
            wrong.write_text(content)
        with pytest.raises(ConfigurationError, match=r"authority\.pem"):
            attempt(good.account(host="localhost", port=good.tls_port, tls=IMPLICIT, ca_file=wrong))


def test_an_unknown_host_a_refused_line_and_silence() -> None:
    def account(host: str, port: int) -> Account:
        return Account(
            "work",
            "rep@zylker.example",
            "imap",
            Imap(host=host, port=port, tls=NO_TLS, user="rep", clear_text_forced=True),
        )

    with pytest.raises(NetworkError, match=r"no server named imap\.zylker\.invalid can be found"):
        attempt(account("imap.zylker.invalid", 993))
    with pytest.raises(NetworkError, match="can be found"):
        attempt(account("imap..zylker", 993))
    closed = free_port()
    with pytest.raises(NetworkError, match=f"refuses connections on port {closed}"):
        attempt(account("127.0.0.1", closed))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NetworkError, match=f"does not answer on port {port}"):
            attempt(account("127.0.0.1", port), read_seconds=0.3)
