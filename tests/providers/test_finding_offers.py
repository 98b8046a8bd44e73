"""ACC-2: what a server offers is asked before anybody logs in, so that only that is offered to the rep."""

import time

import pytest

from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.providers.finding.found import IMAP, PASSWORD, POP3, SMTP, TOKEN, Server
from salesinbox.providers.finding.offers import Offer, first_reached, offer
from tests.finding_servers import DOMAIN, Spoken, hosts
from tests.servers import Certificates, Dovecot

GREETING = {IMAP: b"* OK hello\r\n", POP3: b"+OK hello\r\n", SMTP: b"220-mail\r\n220 hello\r\n"}
EHLO = b"EHLO [127.0.0.1]"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts(monkeypatch)


def asked(running: Spoken, kind: str, certificates: Certificates, tls: str = STARTTLS, seconds: float = 5) -> Offer:
    server = Server(kind, f"mail.{DOMAIN}", running.port, tls, "nami")
    return offer(server, time.monotonic() + seconds, certificates.ca_file)


def imap(words: bytes) -> dict[bytes, bytes]:
    return {
        b"a CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS " + words + b"\r\na OK done\r\n",
        b"b STARTTLS": b"b OK go\r\n",
    }


def pop3(*lines: bytes) -> dict[bytes, bytes]:
    said = b"".join(line + b"\r\n" for line in (b"+OK", b"STLS", *lines, b"."))
    return {b"CAPA": said, b"STLS": b"+OK go\r\n"}


def smtp(*lines: bytes) -> dict[bytes, bytes]:
    said = b"250-mail\r\n" + b"".join(b"250-" + line + b"\r\n" for line in lines) + b"250-STARTTLS\r\n250 8BITMIME\r\n"
    return {EHLO: said, b"STARTTLS": b"220 go\r\n"}


@pytest.mark.parametrize(
    ("kind", "answers", "methods"),
    [
        (IMAP, imap(b"AUTH=PLAIN AUTH=XOAUTH2"), {PASSWORD, TOKEN}),
        (IMAP, imap(b""), {PASSWORD}),
        (IMAP, imap(b"LOGINDISABLED AUTH=OAUTHBEARER"), {TOKEN}),
        (IMAP, imap(b"LOGINDISABLED AUTH=GSSAPI"), set()),
        (IMAP, imap(b"LOGINDISABLED auth=plain"), {PASSWORD}),
        (POP3, pop3(b"USER"), {PASSWORD}),
        (POP3, pop3(b"SASL PLAIN XOAUTH2", b"UIDL"), {PASSWORD, TOKEN}),
        (POP3, pop3(b"SASL XOAUTH2"), {TOKEN}),
        (POP3, {b"CAPA": b"-ERR what?\r\n", b"STLS": b"+OK\r\n"}, None),
        (SMTP, smtp(b"AUTH LOGIN PLAIN"), {PASSWORD}),
        (SMTP, smtp(b"AUTH=XOAUTH2"), {TOKEN}),
        (SMTP, smtp(), set()),
    ],
)
def test_ACC_2_only_what_a_server_offers_is_offered(
    certificates: Certificates, kind: str, answers: dict[bytes, bytes], methods: set[str] | None
) -> None:
    with Spoken(GREETING[kind], answers, certificates.valid) as running:
        found = asked(running, kind, certificates)
        said = b" ".join(running.heard)
    assert found.reached, found.trouble
    assert found.methods == methods
    assert b"nami" not in said
    assert b"LOGIN" not in said.replace(b"LOGIN PLAIN", b"")


