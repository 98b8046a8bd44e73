"""Everything that is not on a mail server, written as open formats and brought back."""

import csv
import json
import os
import stat

import pytest

from salesinbox.model.errors import RecordsFileError, SalesInboxError, UsageError
from salesinbox.model.settings import Me, Records, Settings
from salesinbox.services.backup import BackupService
from salesinbox.store.database import Database
from tests.services.test_exchange import CUSTOM, NOW, OWN, TOKYO, fill

MAIL_TABLES = ("link", "thread_link", "message_record", "snooze", "mute", "magnet", "override")
TABLES = (
    "person", "person_address", "company", "deal", "deal_contact", "stage", "pipeline", "pipeline_stage", "item",
    "item_about", "record_event", "record_file", "record_file_content", "own_column", "filter", "saved_search",
    *MAIL_TABLES,
)  # fmt: skip


class Home:
    def __init__(self, folder, shift=0):
        self.database = Database(folder / "mail.db")
        settings = Settings(None, Me(zone=TOKYO), (), records=Records(fields=CUSTOM))
        self.service = BackupService(self.database, settings, OWN, lambda: NOW)
        self.connection = self.database.connection
        self.shift = shift

    def mail(self):
        """The same mail in every home, under other row numbers."""
        execute = self.connection.execute
        execute("INSERT INTO account (id, name, address, since) VALUES (?, 'work', 'me@zylker.example', 7)",
                (1 + self.shift,))  # fmt: skip
        for number in range(1, 9):
            row, thread = number + self.shift * 100, (number + 1) // 2 + self.shift * 50
            execute(
                "INSERT OR IGNORE INTO thread (id, account_id, date, sender_address, messages, views, col, rule)"
                " VALUES (?, ?, 1, ?, 2, 1, 'unknown', 'no-record')",
                (thread, 1 + self.shift, f"n{number}.0@x.example"),
            )
            execute(
                "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name,"
                " sender_address, recipients, subject, mine, automatic, list_id, warning, size, attachments)"
                " VALUES (?, ?, ?, ?, ?, ?, 1, '', ?, '[]', 'S', 0, 0, '', '', 0, 0)",
                (row, 1 + self.shift, thread, f"<{number}@x>" if number != 3 else "", bytes([number] * 16), number,
                 f"n{number}.0@x.example"),
            )  # fmt: skip
            execute("INSERT INTO correspondent VALUES (?, ?, ?)", (f"n{number}.0@x.example", number, row))

    def decide(self):
        execute = self.connection.execute
        execute("INSERT INTO link VALUES (1, 1, 'chosen'), (2, 1, 'auto'), (3, NULL, 'chosen')")
        execute("INSERT INTO thread_link VALUES (1, 1), (2, NULL)")
        execute("INSERT INTO message_record VALUES ('p2', 4), ('s5', 4)")
        execute("INSERT INTO snooze VALUES (3, 2000000000, '待つ', 1, 100, 6, 0)")
        execute("INSERT INTO mute VALUES (4)")
        execute("INSERT INTO magnet VALUES (1, 2, NULL), (2, 0, 1)")
        execute("INSERT INTO override VALUES ('thread', '2', 'people'), ('address', 'x@y.example', 'deals')")
        execute("UPDATE item SET message = 3 WHERE id = 1")
        execute("INSERT INTO record_event (record, date, kind, detail) VALUES ('d1', 5, 'stage', '{\"to\":\"提案\"}')")
        execute(
            "INSERT INTO record_file (record, name, type, size, added) VALUES ('p2', '見積.PDF', 'application/pdf', 3, 9)"
        )
        execute("INSERT INTO record_file_content VALUES (1, x'000102')")
        execute(
            "INSERT INTO record_file (record, name, type, size, added, removed) VALUES ('p2', 'gone', '', 1, 9, 10)"
        )
        execute("INSERT INTO own_column VALUES ('x-vip', 'VIP', 'tag:vip', 0)")
        execute("INSERT INTO filter (name, query, actions, position) VALUES ('F', 'from:a', '[[\"label\", \"x\"]]', 0)")
        execute("INSERT INTO saved_search (name, query, position) VALUES ('S', 'is:unread', 0)")
        execute("INSERT INTO pipeline VALUES ('New', 0)")
        execute("INSERT INTO pipeline_stage VALUES ('New', 'Proposal', 0)")

    def tables(self):
        """The tables of a backup, with mail under the names that it has everywhere."""
        mail = {
            f"{kind}{row - self.shift * step}": row
            for kind, step, table in (("m", 100, "message"), ("t", 50, "thread"))
            for (row,) in self.connection.execute(f"SELECT id FROM {table}")
        }
        threads = {row: name for name, row in mail.items() if name[0] == "t"}
        messages = {row: name for name, row in mail.items() if name[0] == "m"}
        found = {}
        for table in TABLES:
            cursor = self.connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
            if table == "record_file":
                rows = [row for row in rows if not row["removed"]]
            for row in rows:
                for name in row:
                    if name == "thread_id":
                        row[name] = threads[row[name]]
                    elif name in ("message", "after", "dismissed"):
                        row[name] = messages.get(row[name], row[name])
                    elif name == "value" and row.get("scope") == "thread":
                        row[name] = threads[int(row[name])]
            found[table] = sorted(rows, key=repr)
        return found


