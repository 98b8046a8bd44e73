"""Writing to a Maildir beside other programs: nothing is lost, doubled, or written over, whoever renames meanwhile."""

import errno
import os
import re
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from salesinbox.model.errors import ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.maildir import files
from salesinbox.providers.maildir.folder import deliver, uniques
from tests.maildir_box import MaildirBox
from tests.maildirs import left_in_tmp, mail, make, names_in, put, session
from tests.servers import until

NOTHING = FlagState(Flag.NONE)
SEEN = FlagState(Flag.SEEN)


def subject_counts(*folders: Path) -> Counter[str]:
    """How often each subject lies in these folders; a file that is only half there counts as "half"."""
    found: Counter[str] = Counter()
    for folder in folders:
        for part in ("cur", "new"):
            for path in (folder / part).iterdir():
                content = path.read_bytes()
                subject = re.search(rb"Subject: (.*)\n", content)
                found[subject[1].decode() if subject and content.endswith(b"end\n") else "half"] += 1
    return found


# Names.


def test_ACT_1_a_moved_file_loses_the_number_that_mbsync_gave_it(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x,S=90,W=95,U=17:2,FS")
    make(tmp_path / ".Archive")
    line = session(tmp_path)
    line.open("INBOX", None)
    assert line.move("INBOX", [1], "Archive") == {1: 1}
    (name,) = names_in(tmp_path / ".Archive")
    assert re.fullmatch(r"\d+\.M\d+P\d+Q\d+R[0-9a-f]{8}\.[^,:]+,S=90,W=95:2,FS", name)


def test_new_mail_is_left_where_other_programs_look_for_it(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x")
    line = session(tmp_path)
    line.open("INBOX", None)
    line.headers([1])
    line.store("INBOX", [1], NOTHING, SEEN)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["1.a.x"]
    line.store("INBOX", [1], SEEN, NOTHING)
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["1.a.x:2,S"]
    line.append("INBOX", mail("arrived"), Flag.NONE, 0)
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_filed_mail_has_the_line_ends_of_this_system(tmp_path: Path) -> None:
    make(tmp_path)
    line = session(tmp_path)
    uid = line.append("Sent", b"Subject: a\r\n\r\none\r\ntwo\0\r\n", Flag.SEEN, 1_793_581_323)
    (path,) = (tmp_path / ".Sent" / "cur").iterdir()
    assert path.read_bytes() == b"Subject: a\n\none\ntwo\x80\n"
    assert int(path.stat().st_mtime) == 1_793_581_323
    assert line.raw("Sent", uid) == b"Subject: a\r\n\r\none\r\ntwo\x80\r\n"


def test_SAFE_2_what_is_written_is_private_or_as_shared_as_its_folder(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    root.chmod(0o755)
    shared = make(root / ".Team")
    shared.chmod(0o2770)
    before = os.umask(0)
    try:
        line = session(root)
        for folder in ("INBOX", "Team", "New"):
            line.append(folder, mail("x"), Flag.SEEN, 0)
    finally:
        os.umask(before)
    modes = {
        path.parent.parent.name: stat.S_IMODE(path.stat().st_mode) for path in root.rglob("cur/*") if path.is_file()
    }
    assert modes == {"mail": 0o600, ".Team": 0o660, ".New": 0o600}
    assert stat.S_IMODE((root / ".New").stat().st_mode) == 0o700


def test_what_is_written_belongs_to_whom_the_folder_belongs_to(maildir_box: MaildirBox) -> None:
    root = maildir_box.maildir()
    owner = root.stat()
    line = session(root)
    line.append("Sent/2026", mail("a"), Flag.SEEN, 0)
    line.store("Sent/2026", [1], FlagState(Flag.NONE, "quote"), NOTHING)
    line.copy("Sent/2026", [1], "INBOX")
    made = [path for path in root.rglob("*") if not path.is_symlink()]
    assert any(path.name == "dovecot-keywords" for path in made)
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(owner.st_uid, owner.st_gid)}


# Keywords.


def test_a_keyword_is_refused_where_no_program_would_know_it(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x:2,S")
    line = session(tmp_path)
    line.open("INBOX", None)
    with pytest.raises(ServerError, match=r'account "files": the folder INBOX keeps no labels.*"quote"'):
        line.store("INBOX", [1], FlagState(Flag.FLAGGED, "quote"), NOTHING)
    assert names_in(tmp_path) == ["1.a.x:2,S"]
    # To take one away is no fault, and mail that was passed on has a flag of its own.
    assert line.store("INBOX", [1], FlagState(Flag.FORWARDED), FlagState(Flag.NONE, "quote")) == {
        1: FlagState(Flag.SEEN | Flag.FORWARDED)
    }
    assert names_in(tmp_path) == ["1.a.x:2,PS"]


def test_keywords_are_those_of_dovecot_in_each_folder(maildir_box: MaildirBox) -> None:
    maildir_box.deliver(mail("a"), flags="S")
    with maildir_box.client() as other:
        other.create_folder("Done")
        other.select_folder("INBOX")
        other.add_flags(other.search(), ["first", "$Forwarded", "second"])
        other.select_folder("Done")
        other.append("Done", mail("b"))
        other.add_flags(other.search(), ["second"])
    line = session(maildir_box.maildir(), maildir_box.home)
    line.open("INBOX", None)
    assert line.flags(None) == {1: FlagState(Flag.SEEN | Flag.FORWARDED, "first second")}
    line.store("INBOX", [1], FlagState(Flag.NONE, "third"), FlagState(Flag.NONE, "first"))
    # The same letter means another keyword there.
    new = line.move("INBOX", [1], "Done")
    with maildir_box.client() as other:
        other.select_folder("Done")
        assert set(other.get_flags([new[1]])[new[1]]) - {b"\\Recent"} == {
            b"\\Seen", b"$Forwarded", b"second", b"third",
        }  # fmt: skip
        other.remove_flags([new[1]], ["$Forwarded"])
    line.store("Done", [new[1]], NOTHING, FlagState(Flag.FORWARDED))
    line.open("Done", None)
    assert line.flags([new[1]]) == {new[1]: FlagState(Flag.SEEN, "second third")}


def test_more_keywords_than_there_are_letters_are_refused_by_name(maildir_box: MaildirBox) -> None:
    maildir_box.deliver(mail("a"))
    line = session(maildir_box.maildir(), maildir_box.home)
    line.open("INBOX", None)
    seconds = set()
    for number in range(26):
        line.store("INBOX", [1], FlagState(Flag.NONE, f"k{number}"), NOTHING)
        seconds.add(int((maildir_box.maildir() / "dovecot-keywords").stat().st_mtime))
    # Dovecot compares whole seconds to see that the file is another one.
    assert len(seconds) == 26
    with pytest.raises(ServerError, match=r'account "files".*at most 26.*"one-more"'):
        line.store("INBOX", [1], FlagState(Flag.NONE, "one-more"), NOTHING)
    with maildir_box.client() as other:
        other.select_folder("INBOX")
        (flags,) = other.get_flags(other.search()).values()
    assert set(flags) >= {f"k{number}".encode() for number in range(26)}


def test_a_lock_that_a_dead_program_left_is_taken_away(maildir_box: MaildirBox) -> None:
    maildir_box.deliver(mail("a"))
    lock = maildir_box.maildir() / "dovecot-keywords.lock"
    lock.touch()
    old = time.time() - 600
    os.utime(lock, (old, old))
    line = session(maildir_box.maildir(), maildir_box.home)
    line.open("INBOX", None)
    assert line.store("INBOX", [1], FlagState(Flag.NONE, "quote"), NOTHING)[1].keywords == "quote"
    assert not lock.exists()


# Other programs at the same time.


def test_SAFE_1_a_file_that_was_renamed_meanwhile_is_found_again(tmp_path: Path) -> None:
    folder, target = os.fsencode(tmp_path), os.fsencode(make(tmp_path / ".Done"))
    acts = {
        "renamed": lambda key, entry: files.renamed(folder, key, entry, b"F", b""),
        "moved": lambda key, entry: files.moved(folder, key, entry, target, b"S"),
        "copied": lambda key, entry: files.copied(folder, key, entry, target, b"S"),
        "deleted": lambda key, entry: files.deleted(folder, key, entry),
    }
    for name in acts:
        put(tmp_path, f"1.{name}.x")
    stale = files.listed(folder)
    for name in acts:
        (tmp_path / "new" / f"1.{name}.x").rename(tmp_path / "cur" / f"1.{name}.x:2,R")
    for name, act in acts.items():
        key = f"1.{name}.x".encode()
        act(key, stale[key])
    # The flag that the other program set is kept.
    assert names_in(tmp_path) == ["1.copied.x:2,R", "1.renamed.x:2,FR"]
    assert len(names_in(tmp_path / ".Done")) == 2
    for act in (acts["renamed"], acts["moved"], acts["copied"], acts["deleted"]):
        assert act(b"1.moved.x", stale[b"1.moved.x"]) is None


_MUTT = """
import os, pathlib, random, sys
root = pathlib.Path(sys.argv[1])
chance = random.Random(1)
while True:
    for part in ("new", "cur"):
        for path in list((root / part).iterdir()):
            base, _colon, letters = path.name.partition(":2,")
            letters = "".join(sorted(set(letters) ^ {chance.choice("FRS")}))
            try:
                os.rename(path, root / "cur" / f"{base}:2,{letters}")
            except FileNotFoundError:
                pass
"""


def test_SAFE_1_nothing_is_lost_or_doubled_while_another_program_renames_everything(tmp_path: Path) -> None:
    root, done = make(tmp_path / "mail"), make(tmp_path / "mail" / ".Done")
    for number in range(300):
        put(root, f"{1_700_000_000 + number}.M{number}.x", mail(f"m{number}", "end"))
    line = session(root, tmp_path / "home")
    cursor = line.open("INBOX", None).cursor
    other = subprocess.Popen([sys.executable, "-c", _MUTT, str(root)])
    try:
        gone: set[int] = set()
        for start in range(1, 301, 20):
            uids = list(range(start, start + 20))
            assert sorted(line.store("INBOX", uids, FlagState(Flag.DRAFT), NOTHING)) == uids
            assert sorted(line.move("INBOX", uids[:10], "Done")) == uids[:10]
            assert sorted(line.copy("INBOX", uids[10:12], "Done")) == uids[10:12]
            line.expunge("INBOX", uids[18:])
            gone |= {*uids[:10], *uids[18:]}
            opened = line.open("INBOX", cursor)
            told = {uid for low, high in opened.vanished or () for uid in range(low, high + 1)}
            assert told == gone
    finally:
        other.kill()
        other.wait()
    moved = {f"m{start + n - 1}" for start in range(1, 301, 20) for n in range(10)}
    copied = {f"m{start + n - 1}" for start in range(1, 301, 20) for n in (10, 11)}
    deleted = {f"m{start + n - 1}" for start in range(1, 301, 20) for n in (18, 19)}
    everything = {f"m{number}" for number in range(300)}
    assert subject_counts(root) == Counter(everything - moved - deleted)
    assert subject_counts(done) == Counter(moved | copied)
    assert left_in_tmp(root) == []


def test_SAFE_1_two_programs_move_the_same_mail_once(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    for number in range(400):
        put(root, f"{1_700_000_000 + number}.M{number}.x:2,S", mail(f"m{number}", "end"))
    one, two = make(root / ".One"), make(root / ".Two")
    program = (
        "import sys; from pathlib import Path; from tests.maildirs import session\n"
        "line = session(Path(sys.argv[1]), Path(sys.argv[2])); line.open('INBOX', None); print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(sum(len(line.move('INBOX', [uid], sys.argv[3])) for uid in range(1, 401)))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(root), str(tmp_path / "home"), target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for target in ("One", "Two")
    ]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    counts = [int(each.communicate(timeout=60)[0]) for each in running]
    assert sum(counts) == 400
    assert subject_counts(one, two) == Counter(f"m{number}" for number in range(400))
    assert subject_counts(root) == Counter()


# Kills, and full disks.

_FILING = """
import sys
from pathlib import Path
from salesinbox.model.mail import Flag
from tests.maildirs import mail, session
line = session(Path(sys.argv[1]), Path(sys.argv[2]))
for number in range(100_000):
    line.append("Sent", mail(f"m{number}", "x" * 20_000 + "end"), Flag.SEEN, 0)
    print(number, flush=True)
"""


def test_SAFE_1_a_kill_while_filing_leaves_no_half_message(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    for _round in range(4):
        running = subprocess.Popen(
            [sys.executable, "-c", _FILING, str(root), str(tmp_path / "home")], stdout=subprocess.PIPE, text=True
        )
        assert running.stdout is not None
        for _line in range(7):
            running.stdout.readline()
        running.kill()
        told = running.communicate()[0].split()
        counts = subject_counts(root / ".Sent")
        assert counts["half"] == 0
        assert all(counts[f"m{number}"] >= 1 for number in (*range(7), *map(int, told)))
        # What was on the way lies where nobody takes it for mail.
        assert len(left_in_tmp(root)) <= _round + 1
    line = session(root, tmp_path / "home")
    assert line.open("Sent", None).exists == sum(subject_counts(root / ".Sent").values())


_FULL = """
import resource, signal, sys
from pathlib import Path
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import Flag
from tests.maildirs import mail, session
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
line = session(Path(sys.argv[1]))
line.open("INBOX", None)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
for act in (lambda: line.append("INBOX", mail("large", "x" * 200_000), Flag.SEEN, 0), lambda: line.copy("INBOX", [1], "Done")):
    try:
        act()
    except ServerError as error:
        print(error)
"""


def test_SAFE_1_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    make(root / ".Done")
    put(root, "1.a.x:2,S", mail("a", "y" * 100_000))
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(root)], capture_output=True, text=True, check=True, timeout=60
    )
    filing, copying = done.stdout.splitlines()
    assert filing == "filing a message in INBOX: File too large"
    assert copying == "copying messages from INBOX to Done: File too large"
    assert names_in(root) == ["1.a.x:2,S"]
    assert names_in(root / ".Done") == []
    assert left_in_tmp(root) == []


def test_ACT_1_a_move_to_another_file_system_is_a_copy_and_a_deletion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "1.a.x:2,FS")
    done = make(tmp_path / ".Done")
    line = session(tmp_path)
    line.open("INBOX", None)

    def refuse(source: bytes, _target: bytes) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), source)

    monkeypatch.setattr(os, "rename", refuse)
    assert line.move("INBOX", [1], "Done") == {1: 1}
    monkeypatch.undo()
    assert names_in(tmp_path) == []
    (name,) = names_in(done)
    assert name.endswith(":2,FS")


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    make(tmp_path)
    line = session(tmp_path)

    def refuse(source: bytes, target: bytes, **_how: object) -> None:
        raise OSError(number, os.strerror(number), source, None, target)

    monkeypatch.setattr(os, "link", refuse)
    assert line.append("INBOX", mail("a"), Flag.SEEN, 0) == 1
    assert len(names_in(tmp_path)) == 1
    assert left_in_tmp(tmp_path) == []


