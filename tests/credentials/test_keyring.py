"""Passwords from real keyring back ends, on a machine without D-Bus (ACC-4)."""

from salesinbox.credentials import system_keyring
from tests.credentials.conftest import SECRET


def test_ACC_4_the_keyring_is_asked_by_server_and_user(credentials, with_keyring):
    account = with_keyring('return f"{service} {username}"')
    assert credentials.secret(account) == "salesinbox:imap.zylker.example rep@zylker.example"


def test_ACC_4_a_password_from_the_keyring_comes_whole(credentials, with_keyring):
    assert credentials.secret(with_keyring(f"print('noise')\nreturn {SECRET!r}")) == SECRET


def test_ACC_4_a_keyring_that_never_answers_is_given_up(refusal, with_keyring, monkeypatch):
    account = with_keyring("time.sleep(600)")
    monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 1.0)
    assert refusal(account) == (
        'The keyring did not answer when asked for the password of account "work". It may be locked: unlock it, or '
        'write password_command = ["pass", "show", "work"] in the configuration.'
    )


def test_ACC_4_a_keyring_that_prompts_gets_no_terminal(refusal, with_keyring):
    assert "refused the password" in refusal(with_keyring("import getpass\nreturn getpass.getpass()"))


def test_ACC_4_a_locked_keyring_says_what_to_do(refusal, with_keyring):
    sentence = refusal(with_keyring(f"raise errors.KeyringLocked({SECRET!r})"))
    assert sentence.startswith('The keyring refused the password of account "work" (KeyringLocked). Unlock it')


def test_ACC_4_a_keyring_without_the_password_says_how_to_store_it(refusal, with_keyring):
    sentence = refusal(with_keyring("return None"))
    assert "Store it with: salesinbox secrets set work –" in sentence


def test_ACC_4_a_back_end_that_dies_is_an_error(refusal, with_keyring):
    assert "refused the password" in refusal(with_keyring("os._exit(3)"))


def test_ACC_4_without_keyring_and_d_bus_the_rep_is_told_of_the_command(refusal, account, no_keyring):
    sentence = refusal(account)
    assert "this machine has no keyring" in sentence
    assert "salesinbox secrets set work" in sentence
    assert 'password_command = ["pass", "show", "work"]' in sentence


def test_ACC_4_the_working_folder_runs_no_code(credentials, with_keyring, tmp_path, monkeypatch):
    account = with_keyring(f"return {SECRET!r}")
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "json.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(hostile)
    assert credentials.secret(account) == SECRET
    assert not (tmp_path / "ran").exists()