@pytest.fixture
def homes(tmp_path):
    made = [Home(tmp_path / "one"), Home(tmp_path / "two", shift=3)]
    made[0].connection.execute("BEGIN")
    fill(made[0].connection, 5)
    made[0].mail()
    made[0].decide()
    made[0].connection.execute("COMMIT")
    yield made
    for home in made:
        home.database.close()


def test_REC_7_a_backup_brings_everything_back(homes, tmp_path):
    one, two = homes
    report = one.service.write(tmp_path / "backup")
    assert report.counts["contacts"] == 6
    assert report.files == 1
    two.mail()
    restored = two.service.restore(tmp_path / "backup")
    assert (restored.created, restored.waiting, restored.errors) == (sum(report.counts.values()), 0, ())
    assert two.tables() == one.tables()


def test_REC_7_what_waits_for_mail_is_attached_once_it_is_here(homes, tmp_path):
    one, two = homes
    one.service.write(tmp_path / "backup")
    first = two.service.restore(tmp_path / "backup")
    assert first.waiting > 0
    two.mail()
    again = two.service.restore(tmp_path / "backup")
    assert (again.created, again.updated, again.waiting) == (0, 0, 0)
    assert two.tables() == one.tables()
    before = list(two.connection.iterdump())
    third = two.service.restore(tmp_path / "backup")
    assert third.moved == 0
    assert [line for line in two.connection.iterdump() if "records_revision" not in line] == [
        line for line in before if "records_revision" not in line
    ]


def test_REC_7_numbers_that_the_old_database_gave_are_not_given_again(homes, tmp_path):
    one, two = homes
    one.connection.execute("INSERT INTO state VALUES ('last person', 40)")
    one.connection.execute("DELETE FROM item WHERE id > 30")
    one.service.write(tmp_path / "backup")
    two.service.restore(tmp_path / "backup")
    from salesinbox.store.database import numbers

    assert numbers(two.connection, "person", 1) == 41
    cursor = two.connection.execute(
        "INSERT INTO item (kind, name, name_key, created, changed) VALUES ('note', '', '', 1, 1)"
    )
    assert cursor.lastrowid == 36


def test_SAFE_2_a_backup_is_the_reps_alone(homes, tmp_path):
    folder = tmp_path / "backup"
    os.umask(0o022)
    homes[0].service.write(folder)
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    with pytest.raises(SalesInboxError, match="left alone"):
        homes[0].service.write(folder)


