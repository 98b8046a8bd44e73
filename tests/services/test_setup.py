"""ACC-2: an account is found, offered, tried and written, against real servers."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from salesinbox import config
from salesinbox.locale import texts
from salesinbox.model.errors import ConfigurationError, CredentialsError, NetworkError
from salesinbox.model.settings import IMPLICIT, STARTTLS, Account
from salesinbox.providers.finding import Finder, known
from salesinbox.providers.finding.found import (
    AUTOCONFIG,
    BOTH,
    IMAP,
    MICROSOFT,
    PASSWORD,
    POP3,
    SMTP,
    SRV,
    TOKEN,
    Found,
    Server,
    asked,
)
from salesinbox.providers.finding.names import Names
from salesinbox.providers.finding.web import Web
from salesinbox.services.candidates import candidates
from salesinbox.services.setup import Candidate, FolderChoice, Proposal, SetupService
from tests import mailboxes
from tests.finding_servers import DOMAIN, Dns, Website, hosts
from tests.oauth_server import OAuthServer, token_dovecot
from tests.servers import Certificates, Dovecot, Mailbox, free_port
from tests.sync.outpost import Outpost

HAND = (
    '# mine\n[me]\nname = "Nami"\n\n[[account]]\nname = "zylker"\naddress = "a@b.example"\n[account.imap]\nhost = "x"\n'
)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    texts.use("en")
    yield
    texts.use("")


class Drawer:
    """Where secrets are kept, in memory; `own`: what the accounts' own commands print."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bool]] = {}
        self.own = ""

    def secret(self, account: Account) -> str:
        if not self.own:
            raise CredentialsError(f"no password for {account.name}")
        return self.own

    sending_secret = secret

    def client_secret(self, account: Account) -> str:
        return ""

    def keep(self, account: Account, secret: str, where: str = "auto", *, sending: bool = False) -> str:
        self.kept[account.name] = (secret, sending)
        return "file"

    def keep_token(self, account: Account, refresh_token: str) -> str:
        self.kept[account.name] = (refresh_token, False)
        return "keyring"


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def setup(tmp_path: Path, drawer: Drawer) -> SetupService:
    return SetupService(tmp_path / "config.toml", lambda: drawer)


def proposal(mailbox: Mailbox, **tables: dict[str, object]) -> Proposal:
    imap = {"host": mailbox.host, "port": mailbox.port, "tls": "none", "user": mailbox.user}
    return Proposal("work", f"{mailbox.user}@{DOMAIN}", tables={"imap": imap, **tables})


# --- what is offered -----------------------------------------------------------------------------------------------


def test_ACC_2_from_the_address_to_an_account_that_works(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    certificates: Certificates,
    drawer: Drawer,
) -> None:
    hosts(monkeypatch)
    with Dovecot(tmp_path_factory.mktemp("setup"), certificate=certificates.valid) as dovecot:
        page = f"""<clientConfig><emailProvider id="{DOMAIN}"><displayName>Zylker Mail</displayName>
            <incomingServer type="imap"><hostname>imap.{DOMAIN}</hostname><port>{dovecot.tls_port}</port>
            <socketType>SSL</socketType><authentication>password-cleartext</authentication>
            <username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>"""
        with (
            Dns({}) as names,
            Website(certificates.valid, {f"autoconfig.{DOMAIN}/mail/config-v1.1.xml": page.encode()}) as site,
        ):
            finder = Finder(
                Names(["127.0.0.1"], names.port),
                Web(certificates.ca_file, site.hosts()),
                ca_file=certificates.ca_file,
            )
            setup = SetupService(tmp_path / "config.toml", lambda: drawer, finder=lambda: finder)
            (found,) = setup.find(f"nami@{DOMAIN}")
        assert (found.provider, found.title, found.methods) == ("imap", "Zylker Mail (IMAP)", ("password", "command"))
        assert found.note == "zylker.example itself names these servers."
        tables = {name: dict(table) for name, table in found.settings.items()}
        assert tables["imap"] == {
            "host": f"imap.{DOMAIN}", "port": dovecot.tls_port, "tls": "implicit", "user": "nami",
        }  # fmt: skip
        tables["imap"]["ca_file"] = str(certificates.ca_file)
        chosen = Proposal(setup.name_for(f"nami@{DOMAIN}"), f"nami@{DOMAIN}", "橋本 奈美", "Asia/Tokyo", tables=tables)
        tried = setup.test(chosen, dovecot.login("nami").password)
        assert tried.ok, tried.detail
        assert setup.write(chosen) == tmp_path / "config.toml"
        (account,) = config.load(tmp_path / "config.toml").accounts
        assert (account.name, account) == ("zylker", setup.account(chosen))
        data = tmp_path / "data"
        data.mkdir(mode=0o700)
        assert not mailboxes.sync(dovecot.login("nami"), data / "mail.db", account).error