# Delivering to a Maildir of our own.


def test_SAFE_1_what_is_delivered_twice_is_there_once(tmp_path: Path) -> None:
    root = tmp_path / "accounts" / "work" / "mail"
    before = os.umask(0)
    try:
        assert uniques(root) == set()
        assert deliver(root, "INBOX", "abc", b"Subject: a\r\n\r\n\0bare\rreturn\r\n", Flag.NONE, 1_700_000_000)
    finally:
        os.umask(before)
    assert not deliver(root, "INBOX", "abc", b"other", Flag.NONE, 0)
    assert not deliver(root, "Spam", "abc", b"other", Flag.NONE, 0)
    line = session(root)
    line.open("INBOX", None)
    line.create("Archive")
    assert line.raw("INBOX", 1) == b"Subject: a\r\n\r\n\0bare\rreturn\r\n"
    assert line.headers([1])[0].received == 1_700_000_000
    assert uniques(root) == {"abc"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "accounts").rglob("*") if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in root.rglob("*") if path.is_file()} == {0o600}


def test_who_delivers_many_looks_once(tmp_path: Path) -> None:
    known = uniques(tmp_path / "mail")
    for number in range(50):
        assert deliver(tmp_path / "mail", "INBOX", f"u{number}", mail("x"), Flag.SEEN, 0, known)
    assert not deliver(tmp_path / "mail", "INBOX", "u7", mail("x"), Flag.SEEN, 0, known)
    assert known == uniques(tmp_path / "mail") == {f"u{number}" for number in range(50)}


