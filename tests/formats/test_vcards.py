"""vCards of phones, address books and CRMs in, and ours out (REC-7)."""

import re
import tracemalloc

import pytest

from salesinbox.formats import vcard_writing, vcards
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.imports import PersonRow
from salesinbox.model.records import RowError

APPLE = """BEGIN:VCARD\r
VERSION:3.0\r
PRODID:-//Apple Inc.//iPhone OS 17.1//EN\r
N:永田;達郎;;様;\r
FN:達郎 永田\r
ORG:みなとみらい商事;営業部;\r
TITLE:部長\r
item1.EMAIL;type=INTERNET;type=WORK:Nagata@Minato.example\r
EMAIL;type=INTERNET;type=HOME;type=pref:tatsuro@home.example\r
TEL;type=CELL;type=VOICE:090-1234-5678\r
TEL;type=WORK;type=VOICE;type=pref:03-1234-5678\r
TEL;type=HOME:045-1\r
item2.ADR;type=HOME;type=pref:;;自宅1-1;川崎市;神奈川県;210;日本\r
item3.ADR;type=WORK:;;西区みなとみらい1-1\\, 5F;横浜市;神奈川県;220-0012;日本\r
item4.URL;type=pref:https://www.minato.example/a?b=1\r
item4.X-ABLabel:_$!<HomePage>!$_\r
BDAY:1980-02-29\r
NOTE:一行目\\n二行目\\; \\\\ と\\,カンマ\r
CATEGORIES:VIP,展示会\\, 秋\r
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD\r
 AAAAAAAAAAAAAAAAAAAAAAAAAAA\r
UID:abc-1\r
REV:2026-01-02T03:04:05Z\r
END:VCARD\r
"""


def read(content, kind="contacts"):
    return list(vcards.read(content if isinstance(content, bytes) else content.encode(), kind))


def card(*lines, version="4.0"):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_REC_7_a_card_of_a_phone_is_a_whole_contact():
    assert read(APPLE) == [
        PersonRow(
            1, "達郎", "永田", ("tatsuro@home.example", "nagata@minato.example"), "みなとみらい商事", "部長", "03-1234-5678",
            extra={
                "Department": "営業部",
                "Street": "西区みなとみらい1-1, 5F",
                "City": "横浜市",
                "State or Province": "神奈川県",
                "Zip Code": "220-0012",
                "Country": "日本",
                "Website": "https://www.minato.example/a?b=1",
                "Date of Birth": "1980-02-29",
                "Description": "一行目\n二行目; \\ と,カンマ",
                "Record Id": "abc-1",
                "Mobile": "090-1234-5678",
                "Home Phone": "045-1",
            },
            tags=("VIP", "展示会, 秋"),
            changed=1767323045,
        )
    ]  # fmt: skip