def way(**changes: object) -> Found:
    incoming = Server(IMAP, "imap.x.example", 993, IMPLICIT, "a@x.example", BOTH)
    outgoing = Server(SMTP, "smtp.x.example", 587, STARTTLS, "a@x.example", BOTH)
    return replace(Found(AUTOCONFIG, "X", incoming, (outgoing,), reached=True), **changes)  # type: ignore[arg-type]


def one(found: Found) -> Candidate:
    (made,) = candidates([found], "x.example")
    return made


def test_ACC_2_only_ways_that_both_servers_take_are_offered() -> None:
    found = way()
    assert found.incoming is not None
    assert one(found).methods == ("password", "command")
    assert one(replace(found, tokens="google")).methods == ("password", "command", "oauth")
    assert one(replace(found, tokens=MICROSOFT)).methods == ("password", "command", "oauth", "device")
    by_token = replace(found.incoming, methods=frozenset({TOKEN}))
    assert one(replace(found, incoming=by_token, tokens=MICROSOFT)).methods == ("oauth", "device")
    sends = replace(found.outgoing[0], methods=frozenset({TOKEN}))
    assert one(replace(found, outgoing=(sends,), tokens=MICROSOFT)).methods == ("oauth", "device")
    sends = replace(found.outgoing[0], methods=frozenset({PASSWORD}))
    assert one(replace(found, outgoing=(sends,), tokens=MICROSOFT)).methods == ("password", "command")
    # A server that takes only tokens of nobody known, or nothing that this program speaks, is no way.
    assert candidates([replace(found, incoming=by_token)], "x.example") == []
    assert candidates([replace(found, incoming=replace(found.incoming, methods=frozenset()))], "x.example") == []


def test_ACC_2_a_candidate_says_only_what_the_configuration_needs() -> None:
    made = one(way(tokens=MICROSOFT))
    assert made.settings == {
        "imap": {"host": "imap.x.example", "port": 993, "tls": "implicit", "user": "a@x.example"},
        "smtp": {"host": "smtp.x.example", "port": 587, "tls": "starttls"},
        "oauth": {"provider": "microsoft"},
    }
    other = way(outgoing=(Server(SMTP, "smtp.x.example", 465, IMPLICIT, "a"),))
    assert one(other).settings["smtp"]["user"] == "a"
    assert one(Found(AUTOCONFIG, "Gmail", None)).methods == ("oauth", "command")


def test_ACC_2_candidates_are_told_apart_and_say_what_is_wrong_with_them() -> None:
    found = [
        way(),
        way(incoming=Server(IMAP, "imap2.x.example", 993, IMPLICIT, "a@x.example")),
        way(incoming=Server(POP3, "pop.x.example", 995, IMPLICIT, "a@x.example"), source=SRV, reached=False),
        way(sending_trouble="smtp.x.example refuses connections on port 587."),
        way(title="E\x1b]0;vil\x07", reached=False, trouble="no server named imap.x.example can be found\x1b[2J"),
    ]
    made = candidates(found, "x.example")
    titles = [candidate.title for candidate in made]
    assert len(set(titles)) == len(titles)
    assert titles[:3] == ["X (IMAP)", "X (IMAP) – imap2.x.example:993", "X (POP3)"]
    assert made[2].note == "The DNS of x.example names these servers. pop.x.example has not answered yet."
    assert made[3].note.endswith("Just now: smtp.x.example refuses connections on port 587.")
    assert all(candidate.title.isprintable() and candidate.note.isprintable() for candidate in made)


