"""ACC-2: the servers of an address are found by what is known, autoconfig, the DNS and their usual names, in time."""

import time
from collections.abc import Iterator

import pytest

from salesinbox.model.errors import UsageError
from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.providers.finding import Finder, autoconfig, known
from salesinbox.providers.finding.found import (
    AUTOCONFIG,
    BY_MX,
    CENTRAL,
    GOOGLE,
    GUESS,
    IMAP,
    KNOWN,
    MICROSOFT,
    PASSWORD,
    POP3,
    SRV,
    TOKEN,
    Asked,
    Found,
    asked,
)
from salesinbox.providers.finding.names import Names
from salesinbox.providers.finding.web import Web
from tests.finding_servers import DOMAIN, Dns, Spoken, Website, hosts
from tests.servers import Certificates, Dovecot

ADDRESS = f"nami@{DOMAIN}"
PATH = "/mail/config-v1.1.xml"
MINE = f"autoconfig.{DOMAIN}{PATH}"
WELL_KNOWN = f"{DOMAIN}/.well-known/autoconfig{PATH}"


def xml(*servers: str, name: str = "Zylker") -> bytes:
    inner = "".join(servers)
    return (
        f'<?xml version="1.0"?>\n<clientConfig version="1.1"><emailProvider id="{DOMAIN}"><domain>{DOMAIN}</domain>'
        f"<displayName>{name}</displayName>{inner}</emailProvider></clientConfig>"
    ).encode()


def server(
    kind: str = "imap",
    host: str = f"imap.{DOMAIN}",
    port: object = 993,
    socket: str = "SSL",
    user: str = "%EMAILADDRESS%",
    auth: tuple[str, ...] = ("password-cleartext",),
) -> str:
    element = "outgoingServer" if kind == "smtp" else "incomingServer"
    ways = "".join(f"<authentication>{one}</authentication>" for one in auth)
    return (
        f'<{element} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>'
        f"{ways}<username>{user}</username></{element}>"
    )


def ways(found: list[Found]) -> list[tuple[str, str, str, int]]:
    return [(one.source, one.incoming.kind, one.incoming.host, one.incoming.port) for one in found if one.incoming]


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dns]:
    """A DNS that knows nothing, and the tests' domain on this machine."""
    hosts(monkeypatch)
    with Dns({}) as running:
        yield running


def names_of(running: Dns) -> Names:
    return Names(["127.0.0.1"], running.port)


class Offline(Web):
    def get(self, _url: str, _deadline: float) -> bytes | None:
        return None


@pytest.fixture(scope="module")
def dovecot_tls(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("finding"), certificate=certificates.valid) as running:
        yield running


# --- autoconfig ----------------------------------------------------------------------------------------------------


def test_ACC_2_a_domains_own_file_is_found_and_its_server_tried(
    nobody: Dns, certificates: Certificates, dovecot_tls: Dovecot
) -> None:
    page = xml(server(port=dovecot_tls.tls_port, user="%EMAILLOCALPART%"), server("smtp", port=1))
    with Website(certificates.valid, {MINE: page}) as site:
        web = Web(certificates.ca_file, site.hosts())
        finder = Finder(names_of(nobody), web, ca_file=certificates.ca_file)
        (one,) = finder.find(ADDRESS)
    assert (one.source, one.title, one.reached) == (AUTOCONFIG, "Zylker", True)
    assert one.incoming is not None
    assert (one.incoming.user, one.incoming.tls, one.incoming.methods) == ("nami", IMPLICIT, {PASSWORD})
    assert "refuses connections on port 1" in one.sending_trouble
    assert f"{MINE}?emailaddress=nami@{DOMAIN}" in site.asked
    assert WELL_KNOWN in site.asked


def test_ACC_2_a_file_behind_a_redirect_is_read_and_one_without_TLS_is_not(certificates: Certificates) -> None:
    pages: dict[str, bytes | str] = {
        "a.zylker.example/": "https://b.zylker.example/x",
        "b.zylker.example/x": b"here",
        "c.zylker.example/": "http://b.zylker.example/x",
        "d.zylker.example/": "https://d.zylker.example/",
        "e.zylker.example/": "https://[",
        "f.zylker.example/": "https://127.0.0.1/",
        "large.zylker.example/": b"x" * 300_000,
    }
    with Website(certificates.valid, pages) as site:
        names = [f"{one}.zylker.example" for one in "abcdef"] + ["large.zylker.example"]
        web = Web(certificates.ca_file, site.hosts(*names))
        end = time.monotonic() + 20
        assert web.get("https://a.zylker.example/", end) == b"here"
        assert [web.get(f"https://{name}/", end) for name in names[2:]] == [None] * 5
        assert web.get("https://b.zylker.example/missing", end) is None
        assert web.get("http://b.zylker.example/x", end) is None
        assert len([one for one in site.asked if one.startswith("d.")]) <= 5


