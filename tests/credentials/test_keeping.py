"""Secrets that the rep gives to the program: kept in the keyring or encrypted, had again, removed (ACC-4, ACC-5)."""

import json
import os
import threading
from dataclasses import replace

import pytest

from salesinbox.credentials import Credentials, system_keyring, ways
from salesinbox.credentials.vault import LockedError
from salesinbox.model.errors import CredentialsError, NetworkError
from salesinbox.model.settings import IMPLICIT, NO_TLS, OAUTH, XOAUTH2, Gmail, Maildir, Pop3, Secrets, Smtp
from tests.credentials.conftest import SECRET
from tests.oauth_server import OAuthServer

PASSPHRASE = "correct horse battery"
SMTP = Smtp("smtp.zylker.example", 465, IMPLICIT, "rep")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def in_file(data, no_keyring):
    """A machine without a keyring, on which a passphrase was chosen."""
    made = Credentials(Secrets(), data)
    made.set_passphrase("", PASSPHRASE)
    return made


def keyring_holds(tmp_path):
    path = tmp_path / "kept.json"
    return json.loads(path.read_text()) if path.exists() else {}


# --- the keyring ---------------------------------------------------------------------------------------------------


def test_ACC_4_a_password_is_kept_in_the_keyring_where_there_is_one(credentials, account, back_end, data, tmp_path):
    back_end()
    assert credentials.keep(account, SECRET) == "keyring"
    assert keyring_holds(tmp_path) == {"salesinbox:imap.zylker.example rep@zylker.example": SECRET}
    assert Credentials(Secrets(), data).secret(account) == SECRET
    assert not (data / "secrets").exists()


def test_ACC_4_the_secret_goes_to_the_keyrings_process_by_a_pipe_alone(credentials, account, back_end, tmp_path):
    back_end(set_password=f"open({str(tmp_path / 'seen')!r}, 'wb').write(open('/proc/self/cmdline', 'rb').read()"
             " + open('/proc/self/environ', 'rb').read())")  # fmt: skip
    credentials.keep(account, "swordfish-in-a-pipe")
    assert b"python" in (tmp_path / "seen").read_bytes()
    assert b"swordfish" not in (tmp_path / "seen").read_bytes()


def test_ACC_4_a_password_is_replaced_and_used_at_once(credentials, account, back_end):
    back_end()
    credentials.keep(account, "first")
    assert credentials.secret(account) == "first"
    credentials.keep(account, "second")
    assert credentials.secret(account) == "second"


@pytest.mark.parametrize("body", ["return", "raise errors.KeyringLocked('x')", "raise errors.PasswordSetError('x')"])
def test_ACC_4_what_a_keyring_does_not_keep_is_kept_encrypted(account, back_end, data, body):
    back_end(set_password=body)
    credentials = Credentials(Secrets(), data)
    credentials.set_passphrase("", PASSPHRASE)
    assert credentials.keep(account, SECRET) == "file"
    assert credentials.secret(account) == SECRET


def test_ACC_4_a_keyring_that_writes_in_clear_is_taken_only_by_name(account, back_end, data, tmp_path):
    back_end()
    program = tmp_path / "rep_keyring.py"
    program.write_text(
        program.read_text().replace(
            "class Keyring(", "class PlaintextKeyring(KeyringBackend): ...\nclass Keyring(PlaintextKeyring, "
        )
    )
    with pytest.raises(CredentialsError, match="salesinbox secrets passphrase"):
        Credentials(Secrets(), data).keep(account, SECRET)
    assert keyring_holds(tmp_path) == {}
    assert Credentials(Secrets(store="keyring"), data).keep(account, SECRET) == "keyring"


@pytest.mark.parametrize(
    ("body", "told"),
    [("return", "did not keep"), ("raise errors.KeyringLocked('x')", "refused"), ("os._exit(1)", "refused")],
)
def test_ACC_4_a_keyring_that_was_asked_for_by_name_must_do_it(account, back_end, data, body, told):
    back_end(set_password=body)
    with pytest.raises(CredentialsError, match=told):
        Credentials(Secrets(store="keyring"), data).keep(account, SECRET)


def test_ACC_4_a_keyring_that_never_answers_is_waited_for_once(account, back_end, data, monkeypatch):
    back_end(get_password="time.sleep(600)")
    monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 0.5)
    credentials = Credentials(Secrets(), data)
    asked = []
    real = system_keyring.run
    monkeypatch.setattr(system_keyring, "run", lambda *given: asked.append(1) or real(*given))
    for number in range(5):
        other = replace(account, name=f"account {number}")
        with pytest.raises(CredentialsError, match="did not answer"):
            credentials.secret(other)
    assert len(asked) == 1