def test_ACC_2_a_real_server_is_asked_by_both_kinds_of_TLS(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> None:
    with Dovecot(tmp_path_factory.mktemp("offers"), certificate=certificates.valid) as running:
        for tls, port in ((IMPLICIT, running.tls_port), (STARTTLS, running.port)):
            server = Server(IMAP, f"imap.{DOMAIN}", port, tls)
            assert offer(server, time.monotonic() + 10, certificates.ca_file) == Offer(True, frozenset({PASSWORD}))


@pytest.mark.parametrize("kind", [IMAP, POP3, SMTP])
def test_ACC_6_a_server_without_STARTTLS_is_no_way(certificates: Certificates, kind: str) -> None:
    answers = {
        b"a CAPABILITY": b"* CAPABILITY IMAP4rev1\r\na OK\r\n",
        b"CAPA": b"+OK\r\nUSER\r\n.\r\n",
        EHLO: b"250 mail\r\n",
    }
    with Spoken(GREETING[kind], answers) as running:
        found = asked(running, kind, certificates)
        assert b"STARTTLS" not in b" ".join(running.heard)
    assert not found.reached
    assert "STARTTLS" in found.trouble


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (IMAP, {**imap(b""), b"b STARTTLS": b"b OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na OK\r\n"}),
        (POP3, {**pop3(b"USER"), b"STLS": b"+OK go\r\n+OK\r\nUSER\r\n.\r\n"}),
        (SMTP, {**smtp(), b"STARTTLS": b"220 go\r\n250 AUTH PLAIN\r\n"}),
    ],
)
def test_ACC_6_what_was_said_before_TLS_began_does_not_count(
    certificates: Certificates, kind: str, answers: dict[bytes, bytes]
) -> None:
    with Spoken(GREETING[kind], answers, certificates.valid) as running:
        found = asked(running, kind, certificates)
    assert not found.reached


@pytest.mark.parametrize(
    ("kind", "greeting", "answers"),
    [
        (IMAP, b"HTTP/1.1 400 Bad Request\r\n", {}),
        (IMAP, b"* BYE too many\r\n", {}),
        (IMAP, b"x" * 20_000, {}),
        (IMAP, b"* OK\r\n", {b"a CAPABILITY": b"* 1 EXISTS\r\n" * 500}),
        (IMAP, b"* OK\r\n", {b"a CAPABILITY": b"a BAD what?\r\n"}),
        (POP3, b"-ERR busy\r\n", {}),
        (SMTP, b"554 not you\r\n", {}),
        (SMTP, b"hello\r\n", {}),
        (SMTP, b"220 x\r\n", {EHLO: b"550 no\r\n"}),
    ],
)
def test_ACC_2_what_is_no_mail_server_is_told_as_such(
    certificates: Certificates, kind: str, greeting: bytes, answers: dict[bytes, bytes]
) -> None:
    with Spoken(greeting, answers) as running:
        begun = time.monotonic()
        found = asked(running, kind, certificates)
        assert time.monotonic() - begun < 4
    assert not found.reached
    assert found.trouble


@pytest.mark.parametrize("greeting", [b"", b"* O"])
def test_ACC_2_a_server_that_dawdles_costs_no_more_than_the_deadline(
    certificates: Certificates, greeting: bytes
) -> None:
    with Spoken(greeting, {}) as running:
        begun = time.monotonic()
        found = asked(running, IMAP, certificates, seconds=1)
        assert time.monotonic() - begun < 3
    assert not found.reached
    assert "does not answer" in found.trouble


def test_ACC_6_a_certificate_that_cannot_be_trusted_is_told(certificates: Certificates) -> None:
    with Spoken(GREETING[IMAP], imap(b""), certificates.unknown) as running:
        found = asked(running, IMAP, certificates)
    assert not found.reached
    assert "signed by nobody" in found.trouble


def test_ACC_2_of_servers_that_send_the_first_that_answers_is_taken(certificates: Certificates) -> None:
    with Spoken(GREETING[SMTP], smtp(b"AUTH PLAIN"), certificates.valid) as running:
        dead = Server(SMTP, f"smtp.{DOMAIN}", 1, IMPLICIT)
        good = Server(SMTP, f"smtp.{DOMAIN}", running.port, STARTTLS)
        taken, found = first_reached((dead, good), time.monotonic() + 5, certificates.ca_file)
    assert (taken, found.methods) == (good, {PASSWORD})
    missed, trouble = first_reached((dead,), time.monotonic() + 5, certificates.ca_file)
    assert missed == dead
    assert "refuses connections" in trouble.trouble
    assert first_reached((), time.monotonic() + 5, None) == (None, Offer(reached=False))