def test_ACC_6_a_web_server_that_cannot_prove_its_name_is_told_no_address(certificates: Certificates) -> None:
    for chain in (certificates.expired, certificates.wrong_host, certificates.unknown):
        with Website(chain, {MINE: xml(server())}) as site:
            web = Web(certificates.ca_file, site.hosts())
            assert web.get(f"https://{MINE}?emailaddress=secret@x", time.monotonic() + 10) is None
            assert site.asked == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<clientConfig>",
        b"\xff\xfe\x00",
        b"<html><body>404</body></html>",
        b'<?xml version="1.0" encoding="no-such"?><clientConfig/>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><clientConfig>&b;</clientConfig>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><clientConfig>&f;</clientConfig>',
        b"<!DOCTYPE clientConfig>" + xml(server()).partition(b"\n")[2],
        b"<a>" * 5000,
        b"<clientConfig>" + b"<x/>" * 5000 + b"</clientConfig>",
    ],
)
def test_ACC_2_hostile_files_say_nothing(content: bytes) -> None:
    assert autoconfig.read(content, asked(ADDRESS), AUTOCONFIG) == []


@pytest.mark.parametrize(
    "bad",
    [
        server(host="127.0.0.1"),
        server(host="[::1]"),
        server(host="imap zylker.example"),
        server(host="x\x1b]0;y"),
        server(host=""),
        server(host="-x.example"),
        server(host="localhost"),
        server(host="a" * 64 + ".example"),
        server(port=0),
        server(port=70000),
        server(port="99٣"),
        server(port=""),
        server(socket="plain"),
        server(socket="cleartext"),
        server(auth=("GSSAPI", "client-IP-address")),
        server(kind="exchange"),
    ],
)
def test_ACC_2_what_is_no_server_to_log_in_to_safely_is_passed_over(bad: str) -> None:
    try:
        content = xml(bad, server("pop3", f"pop.{DOMAIN}", 995))
    except UnicodeEncodeError:
        pytest.fail("a test's own fault")
    found = autoconfig.read(content, asked(ADDRESS), AUTOCONFIG)
    assert [one.incoming.kind for one in found if one.incoming] in ([POP3], [])
    assert all(one.incoming and one.incoming.kind == POP3 for one in found)


def test_ACC_2_the_first_usable_server_of_each_kind_is_taken() -> None:
    content = xml(
        server(socket="plain", port=143),
        server(port=143, socket="STARTTLS", user="%EMAILLOCALPART%.%EMAILDOMAIN%", auth=("OAuth2", "password-cleartext")),
        server(),
        server("pop3", "pop.%EMAILDOMAIN%", 995, user="%UNKNOWN%"),
        server("smtp", "a.zylker.example", 465),
        server("smtp", "b.zylker.example", 587, "STARTTLS"),
    )  # fmt: skip
    imap, pop3 = autoconfig.read(content, asked(ADDRESS), CENTRAL)
    assert imap.incoming is not None
    assert pop3.incoming is not None
    assert (imap.incoming.port, imap.incoming.tls, imap.incoming.user) == (143, STARTTLS, f"nami.{DOMAIN}")
    assert imap.incoming.methods == {TOKEN, PASSWORD}
    assert (pop3.incoming.host, pop3.incoming.user) == (f"pop.{DOMAIN}", ADDRESS)
    assert [one.host for one in imap.outgoing] == ["a.zylker.example", "b.zylker.example"]


def test_SAFE_3_thunderbirds_database_is_asked_only_if_the_rep_says_so(nobody: Dns, certificates: Certificates) -> None:
    with Website(certificates.valid, {}) as site:
        reached: list[str] = []

        class Noted(Web):
            def get(self, url: str, deadline: float) -> bytes | None:
                reached.append(url)
                return super().get(url, deadline)

        web = Noted(certificates.ca_file, site.hosts("autoconfig.thunderbird.net"))
        finder = Finder(names_of(nobody), web, ca_file=certificates.ca_file, seconds=4)
        finder.find(ADDRESS)
        assert not [url for url in reached if DOMAIN not in url.split("/")[2]]
        finder.find(ADDRESS, central=True)
    assert f"https://autoconfig.thunderbird.net/v1.1/{DOMAIN}" in reached
    assert not [url for url in reached if "thunderbird" in url and "nami" in url]


# --- the DNS -------------------------------------------------------------------------------------------------------