def test_REC_7_a_backup_is_open_formats(homes, tmp_path):
    folder = tmp_path / "backup"
    homes[0].service.write(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"
    }
    with (folder / "records" / "tasks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == manifest["counts"]["tasks"] == 5
    assert (folder / "files" / "1.pdf").read_bytes() == b"\0\1\2"
    links = [json.loads(line) for line in (folder / "mail.jsonl").read_text().splitlines()]
    assert links[0]["message"]["message_id"] == "<1@x>"


@pytest.mark.parametrize("what", ["changed", "missing", "extra name", "manifest", "link"])
def test_REC_7_a_damaged_backup_changes_nothing(homes, tmp_path, what):
    one, two = homes
    folder = tmp_path / "backup"
    one.service.write(folder)
    table = folder / "tables" / "person.jsonl"
    manifest = folder / "manifest.json"
    if what == "changed":
        table.write_text(table.read_text().replace("contact", "Contact", 1))
    elif what == "missing":
        table.unlink()
    elif what == "link":
        table.rename(folder / "elsewhere")
        table.symlink_to(folder / "elsewhere")
    elif what == "extra name":
        found = json.loads(manifest.read_text())
        found["files"]["../../one/mail.db"] = {"size": 1, "sha256": ""}
        manifest.write_text(json.dumps(found))
    else:
        manifest.unlink()
    before = list(two.connection.iterdump())
    with pytest.raises(RecordsFileError, match=r"damaged|no backup"):
        two.service.restore(folder)
    assert list(two.connection.iterdump()) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [('"Proposal"', "17"), ('"Proposal"', '"No such stage"'), ('{"id":1,', '[{"id":1,'), ('"id":1,', '"id":"x",')],
)
def test_REC_7_a_row_that_fits_no_table_changes_nothing(homes, tmp_path, before, after):
    import hashlib

    one, two = homes
    folder = tmp_path / "backup"
    one.service.write(folder)
    table = folder / "tables" / "deal.jsonl"
    table.write_text(table.read_text().replace(before, after, 1))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["tables/deal.jsonl"]["sha256"] = hashlib.sha256(table.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    before = list(two.connection.iterdump())
    with pytest.raises(RecordsFileError, match="cannot be restored"):
        two.service.restore(folder)
    assert list(two.connection.iterdump()) == before


def test_REC_7_a_backup_of_a_later_version_is_refused(homes, tmp_path):
    one, two = homes
    one.service.write(tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    manifest["database"] = 99
    (tmp_path / "backup" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RecordsFileError, match="later SalesInbox"):
        two.service.restore(tmp_path / "backup")


def test_REC_7_a_dry_run_of_restoring_changes_nothing(homes, tmp_path):
    one, two = homes
    one.service.write(tmp_path / "backup")
    two.mail()
    before = list(two.connection.iterdump())
    rehearsed = two.service.restore(tmp_path / "backup", dry_run=True)
    assert list(two.connection.iterdump()) == before
    assert two.service.restore(tmp_path / "backup") == rehearsed


def test_REC_8_where_records_are_they_are_merged_only_when_asked(homes, tmp_path):
    one, two = homes
    folder = tmp_path / "backup"
    one.service.write(folder)
    two.mail()
    two.connection.execute(
        "INSERT INTO person (id, kind, first, last, name, name_key, created, changed)"
        " VALUES (1, 'contact', '', 'Somebody', 'Somebody', 'somebody', 1, 1)"
    )
    two.connection.execute("INSERT INTO person_address VALUES ('somebody@x.example', 1, 0)")
    with pytest.raises(UsageError, match="--merge"):
        two.service.restore(folder)
    report = two.service.restore(folder, merge=True)
    assert report.errors == ()
    assert report.created > 30
    assert two.connection.execute("SELECT name FROM person WHERE id = 1").fetchone() == ("Somebody",)
    assert two.connection.execute("SELECT count(*) FROM person").fetchone()[0] == 13
    names = (
        "SELECT d.name, p.name, k.role FROM deal_contact AS k JOIN deal AS d ON d.id = deal_id"
        " JOIN person AS p ON p.id = person_id ORDER BY 1, 2, 3"
    )
    assert two.connection.execute(names).fetchall() == one.connection.execute(names).fetchall()
    linked = (
        "SELECT m.message_id, d.name, how FROM link JOIN message AS m ON m.id = message LEFT JOIN deal AS d"
        " ON d.id = deal_id ORDER BY 1"
    )
    assert two.connection.execute(linked).fetchall() == one.connection.execute(linked).fetchall()
    files = "SELECT p.name, f.name FROM record_file AS f JOIN person AS p ON 'p' || p.id = record WHERE removed = 0"
    assert two.connection.execute(files).fetchall() == one.connection.execute(files).fetchall()
    before = [line for line in two.connection.iterdump() if "records_revision" not in line]
    again = two.service.restore(folder, merge=True)
    assert again.created == 0
    assert [line for line in two.connection.iterdump() if "records_revision" not in line] == before


def test_REC_7_a_backup_that_is_stopped_leaves_no_folder(homes, tmp_path):
    def stop(_rows, share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        homes[0].service.write(tmp_path / "backup", stop)
    assert not (tmp_path / "backup").exists()