def test_ACC_2_what_is_known_of_every_provider_can_be_written(setup: SetupService) -> None:
    for provider in known.PROVIDERS:
        addresses = ["a@" + pattern.replace("*", "x") for pattern in provider.domains]
        found = [way for address in addresses for way in known.by_domain(asked(address))]
        found += [way for suffix in provider.mx for way in known.by_mx(asked("a@x.example"), [f"h.{suffix}"])]
        for candidate in candidates(found, "x.example"):
            tables = {name: dict(table) for name, table in candidate.settings.items()}
            if "oauth" in tables:
                tables["oauth"]["client_id"] = "abc"
            if candidate.provider == "gmail":
                tables["gmail"]["client_id"] = "abc"
            account = setup.account(Proposal("a", "a@x.example", provider=candidate.provider, tables=tables))
            assert account.sends


# --- trying --------------------------------------------------------------------------------------------------------


def test_ACC_2_reading_and_sending_are_tried_and_folders_counted(dovecot: Mailbox, setup: SetupService) -> None:
    for number in range(3):
        dovecot.deliver(mailboxes.mail(number))
    with dovecot.client() as other:
        for folder in ("Junk", "受注"):
            other.create_folder(folder)
    with Outpost() as post:
        wanted = proposal(dovecot, smtp={"host": "127.0.0.1", "port": post.port, "tls": "none"})
        tried = setup.test(wanted, dovecot.password)
        assert post.taken == []
    assert (tried.ok, tried.readable, tried.exit) == (True, True, 0)
    assert "Mail can be sent by 127.0.0.1" in tried.detail
    inbox, *others = setup.folders(wanted, dovecot.password)
    assert inbox == FolderChoice("INBOX", "inbox", 3, True)
    assert set(others) == {FolderChoice("Junk", "spam", 0, False), FolderChoice("受注", "", 0, True)}
    assert not setup.path.exists()


def test_ACC_2_what_goes_wrong_is_told_with_its_exit_code(dovecot: Mailbox, setup: SetupService) -> None:
    refused = setup.test(proposal(dovecot), "wrong")
    assert (refused.ok, refused.readable, refused.exit) == (False, False, int(CredentialsError.exit))
    assert "wrong" not in refused.detail
    gone = setup.test(proposal(replace(dovecot, server=_Nowhere())), "x")
    assert (gone.ok, gone.exit) == (False, int(NetworkError.exit))
    unsent = proposal(dovecot, smtp={"host": "127.0.0.1", "port": free_port(), "tls": "none"})
    tried = setup.test(unsent, dovecot.password)
    assert (tried.ok, tried.readable, tried.exit) == (False, True, int(NetworkError.exit))
    assert "Mail can be read, but not sent" in tried.detail
    absurd = setup.test(replace(proposal(dovecot), name="a:b"), "x")
    assert (absurd.ok, absurd.exit) == (False, int(ConfigurationError.exit))


class _Nowhere:
    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = free_port()


def test_ACC_4_an_accounts_own_command_is_asked_where_no_password_is_given(
    dovecot: Mailbox, setup: SetupService, drawer: Drawer
) -> None:
    assert not setup.test(proposal(dovecot), "").ok
    drawer.own = dovecot.password
    assert setup.test(proposal(dovecot), "").ok
    clear = proposal(dovecot)
    clear.tables["imap"]["password_command"] = ["true"]  # type: ignore[index]
    assert setup.test(clear, "not this one").ok  # the command's, not what was typed