def test_ACC_4_removing_takes_the_password_from_the_keyring(credentials, account, back_end, tmp_path):
    back_end()
    credentials.keep(account, SECRET)
    assert credentials.remove(account) == []
    assert keyring_holds(tmp_path) == {}
    with pytest.raises(CredentialsError, match="holds no password"):
        credentials.secret(account)
    assert credentials.remove(account) == []


def test_ACC_4_a_secret_that_could_not_be_removed_is_told(credentials, account, back_end):
    back_end()
    credentials.keep(account, SECRET)
    back_end(delete_password="raise errors.KeyringLocked('x')")
    [sentence] = credentials.remove(account)
    assert "refused" in sentence


def test_ACC_4_what_another_account_uses_stays(credentials, account, back_end):
    back_end()
    credentials.keep(account, SECRET)
    twin = replace(account, name="twin")
    assert credentials.remove(account, [account, twin]) == []
    assert credentials.secret(twin) == SECRET


# --- the encrypted file --------------------------------------------------------------------------------------------


def test_ACC_4_without_a_keyring_a_password_is_kept_encrypted(in_file, account, data):
    assert in_file.keep(account, SECRET) == "file"
    again = Credentials(Secrets(), data)
    assert again.locked()
    with pytest.raises(LockedError, match="salesinbox secrets unlock"):
        again.secret(account)
    again.unlock(PASSPHRASE)
    assert not again.locked()
    assert again.secret(account) == SECRET


def test_ACC_4_without_a_keyring_and_a_passphrase_nothing_is_kept(credentials, account, no_keyring, data):
    with pytest.raises(CredentialsError, match="salesinbox secrets passphrase"):
        credentials.keep(account, SECRET)
    assert not credentials.locked()
    assert not (data / "secrets").exists()


def test_ACC_4_locked_again_everything_that_was_read_is_forgotten(in_file, account):
    in_file.keep(account, SECRET)
    assert in_file.secret(account) == SECRET
    in_file.lock()
    with pytest.raises(LockedError):
        in_file.secret(account)


def test_ACC_4_the_keyring_is_not_asked_for_what_lies_in_the_file(in_file, account, back_end):
    in_file.keep(account, SECRET)
    back_end(get_password="time.sleep(600)")
    assert in_file.secret(account) == SECRET


def test_ACC_4_the_file_named_in_the_configuration_is_the_one(account, tmp_path, no_keyring):
    credentials = Credentials(Secrets(store="file", file=tmp_path / "elsewhere" / "own"), tmp_path / "data")
    credentials.set_passphrase("", PASSPHRASE)
    credentials.keep(account, SECRET)
    assert (tmp_path / "elsewhere" / "own").exists()
    assert not (tmp_path / "data" / "secrets").exists()


def test_ACC_4_where_the_file_is_chosen_the_keyring_is_left_alone(account, back_end, data, tmp_path):
    back_end(get_password=f"open({str(tmp_path / 'asked')!r}, 'w')")
    credentials = Credentials(Secrets(store="file"), data)
    with pytest.raises(CredentialsError, match=r"among the encrypted secrets.*salesinbox secrets set work"):
        credentials.secret(account)
    credentials.set_passphrase("", PASSPHRASE)
    assert credentials.keep(account, SECRET) == "file"
    assert credentials.secret(account) == SECRET
    assert credentials.remove(account) == []
    assert not (tmp_path / "asked").exists()


def test_ACC_4_a_machine_that_starts_by_itself_has_the_passphrase_from_a_command(account, data, no_keyring):
    settings = Secrets(passphrase_command=("echo", PASSPHRASE))
    assert Credentials(settings, data).keep(account, SECRET) == "file"  # a file is begun with it
    again = Credentials(settings, data)
    assert not again.locked()
    assert again.secret(account) == SECRET
    Credentials(Secrets(), data).unlock(PASSPHRASE)


def test_ACC_4_a_command_that_gives_another_passphrase_is_named(in_file, account, data):
    in_file.keep(account, SECRET)
    for command, told in ((("echo", "something else"), "another passphrase"), (("false",), "passphrase_command")):
        other = Credentials(Secrets(passphrase_command=command), data)
        with pytest.raises(CredentialsError, match=told):
            other.secret(account)
        assert other.locked()