def test_ACC_2_servers_that_the_DNS_names_are_found_and_tried(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates, dovecot_tls: Dovecot
) -> None:
    hosts(monkeypatch)
    records = {
        (f"_imaps._tcp.{DOMAIN}", "SRV"): [f"10 1 1 worse.{DOMAIN}.", f"0 5 {dovecot_tls.tls_port} imap.{DOMAIN}."],
        (f"_imap._tcp.{DOMAIN}", "SRV"): [f"0 1 {dovecot_tls.port} imap.{DOMAIN}."],
        (f"_pop3s._tcp.{DOMAIN}", "SRV"): ["0 0 0 ."],
        (f"_submission._tcp.{DOMAIN}", "SRV"): [f"0 1 1 smtp.{DOMAIN}."],
    }
    with Dns(records) as running:
        found = Finder(names_of(running), Offline(), ca_file=certificates.ca_file).find(ADDRESS)
    assert ways(found) == [(SRV, IMAP, f"imap.{DOMAIN}", dovecot_tls.tls_port)]
    (one,) = found
    assert one.reached
    assert one.incoming is not None
    assert one.incoming.methods == {PASSWORD}
    assert one.outgoing[0].tls == STARTTLS
    assert one.notes == ()


def test_ACC_2_a_server_of_another_domain_is_named_to_the_rep(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts(monkeypatch, "imap.elsewhere.example")
    with Dns({(f"_imaps._tcp.{DOMAIN}", "SRV"): ["0 1 1 imap.elsewhere.example."]}) as running:
        (one,) = Finder(names_of(running), Offline()).find(ADDRESS)
    assert "The DNS of zylker.example names imap.elsewhere.example" in one.notes[0]
    assert not one.reached
    assert "refuses connections" in one.trouble


@pytest.mark.parametrize(
    ("mx", "title", "tokens", "host"),
    [
        ("1 aspmx.l.google.com.", "Google Workspace", GOOGLE, "imap.gmail.com"),
        ("0 zylker-example.mail.protection.outlook.com.", "Microsoft 365", MICROSOFT, "outlook.office365.com"),
        ("10 zylker.sakura.ne.jp.", "さくらインターネット", "", "zylker.sakura.ne.jp"),
        ("20 in1-smtp.messagingengine.com.", "Fastmail", "", "imap.fastmail.com"),
    ],
)
def test_ACC_2_where_the_mail_of_a_domain_goes_tells_its_provider(mx: str, title: str, tokens: str, host: str) -> None:
    with Dns({(DOMAIN, "MX"): [mx, "90 backup.elsewhere.example."]}) as running:
        found = known.by_mx(asked(ADDRESS), names_of(running).mx(DOMAIN, time.monotonic() + 5))
    imap = next(one for one in found if one.incoming and one.incoming.kind == IMAP)
    assert (imap.source, imap.title, imap.tokens) == (BY_MX, title, tokens)
    assert imap.incoming is not None
    assert imap.incoming.host == host
    assert (found[0].incoming is None) == (tokens == GOOGLE)


def test_ACC_2_a_DNS_that_never_answers_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts(monkeypatch)
    with Dns({}, silent=True) as running:
        begun = time.monotonic()
        assert Finder(names_of(running), Offline(), seconds=1.5).find(ADDRESS) == []
        assert time.monotonic() - begun < 3


# --- what is known -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "host", "user", "methods"),
    [
        ("a.b@gmail.com", "imap.gmail.com", "a.b@gmail.com", {PASSWORD, TOKEN}),
        ("a@GMAIL.com", "imap.gmail.com", "a@GMAIL.com", {PASSWORD, TOKEN}),
        ("a@hotmail.co.jp", "outlook.office365.com", "a@hotmail.co.jp", {TOKEN}),
        ("a@icloud.com", "imap.mail.me.com", "a", {PASSWORD}),
        ("a@yahoo.co.jp", "imap.mail.yahoo.co.jp", "a", {PASSWORD}),
        ("a@jade.ocn.ne.jp", "imap.ocn.ne.jp", "a@jade.ocn.ne.jp", {PASSWORD}),
        ("a@shop.sakura.ne.jp", "shop.sakura.ne.jp", "a@shop.sakura.ne.jp", {PASSWORD}),
        ("a@proton.me", "127.0.0.1", "a@proton.me", {PASSWORD}),
    ],
)
def test_ACC_2_a_known_provider_needs_no_question(address: str, host: str, user: str, methods: set[str]) -> None:
    found = known.by_domain(asked(address))
    imap = next(one for one in found if one.incoming and one.incoming.kind == IMAP)
    assert imap.source == KNOWN
    assert imap.incoming is not None
    assert (imap.incoming.host, imap.incoming.user, set(imap.incoming.methods)) == (host, user, methods)


def test_ACC_2_look_alikes_of_known_domains_are_not_known() -> None:
    for domain in ("gmail.com.example", "xgmail.com", "ocn.ne.jp.example", "xocn.ne.jp"):
        assert known.by_domain(asked(f"a@{domain}")) == []
    assert known.by_mx(asked(ADDRESS), ["aspmx.l.google.com.example", "xgoogle.com"]) == []


