"""Tables, findings, progress, help: measured in terminal cells (UI-3); and one exit code out of several."""

import io
import itertools

import pytest

from salesinbox.cli import output
from salesinbox.cli.outcome import joint, of_report
from salesinbox.cli.progress import ProgressLine
from salesinbox.cli.wrapping import wrapped
from salesinbox.model.events import Changed, Connection, Progress
from salesinbox.model.status import AccountReport, FolderReport
from salesinbox.model.text import width

COLUMNS = [
    output.Column("Id"),
    output.Column("名前", 20),
    output.Column("Amount", right=True),
    output.Column("Subject"),
]
ROWS = [
    ("t1", "永田 達郎", "¥4,000,000", "Re: 資料ダウンロードのお礼とご案内"),
    ("t12", "Ann Lee", "$5", "Short"),
    ("t3", "👨‍👩‍👧 family é", "", "\x1b[2Jx\ny"),
]


@pytest.mark.parametrize("cells", [40, 60, 80, 200])
def test_UI_3_tables_fit_and_line_up(monkeypatch, capsys, cells):
    monkeypatch.setattr(output, "terminal_width", lambda: cells)
    output.table(COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all(width(line) <= cells for line in lines)
    assert "\x1b" not in "".join(lines)
    if cells >= 60:
        ends = {
            width(line[: line.index(sign) + len(sign)])
            for line, sign in zip(lines[:3], ("Amount", "¥4,000,000", "$5"), strict=True)
        }
        assert len(ends) == 1


def test_UI_7_without_a_screen_nothing_is_cut_and_no_titles_are_in_the_way(capsys):
    output.table(COLUMNS, [("t1", "n" * 500, "", "s" * 500)])
    assert capsys.readouterr().out == f"t1  {'n' * 500}    {'s' * 500}\n"


def test_an_empty_table_prints_nothing(capsys):
    output.table(COLUMNS, [])
    assert capsys.readouterr().out == ""


def test_UI_7_arrays_are_one_document(capsys):
    output.array([])
    output.array([{"a": "営業"}, {"b": None}])
    assert capsys.readouterr().out == '[]\n[\n{"a": "営業"},\n{"b": null}\n]\n'


def test_UI_3_findings_wrap_under_themselves(monkeypatch, capsys):
    monkeypatch.setattr(output, "terminal_width", lambda: 50)
    output.findings(
        [(True, "Python", "3.11", "unused"), (False, "account work", "no server can be found; " * 3, "do this")]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok      Python        3.11"
    assert lines[1].startswith("failed  account work  no server")
    assert all(width(line) <= 50 for line in lines)
    assert lines[-1].strip() == "→ do this"


@pytest.mark.parametrize("cells", [10, 20, 33])
@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six",
        "お使いのデータは読み書きしません。見ている間にも届きます。",
        "混ぜた mixed テキスト text, ok",
        "x" * 50,
    ],
)
def test_UI_3_help_wraps_by_cells_and_loses_nothing(text, cells):
    lines = wrapped(text, cells)
    assert "".join("".join(lines).split()) == "".join(text.split())
    if "x" * 50 not in text:
        assert all(width(line) <= cells + 2 for line in lines)  # a closing mark hangs rather than starts a line
        assert not any(line.startswith(("。", "、")) for line in lines)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([5, 5], 5),
        ([4], 4),
        ([6], 6),
        ([0, 5], 6),
        ([4, 5], 1),
        ([6, 5], 6),
        ([1, 1], 1),
        ([0, 6], 6),
    ],
)
def test_UI_7_exit_codes_are_joined(codes, code):
    assert joint(codes) == code


def test_ACC_7_a_report_is_done_only_when_counts_agree():
    agreed = FolderReport("INBOX", 3, 3, 0, 0, 0, ok=True)
    behind = FolderReport("Sent", 3, 2, 0, 0, 0, ok=True)
    failed = FolderReport("Sent", 3, 3, 0, 0, 0, ok=False, error="x")
    assert of_report(AccountReport("a", (agreed,), 1.0)) == 0
    assert of_report(AccountReport("a", (agreed, behind), 1.0)) == 6
    assert of_report(AccountReport("a", (agreed, failed), 1.0)) == 6
    assert of_report(AccountReport("a", (), 1.0, error="no", exit=5)) == 5
    assert of_report(AccountReport("a", (), 1.0, error="no")) == 1


def progress(done, left=None, phase="headers"):
    return Progress("work", "INBOX", phase, done, 20118, left)


def test_UI_5_progress_on_a_terminal_is_one_line_that_goes_away():
    stream, ticks = io.StringIO(), itertools.count()
    line = ProgressLine(stream, 60, clock=lambda: float(next(ticks)))
    line(progress(1200, 118.0))
    line(progress(2400, 90.0, "bodies"))
    line(Changed("work", 3))
    line.end()
    line(progress(3000))
    assert stream.getvalue() == (
        "\rwork  INBOX: 1,200 of 20,118 headers, about 2 min left\x1b[K"
        "\rwork  INBOX: 2,400 of 20,118 texts, about 2 min left\x1b[K"
        "\r\x1b[K"
    )


def test_UI_5_progress_is_cut_to_the_terminal_and_cannot_drive_it():
    stream = io.StringIO()
    ProgressLine(stream, 30)(Progress("work", "営業\x1b[2J" * 20, "headers", 1, 2))
    (shown,) = stream.getvalue().split("\r")[1:]
    assert width(shown.removesuffix("\x1b[K")) < 30
    assert shown.count("\x1b") == 1


def test_UI_5_progress_in_a_log_is_a_line_now_and_then():
    stream, now = io.StringIO(), [0.0]
    line = ProgressLine(stream, None, clock=lambda: now[0])
    for second in range(25):
        now[0] = float(second)
        line(progress(second))
    assert stream.getvalue().splitlines() == [
        "work  INBOX: 0 of 20,118 headers", "work  INBOX: 10 of 20,118 headers", "work  INBOX: 20 of 20,118 headers"
    ]  # fmt: skip


def test_ACC_7_a_watch_tells_of_its_connections():
    stream = io.StringIO()
    line = ProgressLine(stream, None, connections=True)
    line(Connection("work", "watching"))
    line(Connection("work", "waiting", "no network\x1b[2J"))
    shown = stream.getvalue()
    assert shown.startswith("work: watching\nwork: waiting to try again (no network")
    assert "\x1b" not in shown
    quiet = io.StringIO()
    ProgressLine(quiet, None)(Connection("work", "watching"))
    assert quiet.getvalue() == ""
