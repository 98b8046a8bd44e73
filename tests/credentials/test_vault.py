"""The encrypted file of secrets: what it keeps, from whom, and what it survives (ACC-4, SAFE-1, SAFE-2)."""

import base64
import fcntl
import json
import os
import subprocess
import sys
import threading
import unicodedata

import pytest

from salesinbox.credentials import files
from salesinbox.credentials.vault import LockedError, Vault, WrongPassphraseError
from salesinbox.model.errors import BusyError, CredentialsError
from tests.credentials.conftest import SECRET

PASSPHRASE = "correct horse battery"


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "data" / "secrets")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A file with one secret in it, and its key: deriving one takes half a second."""
    vault = Vault(tmp_path_factory.mktemp("made") / "secrets")
    key = vault.create(PASSPHRASE)
    vault.change(key, lambda entries: entries.update({"salesinbox:host rep": SECRET}))
    return vault.path.read_bytes(), key


@pytest.fixture
def key(vault, made):
    """The key of the file, which has one secret in it."""
    content, key = made
    with files.alone(vault.path):
        files.replace(vault.path, content)
    return key


def test_ACC_4_what_was_kept_is_had_again_with_the_passphrase_alone(vault, key):
    again = Vault(vault.path)
    assert again.entries(again.key(PASSPHRASE)) == {"salesinbox:host rep": SECRET}


def test_ACC_4_the_file_holds_no_secret_in_any_form(vault, key):
    raw = vault.path.read_bytes()
    for hidden in (SECRET, PASSPHRASE):
        for form in (hidden.encode(), base64.b64encode(hidden.encode())[:-3], json.dumps(hidden)[1:-1].encode()):
            assert form not in raw
    assert key.octets not in raw
    assert SECRET not in repr(key)
    assert key.octets.hex() not in repr(key)
    assert repr(key.octets) not in repr(key)


def test_ACC_4_the_key_is_derived_as_owasp_asks_for_and_each_file_has_a_salt_of_its_own(vault, key, tmp_path):
    kdf = json.loads(vault.path.read_bytes())["kdf"]
    assert (kdf["name"], kdf["n"], kdf["r"], kdf["p"]) == ("scrypt", 2**17, 8, 1)
    other = Vault(tmp_path / "other")
    assert other.create(PASSPHRASE).octets != key.octets


def test_ACC_4_each_writing_has_a_nonce_of_its_own(vault, key):
    first = json.loads(vault.path.read_bytes())["nonce"]
    vault.change(key, lambda entries: entries.update({"other": "x"}))
    assert json.loads(vault.path.read_bytes())["nonce"] != first


def test_ACC_4_the_names_are_told_without_the_passphrase(vault, key):
    assert Vault(vault.path).names() == {"salesinbox:host rep"}


def test_ACC_4_a_wrong_passphrase_is_told_from_a_damaged_file(vault, key):
    with pytest.raises(WrongPassphraseError, match="not the passphrase"):
        vault.key("incorrect horse battery")
    raw = vault.path.read_bytes()
    for damaged in (raw[:-40], raw.replace(b'"data": "', b'"data": "AA', 1), b"", b"{}", b"[]", b"\xff" * 50):
        vault.path.write_bytes(damaged)
        for ask in (vault.names, lambda: vault.key(PASSPHRASE), lambda: vault.entries(key)):
            with pytest.raises(CredentialsError, match="damaged") as caught:
                ask()
            assert not isinstance(caught.value, WrongPassphraseError)


def test_ACC_4_every_flipped_octet_is_noticed(vault, key):
    raw = vault.path.read_bytes()
    for place in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[place] ^= 1
        vault.path.write_bytes(changed)
        if raw[place : place + 1].isspace():  # no part of what is kept
            continue
        with pytest.raises(CredentialsError, match="damaged"):
            vault.entries(key)


def _resealed(vault, change):
    """The file as somebody writes it who has no passphrase, and knows how the sum is made."""
    from salesinbox.credentials import vault as module

    document = json.loads(vault.path.read_bytes())
    change(document)
    document["sum"] = module._sum(document)
    vault.path.write_text(json.dumps(document))


def test_ACC_4_what_is_in_clear_cannot_be_changed_without_the_passphrase(vault, key):
    _resealed(vault, lambda document: document.update(names=["salesinbox:elsewhere rep"]))
    with pytest.raises(CredentialsError, match="damaged"):
        vault.entries(key)


@pytest.mark.parametrize(
    "kdf",
    [{"n": 2**30}, {"n": 1024}, {"n": 2**17 + 1}, {"r": 2**20}, {"p": 1000}, {"n": "131072"}, {"n": True},
     {"name": "none"}, {"salt": ""}],
)  # fmt: skip
def test_ACC_4_a_file_cannot_ask_for_a_weak_key_or_for_all_the_memory(vault, key, kdf):
    _resealed(vault, lambda document: document["kdf"].update(kdf))
    with pytest.raises(CredentialsError, match="damaged"):
        vault.key(PASSPHRASE)


def test_ACC_4_another_passphrase_makes_the_first_worthless(vault, key):
    new = vault.change_passphrase(key, "another passphrase")
    assert vault.entries(new) == {"salesinbox:host rep": SECRET}
    with pytest.raises(WrongPassphraseError):
        vault.key(PASSPHRASE)
    with pytest.raises(LockedError, match="changed elsewhere"):
        vault.entries(key)
    with pytest.raises(LockedError):
        vault.change(key, lambda entries: entries.clear())
    assert vault.entries(vault.key("another passphrase")) == {"salesinbox:host rep": SECRET}


def test_ACC_4_a_passphrase_counts_however_its_letters_are_composed(vault):
    vault.create(unicodedata.normalize("NFD", "größere パスワード"))
    vault.key(unicodedata.normalize("NFC", "größere パスワード"))


@pytest.mark.parametrize("passphrase", ["", "seven c"])
def test_ACC_4_a_passphrase_that_is_no_use_is_refused(vault, passphrase):
    with pytest.raises(CredentialsError, match="at least 8"):
        vault.create(passphrase)
    assert not vault.exists()


def test_ACC_4_a_second_beginning_takes_nothing_away(vault, key):
    with pytest.raises(CredentialsError, match="already"):
        vault.create("another passphrase")
    assert vault.entries(key) == {"salesinbox:host rep": SECRET}


def test_SAFE_2_the_files_are_private_from_their_first_moment(vault, key):
    assert vault.path.parent.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in vault.path.parent.iterdir()} == {0o600}


def test_SAFE_2_a_loose_umask_and_a_loose_file_before_change_nothing(vault, key):
    vault.path.chmod(0o644)
    before = os.umask(0)
    try:
        vault.change(key, lambda entries: entries.update({"other": "x"}))
    finally:
        os.umask(before)
    assert vault.path.stat().st_mode & 0o777 == 0o600


def test_ACC_4_a_link_leads_to_the_file_and_stays_one(vault, key, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(vault.path)
    Vault(link).change(key, lambda entries: entries.update({"other": "x"}))
    assert link.is_symlink()
    assert vault.names() == {"salesinbox:host rep", "other"}


def test_SAFE_1_writers_at_the_same_time_lose_nothing(vault, key):
    def write(number: int) -> None:
        mine = Vault(vault.path)
        for time in range(5):
            mine.change(key, lambda entries, time=time: entries.update({f"{number}.{time}": "x"}))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(vault.entries(key)) == 21


def test_SAFE_1_a_writer_that_does_not_end_is_not_waited_for_forever(vault, key, monkeypatch):
    monkeypatch.setattr(files, "LOCK_SECONDS", 0.3)
    with (vault.path.parent / "secrets.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BusyError):
            vault.change(key, lambda entries: entries.clear())
    assert vault.entries(key) == {"salesinbox:host rep": SECRET}


_KILLED = """
import os, signal, sys
from pathlib import Path
from salesinbox.credentials.vault import Key, Vault
vault = Vault(Path(sys.argv[1]))
os.fsync = lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL)
vault.change(vault.key(sys.stdin.readline()), lambda entries: entries.update({"other": "x"}))
"""


def test_SAFE_1_a_kill_while_it_is_written_leaves_the_file_as_it_was(vault, key):
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(vault.path)], input=PASSPHRASE.encode(), check=False)
    assert ended.returncode == -9
    assert vault.entries(key) == {"salesinbox:host rep": SECRET}
    left = {path.name for path in vault.path.parent.iterdir()} - {"secrets", "secrets.lock"}
    assert len(left) == 1
    vault.change(key, lambda entries: entries.update({"other": "x"}))
    assert {path.name for path in vault.path.parent.iterdir()} == {"secrets", "secrets.lock"}


def test_SAFE_1_a_full_disk_leaves_the_file_as_it_was(vault, key, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CredentialsError, match="No space left"):
        vault.change(key, lambda entries: entries.clear())
    monkeypatch.undo()
    assert vault.entries(key) == {"salesinbox:host rep": SECRET}
    assert {path.name for path in vault.path.parent.iterdir()} == {"secrets", "secrets.lock"}


def test_ACC_4_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CredentialsError, match="cannot be used"):
        Vault(tmp_path / "file" / "secrets").create(PASSPHRASE)
    (tmp_path / "folder").mkdir()
    with pytest.raises(CredentialsError, match="cannot be used"):
        Vault(tmp_path / "folder").names()