@pytest.mark.parametrize("rotates", [False, True])
def test_ACC_5_a_login_by_OAuth_is_tried_and_the_newest_token_is_kept(
    tmp_path_factory: pytest.TempPathFactory, setup: SetupService, drawer: Drawer, rotates: bool
) -> None:
    folder = tmp_path_factory.mktemp("tokens")
    with OAuthServer(rotates=rotates) as oauth, token_dovecot(folder, oauth, "xoauth2") as dovecot:
        settings = oauth.oauth()
        table = {
            "provider": "custom", "client_id": settings.client_id, "authorize_url": settings.authorize_url,
            "token_url": settings.token_url, "scopes": list(settings.scopes),
        }  # fmt: skip
        wanted = proposal(dovecot.login("nami"), oauth=table)
        wanted.tables["imap"]["auth"] = "oauth"  # type: ignore[index]
        token = oauth.refresh_token("nami")
        tried = setup.test(wanted, token)
        assert tried.ok, tried.detail
        assert [one.name for one in setup.folders(wanted, token)][:1] == ["INBOX"]
        assert setup.keep_token(wanted, token) == "keyring"
        kept, _sending = drawer.kept["work"]
        assert (kept != token) == rotates
        # What is kept lets one in: it was not used up by the try.
        assert setup.test(wanted, kept).ok
        refused = setup.test(wanted, "nonsense")
        assert (refused.ok, refused.exit) == (False, int(CredentialsError.exit))
        assert "nonsense" not in refused.detail


# --- writing -------------------------------------------------------------------------------------------------------


def test_ACC_2_names_are_short_and_not_taken(setup: SetupService) -> None:
    assert setup.name_for("nami@zylker.example") == "zylker"
    setup.path.touch(mode=0o600)
    setup.path.write_text(HAND)
    assert setup.name_for("nami@mail.zylker.co.jp") == "zylker2"
    assert setup.name_for("nami@gmail.com") == "gmail"
    assert setup.name_for("a@日本語.example") == "日本語"
    assert setup.name_for("") == "mail"
    assert len(setup.name_for("a@" + "x" * 60 + ".example")) <= 40
    setup.path.write_text("[[nonsense")
    assert setup.name_for("nami@zylker.example") == "zylker"


def test_ACC_2_a_name_that_is_taken_is_told_before_anybody_is_asked(dovecot: Mailbox, setup: SetupService) -> None:
    setup.path.touch(mode=0o600)
    setup.path.write_text(HAND)
    wanted = replace(proposal(dovecot), name="zylker")
    tried = setup.test(wanted, dovecot.password)
    assert (tried.ok, tried.readable, tried.exit) == (False, False, int(ConfigurationError.exit))
    with pytest.raises(ConfigurationError, match='"zylker" already'):
        setup.write(wanted)
    assert setup.path.read_text() == HAND


def test_ACC_2_folders_colour_and_kind_are_written_and_nothing_empty(setup: SetupService, tmp_path: Path) -> None:
    tables = {"maildir": {"path": str(tmp_path / "Mail"), "archive": ""}, "smtp": {"host": "s.example", "port": 465}}
    setup.write(
        Proposal("files", "a@b.example", provider="maildir", tables=tables, folders=("INBOX", "受注"), color="blue")
    )
    assert setup.path.read_text() == (
        '[[account]]\nname = "files"\naddress = "a@b.example"\nprovider = "maildir"\ncolor = "blue"\n'
        f'  [account.maildir]\n  path = "{tmp_path}/Mail"\n  folders = ["INBOX", "受注"]\n'
        '  [account.smtp]\n  host = "s.example"\n  port = 465\n'
    )
    (account,) = config.load(setup.path).accounts
    assert account.folders == ("INBOX", "受注")


def test_ACC_4_a_password_is_kept_for_what_needs_it(setup: SetupService, drawer: Drawer, dovecot: Mailbox) -> None:
    setup.keep(proposal(dovecot), "one")
    tables = {"maildir": {"path": "x"}, "smtp": {"host": "s.example"}}
    setup.keep(Proposal("files", "a@b.example", provider="maildir", tables=tables), "two")
    assert drawer.kept == {"work": ("one", False), "files": ("two", True)}
    assert not setup.path.exists()


def test_ACC_2_a_search_that_is_stopped_ends(tmp_path: Path, drawer: Drawer, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts(monkeypatch)
    with Dns({}, silent=True) as names:
        finder = Finder(Names(["127.0.0.1"], names.port), seconds=30)
        setup = SetupService(tmp_path / "config.toml", lambda: drawer, finder=lambda: finder)
        begun = time.monotonic()
        assert setup.find(f"nami@{DOMAIN}", stopped=lambda: time.monotonic() - begun > 0.3) == []
        assert time.monotonic() - begun < 3
