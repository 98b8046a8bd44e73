"""records import, export, list, show (REC-7)."""

import stat

import pytest

from tests.cli.conftest import write_config

PEOPLE = "First Name,Last Name,Email,Company\n達郎,永田,nagata@minato.example,みなとみらい商事\n,,,\nAnn,Lee,not-an-address,X\n"
GOOD = "First Name,Last Name,Email,Company\n達郎,永田,nagata@minato.example,みなとみらい商事\nAnn,Lee,ann@lee.example,Lee\n"


@pytest.fixture
def rep(cli, home):
    write_config(home)
    return cli


@pytest.fixture
def people(home):
    path = home / "people.csv"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


def test_REC_7_an_import_reports_bad_rows_by_line_and_ends_with_6(rep, home):
    path = home / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    done = rep("records", "import", str(path), "--kind", "contacts", "--json")
    assert done.code == 6
    assert done.json.keys() >= {"created", "updated", "skipped", "errors", "moved", "unmapped"}
    assert done.json["created"] == 1
    assert [row["line"] for row in done.json["errors"]] == [4]
    plain = rep("records", "import", str(path), "--kind", "contacts")
    assert (plain.code, "line 4: " in plain.err) == (6, True)


def test_REC_7_a_dry_run_changes_nothing(rep, people):
    done = rep("records", "import", people, "--kind", "contacts", "--dry-run")
    assert done.code == 0
    assert done.out == "A dry run: nothing was changed.\n2 created, 0 updated, 0 unchanged, 0 not taken\n"
    assert rep("records", "list", "--kind", "contacts", "--json").json == []
    assert rep("records", "import", people, "--kind", "contacts", "--json").json["created"] == 2
    assert rep("records", "import", people, "--kind", "contacts", "--json").json["skipped"] == 2


def test_COL_9_an_import_tells_how_many_threads_moved(synced, home):
    (home / "new.csv").write_text("First Name,Last Name,Email\nS,Tranger,stranger@elsewhere.example\n")
    done = synced("records", "import", str(home / "new.csv"), "--kind", "leads")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 thread moved to another column.")
    assert {one["column"] for one in synced("list", "--json").json} == {"deals", "colleagues", "people"}


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04 workbook"])
def test_REC_7_a_file_that_cannot_be_read_is_a_sentence(rep, home, content):
    (home / "bad.csv").write_bytes(content)
    done = rep("records", "import", str(home / "bad.csv"), "--kind", "contacts")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("salesinbox: ")


def test_REC_7_a_missing_file_is_a_sentence(rep):
    done = rep("records", "import", "nowhere.csv", "--kind", "contacts")
    assert (done.code, done.err) == (1, "salesinbox: There is no file nowhere.csv.\n")


def test_REC_7_an_export_comes_back_as_it_was(rep, people, home):
    rep("records", "import", people, "--kind", "contacts")
    exported = rep("records", "export", "--kind", "contacts")
    assert exported.code == 0
    assert not exported.out.startswith("\ufeff")
    (home / "again.csv").write_text(exported.out, encoding="utf-8")
    report = rep("records", "import", str(home / "again.csv"), "--kind", "contacts", "--json").json
    assert (report["created"], report["updated"], report["skipped"], report["errors"]) == (0, 0, 2, [])


def test_SAFE_2_an_exported_file_is_private_and_never_written_over(rep, people, home):
    rep("records", "import", people, "--kind", "contacts")
    target = home / "out.csv"
    done = rep("records", "export", "--kind", "contacts", "--output", str(target))
    assert (done.code, done.out) == (0, "")
    assert "2 records written to" in done.err
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    written = target.read_bytes()
    assert written.startswith("\ufeff".encode()), "Excel reads Japanese only so"
    done = rep("records", "export", "--kind", "contacts", "--output", str(target))
    assert done.code == 1
    assert "exists already and is left alone" in done.err
    assert target.read_bytes() == written
    assert rep("records", "export", "--kind", "contacts", "--output", str(home / "no" / "x.csv")).code == 1


def test_UI_7_records_are_listed_and_shown(rep, people):
    rep("records", "import", people, "--kind", "contacts")
    listed = rep("records", "list", "--kind", "contacts", "--json").json
    assert {one["name"] for one in listed} == {"永田 達郎", "Ann Lee"}
    (nagata,) = [one for one in listed if one["name"] == "永田 達郎"]
    assert nagata["addresses"] == ["nagata@minato.example"]
    assert nagata["company"]["name"] == "みなとみらい商事"
    assert rep("records", "show", nagata["id"], "--json").json == nagata
    company = rep("records", "show", nagata["company"]["id"]).out
    assert "Name: みなとみらい商事" in company
    assert rep("records", "show", nagata["id"]).out.startswith(f"Id: {nagata['id']}\nKind: contact\n")
    assert len(rep("records", "list", "--kind", "contacts", "--limit", "1", "--json").json) == 1
    assert "永田 達郎" in rep("records", "list", "--kind", "contacts").out
    assert rep("records", "list", "--kind", "deals").out == ""


def test_REC_7_a_deal_shows_its_money_stage_and_contacts(synced):
    (deal,) = synced("records", "list", "--kind", "deals", "--json").json
    assert (deal["amount"], deal["currency"], deal["stage"], deal["state"]) == ("4000000", "JPY", "提案", "open")
    shown = synced("records", "show", deal["id"]).out
    assert "Stage: 提案 (open)\nAmount: ¥4,000,000\nCurrency: JPY\nClosing Date: 2027-12-20\n" in shown
    assert "¥4,000,000" in synced("records", "list", "--kind", "deals").out