def test_ACC_4_a_machine_that_starts_by_itself_has_the_passphrase_from_systemd(
    in_file, account, data, tmp_path, monkeypatch
):
    in_file.keep(account, SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Credentials(Secrets(), data).locked()
    (tmp_path / "salesinbox-passphrase").write_text(PASSPHRASE + "\n")
    assert Credentials(Secrets(), data).secret(account) == SECRET
    (tmp_path / "salesinbox-passphrase").write_text("something else")
    with pytest.raises(CredentialsError, match="systemd's credential gives another"):
        Credentials(Secrets(), data).secret(account)


def test_ACC_4_a_passphrase_that_was_changed_elsewhere_locks(in_file, account, data):
    in_file.keep(account, SECRET)
    Credentials(Secrets(), data).set_passphrase(PASSPHRASE, "another passphrase")
    assert in_file.locked()
    in_file.forget(account)
    with pytest.raises(LockedError):
        in_file.secret(account)
    in_file.unlock("another passphrase")
    assert in_file.secret(account) == SECRET


def test_ACC_4_a_wrong_passphrase_changes_nothing(in_file, account, data):
    in_file.keep(account, SECRET)
    with pytest.raises(CredentialsError, match="not the passphrase"):
        in_file.unlock("wrong horse battery")
    with pytest.raises(CredentialsError, match="not the passphrase"):
        in_file.set_passphrase("wrong horse battery", "another passphrase")
    assert in_file.secret(account) == SECRET


def test_ACC_4_a_process_that_begins_anew_takes_the_key_by_a_pipe(in_file, account, data):
    in_file.keep(account, SECRET)
    descriptor = in_file.hand_over()
    assert os.get_inheritable(descriptor)
    again = Credentials(Secrets(), data)
    again.taken_over(descriptor)
    assert again.secret(account) == SECRET
    with pytest.raises(OSError):
        os.fstat(descriptor)  # nobody else reads it


def test_ACC_4_a_locked_process_hands_nothing_over_and_nonsense_is_not_taken(in_file, account, data, tmp_path):
    in_file.keep(account, SECRET)
    locked = Credentials(Secrets(), data)
    assert locked.hand_over() == -1
    with (tmp_path / "file").open("w+b") as file:
        reading, writing = os.pipe()
        os.write(writing, b'{"kdf": 1}')
        os.close(writing)
        for descriptor in (-1, 0, file.fileno(), 9999, reading):
            locked.taken_over(descriptor)
    assert locked.locked()


def test_ACC_4_a_secret_lies_in_one_place_only(account, back_end, data, tmp_path):
    back_end()
    credentials = Credentials(Secrets(), data)
    credentials.set_passphrase("", PASSPHRASE)
    credentials.keep(account, "first")
    assert credentials.keep(account, "second", "file") == "file"
    assert keyring_holds(tmp_path) == {}
    assert Credentials(Secrets(), data).place(ways.password(account)) == "file"
    assert credentials.keep(account, "third") == "file"  # where it is
    assert credentials.keep(account, "fourth", "keyring") == "keyring"
    assert credentials.safe.vault.names() == frozenset()
    assert credentials.secret(account) == "fourth"


# --- sending -------------------------------------------------------------------------------------------------------


def test_ACC_4_a_password_for_sending_of_its_own(in_file, account):
    both = replace(account, smtp=SMTP)
    in_file.keep(both, "for reading")
    assert in_file.sending_secret(both) == "for reading"
    in_file.keep(both, "for sending", sending=True)
    assert (in_file.secret(both), in_file.sending_secret(both)) == ("for reading", "for sending")
    in_file.remove(both)
    with pytest.raises(CredentialsError):
        in_file.sending_secret(both)


def test_ACC_4_servers_on_one_host_may_have_two_passwords(in_file, account):
    both = replace(account, smtp=replace(SMTP, host=account.imap.host, user=account.imap.user))
    in_file.keep(both, "for reading")
    in_file.keep(both, "for sending", sending=True)
    assert (in_file.secret(both), in_file.sending_secret(both)) == ("for reading", "for sending")


def test_ACC_4_who_reads_without_a_password_is_told_how_to_store_one_for_sending(in_file, tmp_path):
    from salesinbox.model.settings import Account

    account = Account("files", "rep@zylker.example", "maildir", maildir=Maildir(tmp_path), smtp=SMTP)
    with pytest.raises(CredentialsError, match="salesinbox secrets set files --sending"):
        in_file.sending_secret(account)
    in_file.keep(account, SECRET, sending=True)
    assert in_file.sending_secret(account) == SECRET
    with pytest.raises(CredentialsError, match="no server"):
        in_file.keep(account, SECRET)


def test_ACC_1_a_pop3_account_has_its_password_like_any_other(in_file, account):
    pop3 = replace(account, provider="pop3", imap=None, pop3=Pop3("pop.zylker.example", 995, IMPLICIT, "rep"))
    in_file.keep(pop3, SECRET)
    assert in_file.secret(pop3) == SECRET


# --- tokens --------------------------------------------------------------------------------------------------------


def _counted(tmp_path):
    program = tmp_path / "token"
    program.write_text(f'#!/bin/sh\necho x >> "{tmp_path}/asked"\nwc -l < "{tmp_path}/asked" | tr -d " "\n')
    program.chmod(0o700)
    return (str(program),)


def test_ACC_5_a_command_that_prints_tokens_is_asked_each_time(credentials, account, tmp_path):
    command = _counted(tmp_path)
    by_command = replace(
        account, imap=replace(account.imap, auth=XOAUTH2, password_command=command), smtp=replace(SMTP, auth=XOAUTH2)
    )
    assert [credentials.secret(by_command), credentials.secret(by_command)] == ["1", "2"]
    assert credentials.sending_secret(by_command) == "3"
    gmail = replace(account, provider="gmail", imap=None, gmail=Gmail(token_command=command))
    assert [credentials.secret(gmail), credentials.sending_secret(gmail)] == ["4", "5"]


def test_ACC_5_a_token_is_not_sent_as_a_password(in_file, account, tmp_path):
    tokens = replace(account, imap=replace(account.imap, auth=XOAUTH2, password_command=_counted(tmp_path)), smtp=SMTP)
    with pytest.raises(CredentialsError, match="set work --sending"):
        in_file.sending_secret(tokens)
    assert not (tmp_path / "asked").exists()


def test_ACC_5_a_login_by_token_without_a_source_says_what_to_write(credentials, account):
    with pytest.raises(CredentialsError, match="Write a password_command that prints one"):
        credentials.secret(replace(account, imap=replace(account.imap, auth=XOAUTH2)))


@pytest.fixture
def logged_in(in_file, account):
    with OAuthServer(rotates=True) as server:
        oauth = server.oauth()
        made = replace(account, imap=replace(account.imap, auth=OAUTH), oauth=oauth)
        in_file.keep_token(made, server.refresh_token("rep"))
        yield server, made


def test_ACC_5_the_login_is_kept_and_access_tokens_are_asked_for_with_it(in_file, logged_in, data):
    server, account = logged_in
    token = in_file.secret(account)
    assert server.access_tokens[token][0] == "rep"
    assert in_file.secret(account) == token
    in_file.forget(account)
    assert in_file.secret(account) != token
    smtp = replace(account, smtp=replace(SMTP, auth=OAUTH, tls=NO_TLS))
    assert server.access_tokens[in_file.sending_secret(smtp)][0] == "rep"


def test_ACC_5_a_newer_login_of_the_provider_is_kept_where_the_first_is(in_file, logged_in, data):
    server, account = logged_in
    first = in_file.token(account)
    in_file.secret(account)
    assert in_file.token(account) != first
    again = Credentials(Secrets(), data)
    again.unlock(PASSPHRASE)
    assert server.access_tokens[again.secret(account)][0] == "rep"


def test_ACC_5_an_account_that_is_not_logged_in_says_how(credentials, account, no_keyring):
    with OAuthServer() as server:
        made = replace(account, imap=replace(account.imap, auth=OAUTH), oauth=server.oauth())
        assert credentials.token(made) == ""
        with pytest.raises(CredentialsError, match="salesinbox account login"):
            credentials.secret(made)


def test_ACC_5_removing_revokes_the_login(in_file, logged_in):
    server, account = logged_in
    token = in_file.token(account)
    assert in_file.remove(account) == []
    assert server.revoked == [token]
    assert in_file.token(account) == ""


def test_ACC_5_a_login_that_cannot_be_revoked_is_removed_here_and_told(in_file, logged_in):
    _server, account = logged_in
    gone = replace(account, oauth=replace(account.oauth, revoke_url="http://127.0.0.1:1/revoke"))
    [sentence] = in_file.remove(gone)
    assert sentence.startswith('The login of account "work" could not be revoked: ')
    assert in_file.token(account) == ""


def test_ACC_5_threads_that_ask_at_once_ask_the_provider_once(in_file, logged_in):
    server, account = logged_in
    found = []
    threads = [threading.Thread(target=lambda: found.append(in_file.secret(account))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len([one for one in server.asked if one.get("grant_type") == "refresh_token"]) == 1


def test_ACC_5_the_apps_own_secret_comes_from_its_command(credentials, account):
    with OAuthServer() as server:
        made = replace(account, oauth=replace(server.oauth(), client_secret_command=("echo", "of the app")))
        assert credentials.client_secret(made) == "of the app"
        assert credentials.client_secret(account) == ""
        with pytest.raises(CredentialsError, match='client_secret_command of account "work"'):
            credentials.client_secret(replace(made, oauth=replace(made.oauth, client_secret_command=("false",))))


def test_ACC_5_without_a_network_it_is_no_matter_of_secrets(in_file, logged_in):
    _server, account = logged_in
    away = replace(account, oauth=replace(account.oauth, token_url="http://127.0.0.1:1/token"))
    with pytest.raises(NetworkError):
        in_file.secret(away)