def test_what_a_kill_left_in_tmp_does_not_stop_a_delivery(tmp_path: Path) -> None:
    root = tmp_path / "mail"
    make(root)
    (root / "tmp" / "abc").write_bytes(b"Subject: ha")
    assert deliver(root, "INBOX", "abc", mail("whole"), Flag.NONE, 0)
    assert (root / "new" / "abc").read_bytes() == mail("whole")
    assert left_in_tmp(root) == []


@pytest.mark.parametrize("unique", ["", ".x", "a/b", "a:2,S", "a,b", "a\0", "dovecot-x"])
def test_a_name_that_would_not_be_mail_is_never_delivered(tmp_path: Path, unique: str) -> None:
    with pytest.raises(ValueError):
        deliver(tmp_path / "mail", "INBOX", unique, b"x", Flag.NONE, 0)


# Dovecot at the same time.


def test_ACC_1_both_ways_while_dovecot_serves_the_same_mail(maildir_box: MaildirBox) -> None:
    for number in range(30):
        maildir_box.deliver(mail(f"m{number}"))
    line = session(maildir_box.maildir(), maildir_box.home)
    line.create("Done")
    with maildir_box.client() as other:
        other.select_folder("INBOX")
        for uid in range(1, 31, 3):
            line.store("INBOX", [uid], FlagState(Flag.FLAGGED), NOTHING)
            other.add_flags([uid, uid + 1], [b"\\Seen"])
            line.move("INBOX", [uid], "Done")
            other.move([uid + 1], "Done")
            line.append("INBOX", mail(f"own{uid}"), Flag.SEEN, 0)
        until(lambda: len(other.search()) == 20, "Dovecot sees what was filed")
        assert sorted(other.search()) == line_uids(maildir_box, "INBOX")
        other.select_folder("Done")
        assert sorted(other.search()) == line_uids(maildir_box, "Done")
        assert len(other.search()) == 20
        flags = [frozenset(one) - {b"\\Recent"} for one in other.get_flags(other.search()).values()]
    assert Counter(flags) == {frozenset({b"\\Seen", b"\\Flagged"}): 10, frozenset({b"\\Seen"}): 10}


def line_uids(box: MaildirBox, folder: str) -> list[int]:
    return sorted(box.uniques(folder))
