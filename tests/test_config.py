from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox import config
from salesinbox.locale import texts
from salesinbox.model.errors import ConfigurationError, Exit
from salesinbox.model.identities import Identity
from salesinbox.model.settings import IMPLICIT, NO_TLS, STARTTLS, Settings, Writing

ACCOUNT = """\
[[account]]
name = "work"
address = "rep@zylker.example"
[account.imap]
host = "imap.zylker.example"
"""


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture
def read(tmp_path):
    def read(text: str | bytes) -> Settings:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return config.load(path)

    return read


@pytest.fixture
def refused(read, tmp_path):
    """The sentence with which a configuration is refused, the file's name left out of it."""

    def refused(text: str | bytes) -> str:
        with pytest.raises(ConfigurationError) as caught:
            read(text)
        assert caught.value.exit == Exit.CONFIGURATION
        assert str(tmp_path / "config.toml") in str(caught.value)
        return str(caught.value).replace(str(tmp_path / "config.toml"), "FILE")

    return refused


def test_the_example_is_a_configuration(read):
    settings = read(config.EXAMPLE)
    (account,) = settings.accounts
    assert settings.me.zone == ZoneInfo("Asia/Tokyo")
    assert settings.me.own_domains == ("zylker.example",)
    assert (account.name, account.provider, account.imap.host, account.imap.port, account.imap.tls) == (
        "work", "imap", "imap.zylker.example", 993, IMPLICIT
    )  # fmt: skip
    assert account.imap.password_command == ("pass", "show", "zylker")
    assert account.imap.folders is None
    assert account.identities == (Identity("work", "橋本 奈美", "hashimoto@zylker.example", "橋本 奈美 / Zylker"),)
    assert (account.smtp.host, account.smtp.port, account.smtp.tls) == ("smtp.zylker.example", 465, IMPLICIT)


def test_the_documented_configuration_with_everything(read, tmp_path):
    settings = read("""\
[me]
name = "橋本 奈美"
zone = "Asia/Tokyo"
own_domains = ["@Zylker.example"]
team = ["Suzuki@partner.example"]
addresses = ["n.hashimoto@zylker.example"]

[display]
theme = "light"
language = "ja"
columns = ["people", "deals"]
[display.titles]
deals = "進行中"

[display.keys]
archive = "e"
reply = ["r", "f5"]

[[account]]
name = "work"
address = "hashimoto@zylker.example"
provider = "imap"
color = "green"
  [account.imap]
  host = "imap.zylker.example"
  port = 1143
  tls = "starttls"
  user = "hashimoto"
  password_command = ["pass", "show", "zylker"]
  folders = ["INBOX", "Sent", "営業/2026"]
  ca_file = "company.pem"
  authserv_id = "mx.zylker.example"
  [account.smtp]
  host = "smtp.zylker.example"
  port = 587
  tls = "starttls"
  user = "hashimoto"
  password_command = ["pass", "show", "zylker"]

[[account]]
name = "old"
address = "rep@old.example"
  [account.imap]
  host = "127.0.0.1"
  tls = "none"
  allow_clear_text = true
""")
    assert settings.me.team == ("suzuki@partner.example",)
    assert settings.me.addresses == ("n.hashimoto@zylker.example",)
    assert settings.me.own_domains == ("zylker.example",)
    assert settings.display.theme == "light"
    assert settings.display.language == "ja"
    assert settings.display.columns == ("people", "deals")
    assert settings.display.titles == {"deals": "進行中"}
    assert settings.display.keys == {"archive": "e", "reply": "r,f5"}
    work, old = settings.accounts
    assert work.imap.folders == ("INBOX", "Sent", "営業/2026")
    assert work.imap.ca_file == tmp_path / "company.pem"
    assert (work.imap.port, work.imap.tls, work.imap.user) == (1143, STARTTLS, "hashimoto")
    assert (old.imap.port, old.imap.tls, old.imap.user) == (143, NO_TLS, "rep@old.example")
    assert old.imap.clear_text_forced
    assert not work.imap.clear_text_forced


def test_UI_1_keys_may_also_stand_under_display(read):
    assert read('[display.keys]\narchive = "e"').display.keys == {"archive": "e"}


def test_an_empty_file_is_a_configuration_without_accounts(read):
    settings = read("")
    assert settings.accounts == ()
    assert settings.display.columns == ("deals", "people", "colleagues", "unknown")


