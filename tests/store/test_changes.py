"""Changes to records are written down row by row, and taken back exactly."""

import json

import pytest

from salesinbox.store import changes
from salesinbox.store.database import Database

RECORDS = """
INSERT INTO company (id, name, name_key, created, changed) VALUES (1, 'みなと商事', 'みなと商事', 1, 1);
INSERT INTO person (id, kind, name, name_key, company_id, created, changed) VALUES (1, 'contact', '永田', '永田', 1, 1, 1);
INSERT INTO person_address VALUES ('nagata@minato.example', 1, 0);
INSERT INTO deal (id, name, name_key, company_id, stage, created, changed) VALUES (1, 'Web', 'web', 1, 'Proposal', 1, 1);
INSERT INTO deal_contact VALUES (1, 1, '', 1);
INSERT INTO item (id, kind, name, name_key, created, changed) VALUES (1, 'task', 'Call', 'call', 1, 1);
INSERT INTO item_about VALUES ('p1', 1);
"""


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "x.db") as opened:
        opened.connection.executescript(RECORDS)
        yield opened


def dump(database):
    return {
        table: sorted(map(repr, database.connection.execute(f"SELECT * FROM {table}").fetchall()))
        for table in changes.TABLES
    }


def record(database, *statements):
    with database.transaction() as connection, changes.Recording(connection) as recording:
        for statement in statements:
            connection.execute(statement)
    return recording.changes


def take_back(database, found):
    with database.transaction() as connection:
        # As the undo entry keeps them.
        changes.take_back(connection, changes.unpacked(json.loads(json.dumps(changes.packed(found)))))


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE person SET name = '渡辺', title = '部長' WHERE id = 1"],
        ["DELETE FROM deal WHERE id = 1"],
        ["DELETE FROM person WHERE id = 1"],
        ["DELETE FROM company WHERE id = 1", "DELETE FROM item WHERE id = 1"],
        ["UPDATE person_address SET address = 'n@minato.example'", "UPDATE item_about SET record = 'c1'"],
        [
            "INSERT INTO person (id, kind, name, name_key, created, changed) VALUES (2, 'lead', 'a', 'a', 2, 2)",
            "UPDATE deal_contact SET person_id = 2",
            "DELETE FROM person WHERE id = 1",
        ],
        ["INSERT INTO item (kind, name, name_key, created, changed) VALUES ('note', 'n', 'n', 2, 2)"],
    ],
)
def test_ACT_3_taking_back_gives_every_row_back(database, statements):
    before = dump(database)
    found = record(database, *statements)
    assert dump(database) != before
    take_back(database, found)
    assert dump(database) == before
    assert database.connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_ACT_3_what_another_change_did_meanwhile_stays(database):
    found = record(database, "UPDATE person SET title = '部長' WHERE id = 1")
    database.connection.execute("UPDATE person SET phone = '03-1234-5678' WHERE id = 1")
    take_back(database, found)
    assert database.connection.execute("SELECT title, phone FROM person").fetchall() == [("", "03-1234-5678")]


def test_nothing_is_written_down_while_nobody_records(database):
    record(database, "UPDATE person SET title = 'x'")
    database.connection.execute("UPDATE person SET title = 'y'")
    assert record(database) == []


def test_a_row_that_became_what_it_was_is_no_change(database):
    assert record(database, "UPDATE person SET title = title") == []


def test_every_table_that_is_watched_is_there_and_has_its_key(database):
    for table, keys in changes.TABLES.items():
        columns = database.connection.execute(f"PRAGMA table_info({table})").fetchall()
        assert {name for _n, name, *_rest, key in columns if key} == set(keys), table
        assert "BLOB" not in {column[2] for column in columns}, table
