"""Names of files as people type, complete, paste and drop them (SEND-9)."""

import pytest

from salesinbox.tui.compose import paths


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("offer one.txt", "offer two.txt", "見積書.pdf", ".hidden", "plain.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "deals").mkdir()
    (tmp_path / "deals" / "q4.csv").write_text("x")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("~/offer one.txt", ["offer one.txt"]),
        ("'offer one.txt' plain.txt", ["offer one.txt", "plain.txt"]),
        ("plain.txt ~/見積書.pdf", ["plain.txt", "見積書.pdf"]),
        (r"offer\ one.txt", ["offer one.txt"]),
        ("file://{home}/offer%20one.txt file://{home}/plain.txt", ["offer one.txt", "plain.txt"]),
        ("", []),
        ("'it", ["'it"]),
        ("no such file", ["no such file"]),
        ("~nobody-here/x", ["x"]),
    ],
)
def test_SEND_9_files_are_named_in_every_usual_way(folder, typed, names):
    assert [path.name for path in paths.read(typed.format(home=folder))] == names


@pytest.mark.parametrize(
    ("typed", "text", "several"),
    [
        ("of", "offer ", ["offer one.txt", "offer two.txt"]),
        ("offer t", "offer two.txt", []),
        ("~/de", "~/deals/", []),
        ("~/deals/", "~/deals/q4.csv", []),
        ("見", "見積書.pdf", []),
        ("nothing", "nothing", []),
        (".h", ".hidden", []),
        ("'plain.txt' pl", "'plain.txt' plain.txt", []),
        ("/no/such/place/x", "/no/such/place/x", []),
    ],
)
def test_SEND_9_tab_completes_as_far_as_it_is_plain(folder, typed, text, several):
    assert paths.complete(typed) == (text, several)


def test_SEND_9_a_list_from_a_file_manager_becomes_one_line(folder):
    pasted = f"file://{folder}/offer%20one.txt\r\nfile://{folder}/plain.txt\r\n"
    assert [path.name for path in paths.read(paths.pasted(pasted))] == ["offer one.txt", "plain.txt"]
    assert [p.name for p in paths.read(paths.pasted("offer one.txt\nplain.txt"))] == ["offer one.txt", "plain.txt"]


def test_SEND_9_a_name_that_is_shown_otherwise_than_it_is_written_is_found(folder):
    (folder / "プラン.txt").write_text("x")  # composed otherwise, as some systems store names
    [path] = paths.read("プラン.txt")
    assert path.exists()