@pytest.mark.parametrize(("tls", "port"), [("implicit", 993), ("starttls", 143), ("none", 143)])
def test_ACC_6_ports_follow_the_kind_of_tls(read, tls, port):
    assert read(f'{ACCOUNT}tls = "{tls}"').accounts[0].imap.port == port


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[mee]\nname = "x"', 'FILE, line 1: there is no key "mee" in the file; did you mean "me"?'),
        ('[me]\nnmae = "x"', 'FILE, line 2: there is no key "nmae" in [me]; did you mean "name"?'),
        (
            ACCOUNT + 'pasword_command = ["pass"]',
            'FILE, line 6: there is no key "pasword_command" in [account.imap]; did you mean "password_command"?',
        ),
        (
            ACCOUNT + '[[account]]\nname = "b"\nadress = "x"',
            'FILE, line 8: there is no key "adress" in [[account]]; did you mean "address"?',
        ),
        (
            ACCOUNT.replace("[account.imap]", "[account.imapp]"),
            'FILE, line 4: there is no key "imapp" in [[account]]; did you mean "imap"?',
        ),
        (
            ACCOUNT + 'Host = "x"',
            'FILE, line 6: there is no key "Host" in [account.imap]; did you mean "host"?',
        ),
        (
            "[display]\nzzz = 1",
            'FILE, line 2: there is no key "zzz" in [display]; known are: theme, language, columns, titles, keys, after, mark_read.',
        ),
        (
            "[display.titles]\npeeple = '人'",
            'FILE, line 2: there is no key "peeple" in [display.titles]; did you mean "people"?',
        ),
    ],
)  # fmt: skip
def test_an_unknown_key_names_file_line_table_and_the_nearest_known_key(refused, text, sentence):
    assert refused(text) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[me]\nname = 3", 'FILE, line 2: "name" in [me] must be text in quotes, like name = "…".'),
        ('me = "x"', 'FILE, line 1: "me" in the file must be a table, written [me].'),
        ('[account]\nname = "x"', 'FILE, line 1: "account" in the file must be a list of tables, written [[account]].'),
        (
            '[me]\nteam = "a@b.example"',
            'FILE, line 2: "team" in [me] must be a list of texts, like team = ["…", "…"].',
        ),
        ("[me]\nteam = [1]", 'FILE, line 2: "team" in [me] must be a list of texts, like team = ["…", "…"].'),
        (
            ACCOUNT + 'port = "993"',
            'FILE, line 6: "port" in [account.imap] must be a whole number without quotes, like port = 993.',
        ),
        (
            ACCOUNT + "port = true",
            'FILE, line 6: "port" in [account.imap] must be a whole number without quotes, like port = 993.',
        ),
        (ACCOUNT + "port = 0", "FILE, line 6: a port is a number from 1 to 65535."),
        (ACCOUNT + "port = 65536", "FILE, line 6: a port is a number from 1 to 65535."),
        (
            ACCOUNT + 'password_command = "pass show x"',
            ('FILE, line 6: "password_command" in [account.imap] must be a list of texts, '
            'like password_command = ["…", "…"].'),
        ),
        (
            ACCOUNT + "password_command = []",
            'FILE, line 6: write the program and its arguments, like ["pass", "show", "x"].',
        ),
        (
            ACCOUNT + 'allow_clear_text = "yes"',
            'FILE, line 6: "allow_clear_text" in [account.imap] must be true or false, without quotes.',
        ),
        (ACCOUNT + 'tls = "ssl"', 'FILE, line 6: "ssl" is none of: "implicit", "starttls", "none".'),
        (ACCOUNT + 'authserv_id = "a\\u0007b"', 'FILE, line 6: "authserv_id" holds a control character.'),
        ('[display]\nlanguage = "fr"', 'FILE, line 2: "fr" is none of: "en", "ja".'),
        ('[display]\ncolumns = ["deals", "x"]', 'FILE, line 2: "x" is none of: "deals", "people", "colleagues", "unknown".'),
        ("[display.keys]\narchive = 5", 'FILE, line 2: "archive" in [display.keys] must be text in quotes, like archive = "…".'),
        ('[me]\nteam = ["suzuki"]', 'FILE, line 2: "suzuki" is not a mail address.'),
        (ACCOUNT.replace("rep@zylker.example", "rep"), 'FILE, line 3: "rep" is not a mail address.'),
        (ACCOUNT.replace("imap.zylker.example", "imaps://x/"), 'FILE, line 5: "imaps://x/" is not the name of a server.'),
        (ACCOUNT.replace("host", "user"), 'FILE, line 4: [account.imap] needs "host".'),
        ('[[account]]\nname = "work"\n', 'FILE, line 1: [[account]] needs "address".'),
        (
            '[[account]]\nname = "work"\naddress = "a@b.example"\n',
            'FILE, line 1: account "work" has no [account.imap] with host and user.',
        ),
        (ACCOUNT + ACCOUNT, 'FILE, line 7: two accounts are named "work".'),
        (ACCOUNT.replace('"work"', '"a:b"'), "FILE, line 2: an account's name is short and has no colon."),
        (ACCOUNT + '[account.smtp]\nuser = "x"', 'FILE, line 6: [account.smtp] needs "host".'),
        (
            ACCOUNT + '[account.smtp]\nhost = "x"\nfolders = []',
            ('FILE, line 8: there is no key "folders" in [account.smtp]; known are: host, port, tls, user, '
            "password_command, password, password_in_clear, ca_file, allow_clear_text, auth, sent."),
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_place(refused, text, sentence):
    assert refused(text) == sentence


@pytest.mark.parametrize(
    ("zone", "hint"),
    [("Asia/Tokio", "Asia/Tokyo"), ("asia/tokyo", "Asia/Tokyo"), ("../../etc/passwd", None), ("Asia", None)],
)
def test_a_time_zone_that_does_not_exist_names_the_nearest(refused, zone, hint):
    sentence = refused(f'[me]\nzone = "{zone}"')
    assert sentence.startswith(f'FILE, line 2: there is no time zone "{zone}"; did you mean "')
    assert hint is None or hint in sentence


def test_the_zone_is_the_machines_where_none_is_set(read, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert read("").me.zone == ZoneInfo("Asia/Tokyo")
    monkeypatch.setenv("TZ", "Nowhere/Atall")
    assert read("").me.zone == ZoneInfo("UTC")


def test_a_syntax_error_names_its_line(refused):
    assert "(at line 2" in refused('[me]\nname = "x\n')


def test_a_file_that_is_not_utf_8_names_its_line(refused):
    assert refused('[me]\nname = "橋本"\n'.encode("shift_jis")) == (
        "FILE, line 2: the file is not in UTF-8; save it as UTF-8."
    )


def test_a_byte_order_mark_is_passed_over(read):
    assert read(b"\xef\xbb\xbf[me]\nname = 'x'").me.name == "x"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"There is no configuration at .*nowhere\.toml"):
        config.load(tmp_path / "nowhere.toml")


def test_a_folder_is_no_configuration(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        config.load(tmp_path)


def test_ACC_4_a_password_in_clear_needs_the_rep_to_insist(read, refused):
    sentence = refused(ACCOUNT + 'password = "hunter2"')
    assert sentence.startswith("FILE, line 6: a password in this file can be read")
    assert "password_in_clear = true" in sentence
    assert "hunter2" not in sentence
    for written in ('["hunter2"]', "hunter2", '"hunter2', '"hun\\u0007ter2"'):
        assert "hunter2" not in refused(f"{ACCOUNT}password = {written}").replace("\\u0007", "")
    account = read(ACCOUNT + 'password = "hunter2"\npassword_in_clear = true').accounts[0]
    assert account.imap.password == "hunter2"
    assert "hunter2" not in repr(account)


def test_ACC_4_a_password_and_a_command_are_one_too_many(refused):
    text = ACCOUNT + 'password = "hunter2"\npassword_in_clear = true\npassword_command = ["pass"]'
    assert refused(text) == "FILE, line 6: there is a password_command, too; keep one of them."


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_ACC_4_a_password_that_others_can_read_is_warned_of(read, mode):
    settings = read(ACCOUNT + 'password = "hunter2"\npassword_in_clear = true')
    settings.path.chmod(mode)
    (warning,) = config.warnings(settings)
    assert "can be read by others" in warning
    assert "hunter2" not in warning
    settings.path.chmod(0o600)
    assert config.warnings(settings) == ()


def test_ACC_4_a_file_that_others_can_change_is_warned_of(read):
    settings = read(ACCOUNT)
    settings.path.chmod(0o644)
    assert config.warnings(settings) == ()
    settings.path.chmod(0o664)
    assert "can be changed by others" in config.warnings(settings)[0]


def test_settings_without_a_file_have_no_warnings(read):
    settings = read(ACCOUNT)
    settings.path.unlink()
    assert config.warnings(settings) == ()


def test_paths_follow_the_environment(monkeypatch):
    for name in ("SALESINBOX_CONFIG", "SALESINBOX_DATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/rep")
    assert config.default_path() == Path("/home/rep/.config/salesinbox/config.toml")
    assert config.data_dir() == Path("/home/rep/.local/share/salesinbox")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x/config")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert config.default_path() == Path("/x/config/salesinbox/config.toml")
    assert config.data_dir() == Path("/home/rep/.local/share/salesinbox")
    monkeypatch.setenv("SALESINBOX_CONFIG", "mine.toml")
    monkeypatch.setenv("SALESINBOX_DATA", "here")
    assert (config.default_path(), config.data_dir()) == (Path("mine.toml"), Path("here"))


def test_a_home_folder_in_a_path_is_found(read, monkeypatch):
    monkeypatch.setenv("HOME", "/home/rep")
    assert read(ACCOUNT + 'ca_file = "~/ca.pem"').accounts[0].imap.ca_file == Path("/home/rep/ca.pem")


def test_inline_tables_are_checked_as_well(refused):
    text = '[[account]]\nname = "w"\naddress = "a@b.example"\nimap = { hots = "x" }\n'
    assert 'there is no key "hots" in [account.imap]; did you mean "host"?' in refused(text)


def test_UI_4_sentences_come_in_japanese(refused):
    texts.use("ja")
    assert (
        refused("[me]\nnmae = 1") == "FILE の 2 行目: [me] に「nmae」という項目はありません。「name」ではありませんか?"
    )


@pytest.mark.parametrize("key", ["\x1b[31m", "a" * 500])
def test_READ_3_a_hostile_key_is_shown_harmlessly(refused, key):
    quoted = key.replace("\x1b", "\\u001b")
    sentence = refused(f'[me]\n"{quoted}" = 1')
    assert "\x1b" not in sentence
    assert len(sentence) < 250


@pytest.mark.parametrize(("tls", "port"), [("implicit", 465), ("starttls", 587), ("none", 25)])
def test_ACC_6_ports_of_the_sending_server_follow_the_kind_of_tls(read, tls, port):
    smtp = read(f'{ACCOUNT}[account.smtp]\nhost = "smtp.zylker.example"\ntls = "{tls}"').accounts[0].smtp
    assert (smtp.port, smtp.tls, smtp.clear_text_forced) == (port, tls, False)


def test_the_sending_server_is_logged_in_to_as_the_other_unless_it_says_how(read, tmp_path):
    assert read(ACCOUNT).accounts[0].smtp is None
    account = read(f'{ACCOUNT}user = "nami"\n[account.smtp]\nhost = "smtp.zylker.example"').accounts[0]
    assert account.smtp.user == "nami"
    own = 'user = "sender"\npassword_command = ["pass", "show", "smtp"]\nca_file = "company.pem"'
    account = read(f'{ACCOUNT}user = "nami"\n[account.smtp]\nhost = "smtp.zylker.example"\n{own}').accounts[0]
    assert (account.smtp.user, account.smtp.password_command) == ("sender", ("pass", "show", "smtp"))
    assert account.smtp.ca_file == tmp_path / "company.pem"
    assert (account.imap.user, account.imap.password_command, account.imap.ca_file) == ("nami", (), None)


def test_ACC_4_a_sending_password_is_guarded_as_the_other(read, refused):
    smtp = ACCOUNT + '[account.smtp]\nhost = "x"\npassword = "hunter2"'
    assert refused(smtp).startswith("FILE, line 8: a password in this file can be read")
    settings = read(smtp + "\npassword_in_clear = true")
    assert "hunter2" not in repr(settings)
    settings.path.chmod(0o644)
    assert any("can be read by others" in warning for warning in config.warnings(settings))


def test_folders_that_the_server_does_not_mark_can_be_named(read):
    imap = read(f'{ACCOUNT}archive = "Archiv"\nspam = "迷惑メール"\ntrash = "ゴミ箱"').accounts[0].imap
    assert (imap.archive, imap.spam, imap.trash) == ("Archiv", "迷惑メール", "ゴミ箱")
    imap = read(ACCOUNT).accounts[0].imap
    assert (imap.archive, imap.spam, imap.trash) == ("", "", "")


# Writing and sending.

IDENTITIES = """\
[me]
name = "橋本 奈美"
addresses = ["alias@zylker.example"]
[[account]]
name = "work"
address = "rep@zylker.example"
signature = \"\"\"

橋本 奈美
  [account.identity]
name = "not this one"

\"\"\"
  [[account.identity]]
  address = "sales@zylker.example"
  name = "Zylker Sales"
  signature = ""
  reply_to = "answers@zylker.example"
  [[account.identity]]
  address = "Info@zylker.example"
  [account.imap]
  host = "imap.zylker.example"
"""


def test_SEND_3_identities_are_the_accounts_address_and_those_that_are_listed(read):
    signature = '橋本 奈美\n  [account.identity]\nname = "not this one"'
    assert read(IDENTITIES).accounts[0].identities == (
        Identity("work", "橋本 奈美", "rep@zylker.example", signature),
        Identity("work", "Zylker Sales", "sales@zylker.example", "", "answers@zylker.example"),
        Identity("work", "橋本 奈美", "Info@zylker.example", signature),
    )
    assert read(ACCOUNT).accounts[0].identities == (Identity("work", "", "rep@zylker.example"),)


def test_SEND_3_each_account_has_its_own_identities(read):
    second = ACCOUNT.replace("work", "old") + '[[account.identity]]\naddress = "rep@zylker.example"\n'
    with pytest.raises(
        ConfigurationError, match=r"line 12: rep@zylker\.example is an identity of this account already"
    ):
        read(ACCOUNT + second)
    second = second.replace('identity]]\naddress = "rep', 'identity]]\naddress = "old')
    (first, last) = read(ACCOUNT + second).accounts
    assert [one.address for one in first.identities] == ["rep@zylker.example"]
    assert [(one.account, one.address) for one in last.identities] == [
        ("old", "rep@zylker.example"),
        ("old", "old@zylker.example"),
    ]


def test_SEND_3_a_signature_keeps_its_lines_and_nothing_else(read, refused):
    read_signature = read(
        '[[account]]\nname = "w"\naddress = "a@b.example"\nsignature = "a\\r\\n\\tb  \\n\\n"\n[account.imap]\nhost = "x"'
    )
    assert read_signature.accounts[0].identities[0].signature == "a\n\tb"
    for wrong in ("\\u001b[31m", "a\\rb", "\\u2028", "\\u0085"):
        text = ACCOUNT.replace("[account.imap]", f'signature = """x\n{wrong}"""\n[account.imap]')
        assert refused(text) == 'FILE, line 4: "signature" holds a control character.'


@pytest.mark.parametrize(
    ("identity", "sentence"),
    [
        ('name = "x"', 'FILE, line 6: [[account.identity]] needs "address".'),
        ('address = "x"', 'FILE, line 7: "x" is not a mail address.'),
        ('address = "a@b.example"\nreply_to = "x y"', 'FILE, line 8: "x y" is not a mail address.'),
        ('address = "REP@zylker.example"',
         "FILE, line 7: REP@zylker.example is an identity of this account already; leave this one out."),
        ('address = "a@b.example\\nBcc: c@d.example"', 'FILE, line 7: "address" holds a control character.'),
        ('address = "a@b.example"\nname = "x\\r\\ny"', 'FILE, line 8: "name" holds a control character.'),
        ('address = "a@b.example"\nname = "x\\u2028y"', 'FILE, line 8: "name" holds a control character.'),
        ('address = "a@b.example"\nreplyto = "x"',
         'FILE, line 8: there is no key "replyto" in [[account.identity]]; did you mean "reply_to"?'),
        ('address = "a@b.example"\nsignature = 1',
         'FILE, line 8: "signature" in [[account.identity]] must be text in quotes, like signature = """…""".'),
        ('address = "a@b.example"\n[[account.identity]]\naddress = "a@b.example"',
         "FILE, line 9: a@b.example is an identity of this account already; leave this one out."),
    ],
)  # fmt: skip
def test_SEND_8_a_wrong_identity_is_named_with_its_place(refused, identity, sentence):
    assert refused(f"{ACCOUNT}[[account.identity]]\n{identity}\n") == sentence


def test_an_identity_that_is_no_list_is_told_how_to_write_it(refused):
    sentence = refused(f'{ACCOUNT}[account.identity]\naddress = "a@b.example"\n')
    assert sentence == (
        'FILE, line 6: "identity" in [[account]] must be a list of tables, written [[account.identity]].'
    )


def test_what_stands_in_a_signature_is_not_taken_for_a_key(refused):
    text = IDENTITIES.replace("Info@", "Info")
    assert refused(text) == 'FILE, line 20: "Infozylker.example" is not a mail address.'
    hashes = "#'''#" + '"""'
    text = f'[me]\nname = "# {hashes[:-3]}" # {hashes}\nteam = [\'a"""@b.example\']\nzone = 1\n'
    assert refused(text).startswith("FILE, line 4:")


def test_how_the_sending_server_is_used(read):
    smtp = read(f'{ACCOUNT}[account.smtp]\nhost = "x"').accounts[0].smtp
    assert (smtp.auth, smtp.files_sent) == ("", "auto")
    smtp = read(f'{ACCOUNT}[account.smtp]\nhost = "x"\nauth = "password"\nsent = "server"').accounts[0].smtp
    assert (smtp.auth, smtp.files_sent) == ("", "server")
    smtp = read(f'{ACCOUNT}[account.smtp]\nhost = "x"\nauth = "xoauth2"\nsent = "nobody"').accounts[0].smtp
    assert (smtp.auth, smtp.files_sent) == ("xoauth2", "nobody")


def test_SEND_1_how_mail_is_written(read):
    assert read("").writing == read("[writing]").writing == Writing()
    assert read('[writing]\nundo_seconds = 0\nformat = "markdown"\neditor = "external"\nresponse_days = 3').writing == (
        Writing(undo_seconds=0, markdown=True, external=True, response_days=3)
    )
    assert read('[writing]\nformat = "text"\neditor = "app"').writing == Writing()
    assert read('[writing]\neditor = ["vim", "+8"]').writing == Writing(external=True, editor=("vim", "+8"))
    assert read("[writing]\nundo_seconds = 120").writing.undo_seconds == 120


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[writing]\nundo_seconds = 121", 'FILE, line 2: "undo_seconds" is a number from 0 to 120.'),
        ("[writing]\nundo_seconds = -1", 'FILE, line 2: "undo_seconds" is a number from 0 to 120.'),
        ("[writing]\nresponse_days = 366", 'FILE, line 2: "response_days" is a number from 0 to 365.'),
        ("[writing]\nundo_seconds = 1.5",
         'FILE, line 2: "undo_seconds" in [writing] must be a whole number without quotes, like undo_seconds = 10.'),
        ('[writing]\nformat = "html"', 'FILE, line 2: "html" is none of: "text", "markdown".'),
        ('[writing]\neditor = "vim"',
         'FILE, line 2: write "app", "external" ($VISUAL or $EDITOR), or a command as a list, like ["vim", "+8"].'),
        ("[writing]\neditor = []", 'FILE, line 2: write the program and its arguments, like ["vim", "+8"].'),
        ('[writing]\neditor = [" "]', 'FILE, line 2: write the program and its arguments, like ["vim", "+8"].'),
        ("[writing]\neditor = [1]",
         'FILE, line 2: "editor" in [writing] must be a list of texts, like editor = ["…", "…"].'),
        ("[writing]\nundo_second = 5", 'FILE, line 2: there is no key "undo_second" in [writing]; did you mean "undo_seconds"?'),
        (ACCOUNT + '[account.smtp]\nhost = "x"\nauth = "oauth2"',
         'FILE, line 8: "oauth2" is none of: "password", "xoauth2", "oauth".'),
        (ACCOUNT + '[account.smtp]\nhost = "x"\nsent = "yes"',
         'FILE, line 8: "yes" is none of: "auto", "server", "program", "nobody".'),
    ],
)  # fmt: skip
def test_a_wrong_way_of_writing_is_named_with_its_place(refused, text, sentence):
    assert refused(text) == sentence