def test_REC_7_old_phones_write_quoted_printable_in_shift_jis():
    def quoted(text):
        return "".join(f"={octet:02X}" for octet in text.encode("cp932"))

    content = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\n"
        f"N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:{quoted('永田')};{quoted('達郎')}\r\n"
        f"ORG;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:{quoted('株式会社みなと')};=\r\n{quoted('営業部')}\r\n"
        f"NOTE;CHARSET=SHIFT_JIS;QUOTED-PRINTABLE:{quoted('一')}=0D=0A{quoted('二')}\r\n"
        "TEL;CELL:0901\r\nTEL;WORK;VOICE:031\r\nTEL;WORK;FAX:032\r\n"
        "EMAIL;INTERNET:n@minato.example\r\nEND:VCARD\r\n"
    ).encode("ascii")
    (row,) = read(content)
    assert (row.first, row.last, row.company, row.phone) == ("達郎", "永田", "株式会社みなと", "031")
    assert row.extra == {"Department": "営業部", "Description": "一\n二", "Mobile": "0901", "Fax": "032"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc_jp"])
def test_REC_7_cards_are_read_in_the_encodings_of_csv_files(encoding):
    text = card("N:永田;達郎;;;", "ORG:みなと商事", "EMAIL:n@minato.example", version="3.0")
    (row,) = read(text.encode(encoding))
    assert (row.last, row.first, row.company) == ("永田", "達郎", "みなと商事")


def test_REC_7_a_line_may_be_folded_within_a_character():
    octets = card("N:永田;達郎;;;", "ORG:みなと商事").encode()
    place = octets.index("な".encode()) + 1
    (row,) = read(octets[:place] + b"\r\n " + octets[place:])
    assert row.company == "みなと商事"


def test_REC_7_several_cards_each_with_its_line_and_a_bad_one_costs_only_itself():
    content = (
        "junk before\n"
        + card("FN:Ann Lee", "EMAIL:ann@lee.example").replace("\r\n", "\n")  # from line 2
        + card("EMAIL:not an address", "FN:B").replace("\r\n", "\n")  # 7
        + card("TEL:1").replace("\r\n", "\n")  # 12
        + "BEGIN:VCARD\nFN:Never ends\n"  # 16
        + card("FN:C D", "BDAY:31/31/1980").replace("\r\n", "\n")  # 18
        + card('FN;X="a:b;c":E, F', "EMAIL;PREF=2:f2@x.example", "EMAIL;PREF=1:f1@x.example").replace("\r\n", "\n")
    )
    rows = read(content, "leads")
    assert [row.line for row in rows] == [2, 7, 12, 16, 18, 23]
    assert [type(row) for row in rows] == [PersonRow, RowError, RowError, RowError, RowError, PersonRow]
    assert (rows[0].first, rows[0].last) == ("Ann", "Lee")
    assert "not an address" in rows[1].error or "no @" in rows[1].error
    assert (rows[5].first, rows[5].last, rows[5].addresses) == ("F", "E", ("f1@x.example", "f2@x.example"))


def test_REC_7_a_file_without_a_card_is_told():
    with pytest.raises(RecordsFileError, match="BEGIN:VCARD"):
        read("Last Name,Email\nA,a@x.example\n")


HOSTILE = [
    "a\r\nEMAIL:evil@x.example", "a\nEND:VCARD\nBEGIN:VCARD", ";;;", "a;b,c\\", "\\n", "\\\\n", ":", '"', "a\\;b", "x" * 300,
    "日本語" * 60, "=0D=0A", "^n^'^^",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_REC_7_no_value_breaks_out_of_its_line(text):
    person = PersonRow(
        0, text, text + "L", ("a@x.example", "b@x.example"), text, text, text, text,
        {"Street": text, "Description": text, "Mobile": text, "Odd": text, f"H {text[:20]}": "v"},
        own="p7", owner=text, tags=(text, "t"), created=100, changed=200,
    )  # fmt: skip
    written = "".join(vcard_writing.write([person]))
    lines = re.sub("\r\n ", "", written).removesuffix("\r\n").split("\r\n")
    assert lines[0] == "BEGIN:VCARD"
    assert lines[-1] == "END:VCARD"
    assert [line for line in lines if line.startswith(("BEGIN", "END", "EMAIL"))] == [
        "BEGIN:VCARD", "EMAIL;PREF=1:a@x.example", "EMAIL;PREF=2:b@x.example", "END:VCARD",
    ]  # fmt: skip
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    assert "\n" not in written.replace("\r\n", "")
    (row,) = read(written)
    assert row.addresses == ("a@x.example", "b@x.example")
    assert (row.own, row.created, row.changed) == ("p7", 100, 200)


def test_REC_7_what_we_write_comes_back_the_same():
    people = [
        PersonRow(
            1, "達郎", "永田", ("n@x.example",), "みなと; 商事", "部長", "+81 3", "Web", {
                "Department": "営業", "Mobile": "090", "Street": "1-1; A", "City": "横浜", "Date of Birth": "1980-02-29",
                "Description": "a\nb, c; d\\", "色": "赤; 青", "Record Id": "z,1", "Website": "https://x.example/?a=1,2",
            }, own="p3", owner="橋本", tags=("a, b", "c;d"), created=1000, changed=2000,
        ),
        PersonRow(22, "", "Madonna", ("m@x.example",)),
    ]  # fmt: skip
    read_back = read("".join(vcard_writing.write(people)))
    assert read_back[0].line == 1
    assert read_back[0] == people[0]
    assert (read_back[1].last, read_back[1].addresses) == ("Madonna", ("m@x.example",))


def test_READ_3_nothing_in_a_card_can_drive_the_terminal():
    (row,) = read(card("N:A\x1b[2J;B\x07", "ORG:x\x9b31m", "EMAIL:a@x.example", "NOTE:\x1b]0;x\\n\u202ey", "X-Y:\x1b"))
    text = repr(row)
    assert not any(escape in text for escape in ("\\x1b", "\\x07", "\\x9b", "\\u202e"))


def test_REC_7_a_flood_of_photographs_is_not_held():
    photo = "PHOTO;ENCODING=b:" + "\r\n ".join(["A" * 75] * 20_000)
    content = "".join(card(f"FN:N{n} X", photo) for n in range(3)).encode()
    tracemalloc.start()
    try:
        assert len(read(content)) == 3
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(content) / 4
