"""records import, headings, export; backup and restore."""

import json
import stat

import pytest

from tests.cli.conftest import write_config

TASKS = "Subject,Due Date,Status,Contact Name,Colour\nCall,2027-01-02,Not Started,Ann Lee,red\n"
CARD = "BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann;;;\nEMAIL:ann@lee.example\nORG:Lee Ltd\nEND:VCARD\n"


@pytest.fixture
def rep(cli, home):
    write_config(home)
    return cli


@pytest.fixture
def file(home):
    def made(name, content):
        (home / name).write_text(content, encoding="utf-8")
        return str(home / name)

    return made


def test_REC_7_the_kind_and_the_program_are_told_by_the_headings(rep, file):
    path = file(
        "x.csv", "Record Id,Contact Owner,First Name,Last Name,Email,Account Name.id,Tag\nz1,橋本,A,B,a@x.example,,\n"
    )
    done = rep("records", "import", path, "--json")
    assert (done.code, done.json["kind"], done.json["recognised"]) == (0, "contacts", "Zoho CRM")
    done = rep("records", "import", path)
    assert "This seems to be an export of Zoho CRM: contacts." in done.err
    assert done.out == "0 created, 0 updated, 1 unchanged, 0 not taken\n"
    done = rep("records", "import", file("y.csv", "Colour,Shape\nred,round\n"))
    assert done.code == 1
    assert "--kind" in done.err


def test_REC_7_headings_are_listed_with_what_they_are_taken_for(rep, file):
    path = file("x.csv", TASKS)
    done = rep("records", "headings", path, "--json")
    assert done.json["kind"] == "tasks"
    assert done.json["headings"][1] == {"heading": "Due Date", "taken": "field", "field": "due", "sample": "2027-01-02"}
    assert done.json["headings"][4]["taken"] == "custom"
    shown = rep("records", "headings", path, "--map", "Colour=description", "--map", "Status=").out
    assert "This seems to be a file of tasks." in shown
    assert "(left out)" in shown
    assert "description" in shown


def test_REC_7_a_mapping_by_hand(rep, file):
    path = file("x.csv", "Wer,Mail = privat\nAnn Lee,ann@lee.example\n")
    done = rep(
        "records", "import", path, "--kind", "lead", "--map", "Wer=name", "--map", "Mail = privat=addresses", "--json"
    )
    assert (done.code, done.json["created"], done.json["unmapped"]) == (0, 1, [])
    assert rep("records", "import", path, "--kind", "leads", "--map", "Wer").code == 2
    assert rep("records", "import", path, "--kind", "leads", "--map", "Who=name").code == 2
    assert rep("records", "import", path, "--kind", "leads", "--map", "Wer=shoe").code == 2


def test_REC_7_vcards_and_calendars_go_by_their_ending(rep, file, home):
    assert rep("records", "import", file("a.vcf", CARD), "--json").json["kind"] == "contacts"
    assert rep("records", "import", file("tasks.csv", TASKS), "--json").json["created"] == 1
    cards = rep("records", "export", "--kind", "contacts", "--format", "vcard").out
    assert "EMAIL;PREF=1:ann@lee.example" in cards
    done = rep("records", "export", "--kind", "tasks", "--output", str(home / "t.ics"))
    assert done.code == 0
    assert "BEGIN:VTODO" in (home / "t.ics").read_text(encoding="utf-8")
    again = rep("records", "import", str(home / "t.ics"), "--json").json
    assert (again["created"], again["updated"], again["skipped"]) == (0, 0, 1)
    done = rep("records", "import", file("b.txt", CARD), "--format", "vcard", "--kind", "leads", "--json")
    assert done.json["created"] == 1
    done = rep("records", "export", "--kind", "deals", "--format", "ics", "--output", str(home / "d.ics"))
    assert done.code == 2
    assert not (home / "d.ics").exists()


def test_REC_7_every_kind_is_exported_and_comes_back(rep, file):
    rep("records", "import", file("a.vcf", CARD))
    rep("records", "import", file("tasks.csv", TASKS))
    text = rep("records", "export", "--kind", "tasks").out
    again = rep("records", "import", file("again.csv", text), "--json").json
    assert (again["kind"], again["created"], again["updated"], again["skipped"]) == ("tasks", 0, 0, 1)


def test_REC_7_the_help_says_that_an_import_is_not_undone(rep):
    text = " ".join(rep("records", "import", "--help").out.split())
    assert "cannot be undone" in text
    assert "--dry-run" in text


def test_REC_7_progress_of_a_long_import_is_told_on_stderr(rep, file, monkeypatch):
    from salesinbox.cli import progress

    class Soon(progress.ShareLine):
        def __init__(self, stream, cells):
            ticks = iter(range(0, 10_000, 20))
            super().__init__(stream, cells, lambda: float(next(ticks)))

    monkeypatch.setattr("salesinbox.cli.record_files.ShareLine", Soon)
    content = "Last Name,Email\n" + "".join(f"N{n},n{n}@x.example\n" for n in range(1200))
    done = rep("records", "import", file("x.csv", content), "--kind", "leads")
    assert done.code == 0
    assert "500 rows read, " in done.err
    assert "1,000 rows read, " in done.err


def test_REC_7_backup_and_restore(rep, file, home):
    rep("records", "import", file("a.vcf", CARD))
    rep("records", "import", file("tasks.csv", TASKS))
    done = rep("backup", str(home / "backup"))
    assert done.code == 0
    assert "Mail is not in it" in done.out
    assert stat.S_IMODE((home / "backup").stat().st_mode) == 0o700
    assert json.loads((home / "backup" / "manifest.json").read_text())["counts"]["contacts"] == 1
    assert rep("backup", str(home / "backup")).code == 1


def test_REC_7_restore_into_another_database(rep, file, home):
    rep("records", "import", file("a.vcf", CARD))
    rep("records", "import", file("tasks.csv", TASKS))
    before = rep("records", "export", "--kind", "tasks").out
    assert rep("backup", str(home / "backup"), "--json").json["counts"]["tasks"] == 1
    refused = rep("restore", str(home / "backup"))
    assert refused.code == 2
    assert "--merge" in refused.err
    other = ("--data", str(home / "other"))
    rehearsed = rep("restore", str(home / "backup"), "--dry-run", *other)
    assert rehearsed.out.startswith("A dry run: nothing was changed.\n3 created, ")
    assert rep("records", "export", "--kind", "tasks", *other).out.count("\n") == 1
    assert rep("restore", str(home / "backup"), "--json", *other).json["created"] == 3
    assert rep("records", "export", "--kind", "tasks", *other).out == before
    merged = rep("restore", str(home / "backup"), "--merge", "--json")
    assert (merged.code, merged.json["created"], merged.json["updated"]) == (0, 0, 0)
    assert rep("restore", str(home)).code == 1