def test_ACC_2_every_known_provider_has_usable_servers() -> None:
    """What the table says can be written into a configuration."""
    for provider in known.PROVIDERS:
        for pattern in provider.domains:
            found = known.by_domain(asked("a@" + pattern.replace("*", "x")))
            assert found, pattern
            for one in found:
                assert one.incoming is None or one.outgoing, provider.title
        for suffix in provider.mx:
            found = known.by_mx(asked(ADDRESS), [f"x.{suffix}"])
            assert found[-1].title == provider.title or provider.tokens == GOOGLE, suffix
            assert "{" not in (found[-1].incoming.host if found[-1].incoming else "")


def test_SAFE_3_for_a_known_domain_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = hosts(monkeypatch, "imap.gmail.com", "pop.gmail.com", "smtp.gmail.com")
    with Dns({}) as running:
        found = Finder(names_of(running), Offline(), seconds=3).find("a@gmail.com")
        assert running.asked == []
    assert [one.incoming.kind if one.incoming else "api" for one in found] == ["api", IMAP, POP3]
    assert set(looked_up) <= {"imap.gmail.com", "pop.gmail.com", "smtp.gmail.com", "127.0.0.1"}


# --- guesses, order, time ------------------------------------------------------------------------------------------


def test_ACC_2_usual_names_count_only_when_they_answer(
    nobody: Dns, certificates: Certificates, dovecot_tls: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    finder = Finder(names_of(nobody), Offline(), ca_file=certificates.ca_file, seconds=4)
    assert finder.find(ADDRESS) == []
    # Port 993 is not a test's to take: the usual names are looked for at Dovecot's.
    from salesinbox.providers import finding

    real = finding.guesses

    def moved(about: Asked) -> list[Found]:
        from dataclasses import replace

        return [replace(one, incoming=replace(one.incoming, port=dovecot_tls.tls_port)) for one in real(about)]

    monkeypatch.setattr(finding, "guesses", moved)
    (one,) = finder.find(ADDRESS)
    assert (one.source, one.reached) == (GUESS, True)
    assert one.incoming is not None
    assert one.incoming.methods == {PASSWORD}
    assert "imap.zylker.example" in one.notes[0]


def test_ACC_2_each_server_is_told_once_by_whom_can_be_relied_on_most(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    hosts(monkeypatch)
    records = {
        (f"_imaps._tcp.{DOMAIN}", "SRV"): [f"0 1 1 imap.{DOMAIN}."],
        (f"_pop3s._tcp.{DOMAIN}", "SRV"): [f"0 1 1 pop.{DOMAIN}."],
    }
    with Dns(records) as running, Website(certificates.valid, {MINE: xml(server(port=1))}) as site:
        web = Web(certificates.ca_file, site.hosts())
        found = Finder(names_of(running), web, ca_file=certificates.ca_file).find(ADDRESS)
    assert ways(found) == [(AUTOCONFIG, IMAP, f"imap.{DOMAIN}", 1), (SRV, POP3, f"pop.{DOMAIN}", 1)]


def test_ACC_2_a_server_that_says_nothing_is_told_as_it_stands_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    hosts(monkeypatch)
    with (
        Spoken(b"", {}) as dumb,
        Website(certificates.valid, {MINE: xml(server(port=dumb.port))}) as site,
        Dns({}) as d,
    ):
        begun = time.monotonic()
        web = Web(certificates.ca_file, site.hosts())
        (one,) = Finder(names_of(d), web, ca_file=certificates.ca_file, seconds=2).find(ADDRESS)
        assert 1 < time.monotonic() - begun < 4
    assert not one.reached
    assert one.incoming is not None
    assert one.incoming.methods == {PASSWORD}


def test_ACC_2_the_search_ends_when_the_rep_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts(monkeypatch)
    with Dns({}, silent=True) as running:
        begun = time.monotonic()
        Finder(names_of(running), Offline(), seconds=30).find(ADDRESS, stopped=lambda: True)
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("text", ["", "nami", "@zylker.example", "nami@", "na mi@zylker.example", "a@b@", "a@x..example",
                                  "a@127.0.0.1", "a@" + "x" * 300 + ".example", "a@-x.example"])  # fmt: skip
def test_ACC_2_what_is_no_address_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="not a mail address"):
        asked(text)


def test_ACC_2_a_domain_in_other_letters_is_asked_for_as_the_DNS_writes_it() -> None:
    about = asked(" 奈美@日本語.example ")
    assert (about.domain, about.local) == ("xn--wgv71a119e.example", "奈美")
    assert autoconfig.addresses(about)[0].isascii()
