"""config.toml for every kind of account (ACC-1, ACC-3 to ACC-6)."""

from pathlib import Path

import pytest

from salesinbox import config
from salesinbox.locale import texts
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import IMPLICIT, STARTTLS, Account, OAuth, Secrets, Settings


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text)
    return config.load(path)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    return str(caught.value).replace(str(folder / "config.toml"), "FILE")


def account(folder: Path, provider: str, text: str) -> Account:
    head = f'[[account]]\nname = "x"\naddress = "a@b.example"\nprovider = "{provider}"\n'
    (found,) = read(folder, head + text).accounts
    return found


GMAIL = '[account.gmail]\nclient_id = "me.apps.example"\n'


def test_ACC_3_a_gmail_account(tmp_path):
    found = account(tmp_path, "gmail", GMAIL + 'client_secret_command = ["pass", "g"]')
    assert found.gmail is not None
    assert (found.gmail.storage, found.gmail.units_per_minute, found.keeps_mail, found.sends) == (
        "cache", 6000, True, True
    )  # fmt: skip
    assert found.oauth == OAuth("google", "me.apps.example", ("pass", "g"))
    found = account(
        tmp_path,
        "gmail",
        '[account.gmail]\nstorage = "none"\ntoken_command = ["token"]\nendpoint = "http://127.0.0.1:8080"\n'
        'folders = ["INBOX"]\n[account.smtp]\nhost = "smtp.gmail.com"\nauth = "xoauth2"',
    )
    assert not found.keeps_mail
    assert found.folders == ("INBOX",)
    assert found.smtp is not None
    assert (found.smtp.user, found.smtp.auth) == ("a@b.example", "xoauth2")


def test_ACC_1_a_pop3_account(tmp_path):
    found = account(tmp_path, "pop3", '[account.pop3]\nhost = "pop.b.example"').pop3
    assert found is not None
    assert (found.port, found.tls, found.user, found.keep_days) == (995, IMPLICIT, "a@b.example", None)
    found = account(tmp_path, "pop3", '[account.pop3]\nhost = "p"\ntls = "starttls"\nkeep_days = 0').pop3
    assert found is not None
    assert (found.port, found.tls, found.keep_days) == (110, STARTTLS, 0)


def test_ACC_1_a_maildir_account(tmp_path):
    found = account(tmp_path, "maildir", '[account.maildir]\npath = "Mail"\narchive = "Old"').maildir
    assert found is not None
    assert found.path == tmp_path / "Mail"
    assert found.archive == "Old"
    assert not account(tmp_path, "maildir", '[account.maildir]\npath = "/var/mail/me"').sends


def test_ACC_5_microsoft_by_imap_with_tokens(tmp_path):
    found = account(
        tmp_path,
        "imap",
        '[account.imap]\nhost = "outlook.office365.com"\nauth = "oauth"\n'
        '[account.smtp]\nhost = "smtp.office365.com"\nport = 587\ntls = "starttls"\nauth = "oauth"\n'
        '[account.oauth]\nprovider = "microsoft"\nclient_id = "1-2"\ntenant = "b.example"\nport = 9000',
    )
    assert found.oauth == OAuth("microsoft", "1-2", tenant="b.example", port=9000)
    assert found.imap is not None
    assert found.smtp is not None
    assert (found.imap.auth, found.smtp.auth) == ("oauth", "oauth")


def test_ACC_4_where_secrets_are_kept(tmp_path):
    assert read(tmp_path, "").secrets == Secrets()
    found = read(tmp_path, '[secrets]\nstore = "file"\nfile = "vault"\npassphrase_command = ["pass", "v"]').secrets
    assert found == Secrets("file", tmp_path / "vault", ("pass", "v"))
    assert refused(tmp_path, "[secrets]\npassphrase_command = []").startswith("FILE, line 2: write the program")


HEAD = '[[account]]\nname = "x"\naddress = "a@b.example"\nprovider = "'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('graph"', 'FILE, line 4: provider "graph" is not supported by this version; use "imap".'),
        ('imapp"', 'FILE, line 4: "imapp" is none of: "imap", "gmail", "pop3", "maildir".'),
        ('pop3"', 'FILE, line 1: account "x" has no [account.pop3] with host and user.'),
        ('maildir"', 'FILE, line 1: account "x" has no [account.maildir] with its path.'),
        ('gmail"\n[account.imap]\nhost = "x"',
         'FILE, line 5: account "x" is of the kind "gmail"; take [account.imap] out, or write provider = "imap".'),
        ('gmail"', ('FILE: account "x" needs in [account.gmail] a client_id, or a token_command that prints an access '
         "token.")),
        ('gmail"\n' + GMAIL + 'storage = "some"', 'FILE, line 7: "some" is none of: "cache", "none".'),
        ('gmail"\n' + GMAIL + 'endpoint = "http://mail.example/"',
         "FILE, line 7: http is not encrypted, so it goes to this machine only; write https."),
        ('gmail"\n' + GMAIL + 'endpoint = "ftp://x"',
         'FILE, line 7: "ftp://x" is no address like https://host/path.'),
        ('gmail"\n' + GMAIL + "units_per_minute = 3",
         "FILE, line 7: Gmail's quota is a number of at least 300 units a minute."),
        ('gmail"\n' + GMAIL + '[account.oauth]\nclient_id = "x"',
         "FILE, line 7: client_id stands in [account.gmail], too; keep one of them."),
        ('pop3"\n[account.pop3]\nhost = "x"\nkeep_days = -1',
         'FILE, line 7: "keep_days" is a number from 0 to 36500.'),
        ('imap"\n[account.imap]\nhost = "x"\nauth = "oauth"',
         'FILE, line 5: auth = "oauth" needs an [account.oauth] with provider and client_id.'),
        ('imap"\n[account.imap]\nhost = "x"\n[account.oauth]\nprovider = "custom"\nclient_id = "x"',
         'FILE, line 7: a provider of your own needs "authorize_url".'),
        ('imap"\n[account.imap]\nhost = "x"\n[account.oauth]\nclient_id = "x"\ntenant = "a/b"',
         "FILE, line 9: a tenant is a domain or an id of letters, digits, dots and dashes."),
        ('imap"\ncolor = "pinkish"\n[account.imap]\nhost = "x"',
         ('FILE, line 5: "pinkish" is none of: "red", "green", "yellow", "blue", "magenta", "cyan", "orange", "gray", '
         '"#RRGGBB".')),
    ],
)  # fmt: skip
def test_ACC_2_what_is_wrong_with_an_account_is_named_with_its_place(tmp_path, text, sentence):
    assert refused(tmp_path, HEAD + text) == sentence
