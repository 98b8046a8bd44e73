import csv
import io
import tracemalloc
from zoneinfo import ZoneInfo

import pytest

from salesinbox.formats import amounts, dates, file_writing, files, headings, references
from salesinbox.formats.addresses import addresses, domain
from salesinbox.formats.formulas import neutralise, restore
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.fields import FIELDS
from salesinbox.model.imports import FILE_KINDS, SINGULAR, CompanyRow, DealRow, PersonRow, Reference
from salesinbox.model.records import RowError

NAGATA = "姓,名,メール,会社名,役職\n永田,達郎,nagata@minato.example,みなとみらい商事,部長\n"


def rows(content, kind="contacts"):
    return list(files.read(content if isinstance(content, bytes) else content.encode(), kind).rows())


def deal(**cells):
    headings = {"name": "Deal Name", "amount": "Amount", "currency": "Currency", "closing": "Closing Date"}
    out = io.StringIO()
    writer = csv.writer(out)
    values = {"name": "Web", **cells}
    writer.writerow([headings[key] for key in values])
    writer.writerow(values.values())
    (row,) = rows(out.getvalue(), "deals")
    return row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp932", "euc_jp", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_REC_7_every_encoding_and_delimiter_of_real_exports_is_read(encoding, delimiter):
    content = NAGATA.replace(",", delimiter).encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content
    assert rows(content) == [
        PersonRow(2, "達郎", "永田", ("nagata@minato.example",), company="みなとみらい商事", title="部長")
    ]


def test_REC_7_half_width_kana_in_shift_jis_is_not_taken_for_euc_jp():
    (row,) = rows("姓,名,メール\nﾔﾏﾀﾞ,ﾀﾛｳ,y@a.example\n".encode("cp932"))
    assert (row.last, row.first) == ("ﾔﾏﾀﾞ", "ﾀﾛｳ")
    (row,) = rows("Last Name,Email\n山田,y@a.example\n".encode("euc_jp"))
    assert row.last == "山田"


def test_REC_7_vendor_characters_of_shift_jis_survive():
    (row,) = rows("会社名,メール\n㈱髙島①,y@a.example\n".encode("cp932"))
    assert row.company == "㈱髙島①"


@pytest.mark.parametrize("name", ["Pérez", "Müller", "José", "Åsa"])
def test_REC_7_a_western_encoding_is_refused_rather_than_read_as_ideographs(name):
    with pytest.raises(RecordsFileError, match="UTF-8"):
        rows(f"Last Name,Email\n{name},p@a.example\n".encode("cp1252"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xff\xfe\x00\xd8", "damaged"),
        (b"\x81\xff\xff\xff", "cannot be read"),
        (b"Colour,Shape\nred,round\n", "First Name"),
    ],
)
def test_REC_7_a_file_that_cannot_be_taken_says_why(content, sentence):
    with pytest.raises(RecordsFileError, match=sentence):
        rows(content)


@pytest.mark.parametrize(
    ("kind", "heading", "other"),
    [
        ("contacts", "Deal Name,Stage,Amount", "deals"),
        ("leads", "商談名,ステージ,総額,取引先名", "deals"),
        ("deals", "First Name,Last Name,Email", "contacts"),
        ("deals", "姓,名,見込み客のデータ元,メール", "leads"),
        ("companies", "First Name,Last Name,Company,Email", "contacts"),
        ("contacts", "Company Name,Website,Industry", "companies"),
    ],
)
def test_REC_7_a_file_of_another_kind_is_told(kind, heading, other):
    with pytest.raises(RecordsFileError, match=f"--kind {other}"):
        rows(heading + "\n", kind)


@pytest.mark.parametrize("kind", ["leads", "contacts"])
def test_REC_7_leads_and_contacts_have_the_same_headings(kind):
    assert rows("First Name,Last Name,Email,Website\nA,B,a@b.example,b.example\n", kind)


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        (  # Zoho
            "Record Id,First Name,Last Name,Email,Secondary Email,Account Name,Title,Phone,Mobile,Lead Source",
            "z1,Tatsuro,Nagata,n@a.example,m@a.example,Minato,Manager,03-1,,Web",
        ),
        (
            "レコードID,名,姓,メール,予備のメール,取引先名,役職,電話,携帯電話,見込み客のデータ元",
            "z1,Tatsuro,Nagata,n@a.example,m@a.example,Minato,Manager,03-1,,Web",
        ),
        (  # HubSpot
            (
                "Record ID,First Name,Last Name,Email,Additional Email Addresses,Company Name,Job Title,Phone Number,"
                "Mobile Phone Number,Original Source"
            ),
            "z1,Tatsuro,Nagata,n@a.example,m@a.example,Minato,Manager,03-1,,Web",
        ),
        (  # Salesforce
            "Contact ID,First Name,Last Name,Email,Other Email,Account Name,Title,Phone,Mobile,Lead Source",
            "z1,Tatsuro,Nagata,n@a.example,m@a.example,Minato,Manager,03-1,,Web",
        ),
        (
            "ＩＤ,ｆｉｒｓｔ＿ｎａｍｅ, LAST NAME ,E-mail,メール（予備）,会社名 / 取引先名,肩書,TEL,携帯番号,リードソース",
            "z1,Tatsuro,Nagata,n@a.example,m@a.example,Minato,Manager,03-1,,Web",
        ),
    ],
)
def test_REC_7_exports_of_crms_are_recognised_by_their_headings(heading, row):
    read = files.read(f"{heading}\n{row}\n".encode(), "contacts")
    assert list(read.rows()) == [
        PersonRow(
            2, "Tatsuro", "Nagata", ("n@a.example", "m@a.example"), "Minato", "Manager", "03-1", "Web",
            {"Record Id": "z1"},
        )
    ]  # fmt: skip
    assert read.unmapped == ()


@pytest.mark.parametrize(
    "heading",
    [
        "Deal Name,Account Name,Contact Email,Stage,Amount,Currency,Closing Date",
        "Deal Name,Associated Company,Associated Contact Emails,Deal Stage,Amount,Currency,Close Date",
        "Opportunity Name,Account Name,Contact: Email,Stage,Amount,CurrencyIsoCode,Close Date",
        "商談名,取引先名,連絡先のメール,ステージ,総額,通貨,完了予定日",
        "商談名,会社名,メール,フェーズ,金額,通貨,完了予定日",
    ],
)
def test_REC_7_deals_of_crms_are_recognised_by_their_headings(heading):
    assert rows(f'{heading}\nWeb刷新,みなと,n@a.example,提案,"4,000,000",JPY,2026/12/20\n', "deals") == [
        DealRow(
            2, "Web刷新", "みなと", ("n@a.example",), stage="提案", amount="4000000", currency="JPY",
            closing="2026-12-20",
        )
    ]  # fmt: skip


def test_REC_7_headings_that_are_not_understood_are_named_and_their_cells_kept():
    read = files.read(b"Email,Favourite Colour,Notes\na@b.example,red,\n", "leads")
    assert read.unmapped == ("Favourite Colour", "Notes")
    assert [row.extra for row in read.rows()] == [{"Favourite Colour": "red"}]


def test_REC_7_errors_name_the_line_where_the_row_starts():
    content = (
        "sep=,\r\n"
        "Last Name,Email,Notes\r\n"
        '"A","a@x.example","two\r\nlines\r\n"\r\n'  # 3 to 5
        "\r\n"
        "B,not-an-address,\r\n"  # 7
        'C,"c@x.example" oops,\r\n'  # 8: text behind a closing quotation mark
        "D,d@x.example,,,too many\r\n"  # 9
        ",,\r\n"
        ",,only a note\r\n"  # 11
        "E,e@x\x00.example,\r\n"  # 12
        '"F,f@x.example,never closed\r\n'  # 13
        "G,g@x.example,\r\n"
    )
    found = rows(content)
    assert [(row.line, row.last) for row in found if isinstance(row, PersonRow)] == [(3, "A"), (14, "G")]
    errors = {row.line: row.error for row in found if isinstance(row, RowError)}
    assert list(errors) == [7, 8, 9, 11, 12, 13]
    assert "not-an-address" in errors[7]
    assert "quotation mark" in errors[8]
    assert "5" in errors[9]
    assert "neither" in errors[11]
    assert "\x00" not in errors[12]
    assert "quotation mark" in errors[13]


def test_REC_7_lines_are_counted_as_editors_count_them():
    for end in ("\n", "\r\n", "\r"):
        found = rows(f"Email{end}a@b.example{end}bad{end}".encode())
        assert [row.line for row in found] == [2, 3]
    # U+2028 is no line break in a file.
    assert [row.line for row in rows("Last Name,Email\nA\u2028B,a@b.example\nC,bad\n")] == [2, 3]


def test_REC_7_every_row_with_an_open_quotation_mark_costs_only_itself():
    content = "Last Name,Email\n" + '"A,a@x.example\n' * 3000 + "Z,z@x.example\n"
    found = rows(content)
    assert len(found) == 3001
    assert [row.line for row in found if isinstance(row, PersonRow)] == [3002]


def test_REC_7_a_very_long_cell_is_taken_and_cut():
    for note in ("x" * 300_000, '"' + "x y\n" * 900 + '"'):
        (row, last) = rows(f"Last Name,Email,Notes\nA,a@b.example,{note}\nB,b@b.example,\n")
        assert last.last == "B"
        assert len(row.extra["Notes"]) <= 2_000
        assert row.extra["Notes"].endswith("…")


def test_REC_7_a_cell_beyond_all_measure_is_an_error_of_its_row():
    (error, row) = rows("Last Name,Email\nA," + "x" * 4_100_000 + "\nB,b@x.example\n")
    assert (error.line, row.last) == (2, "B")
    assert "longer" in error.error


def test_REC_7_short_rows_are_taken_and_empty_rows_passed_over():
    assert rows("Last Name,Email,Title\nA\n\n,,\nB,b@x.example\n") == [
        PersonRow(2, "", "A"),
        PersonRow(5, "", "B", ("b@x.example",)),
    ]


def test_READ_3_nothing_in_a_file_can_drive_the_terminal():
    (row,) = rows("Last Name,Email,No\x1b[2Jte\n\x1b]0;x\x07A\u202e,a@b.example,\x9b31m\n")
    text = row.last + "".join(row.extra) + "".join(row.extra.values())
    assert not any(character in text for character in "\x1b\x07\x9b\u202e")
    (error,) = rows("Last Name,Email\nA,\x1b[31mbad\n")
    assert "\x1b" not in error.error


def test_REC_7_names_in_one_cell_are_taken_apart():
    found = rows('Name,Email\n永田 達郎,a@b.example\nJohn A. Smith,c@b.example\n"Smith, John",d@b.example\nMadonna,\n')
    assert [(row.first, row.last) for row in found] == [
        ("達郎", "永田"), ("John A.", "Smith"), ("John", "Smith"), ("", "Madonna"),
    ]  # fmt: skip


def test_COL_6_several_addresses_in_one_cell():
    assert addresses("A@X.example; b@x.example,c@x.example d@x.example\na@x.EXAMPLE") == (
        "a@x.example", "b@x.example", "c@x.example", "d@x.example",
    )  # fmt: skip
    assert addresses("Nagata, T. <n@x.example>") == ("n@x.example",)
    assert addresses("ｎａｇａｔａ＠ｍｉｎａｔｏ．example") == ("nagata@minato.example",)
    assert addresses("a..b.@docomo.ne.jp") == ("a..b.@docomo.ne.jp",)
    assert addresses("n@例え.jp") == ("n@例え.jp",)


@pytest.mark.parametrize(
    "bad",
    [
        "nagata",
        "a@b",
        "a@@b.example",
        "a@b@c.example",
        "@b.example",
        "a@.example",
        "a@b..example",
        "a@-b.example",
        "a@" + "b" * 300 + ".example",
    ],
)
def test_REC_7_a_bad_address_is_named(bad):
    with pytest.raises(ValueError, match="not a mail address"):
        addresses(bad)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("4000000", ("4000000", "")),
        ("¥4,000,000", ("4000000", "JPY")),
        ("￥4,000,000", ("4000000", "JPY")),
        ("4,000,000円", ("4000000", "JPY")),
        ("１，０００", ("1000", "")),
        ("400万円", ("4000000", "JPY")),
        ("1.5億円", ("150000000", "JPY")),
        ("1,200.50", ("1200.50", "")),
        ("$1,200.50", ("1200.50", "USD")),
        ("€1.200,50", ("1200.50", "EUR")),
        ("1.200.300 €", ("1200300", "EUR")),
        ("USD 1200", ("1200", "USD")),
        ("1 200,50 EUR", ("1200.50", "EUR")),
        ("1'200.00 CHF", ("1200", "CHF")),
        ("12,34,567", ("1234567", "")),
        ("0.50", ("0.50", "")),
        ("007", ("7", "")),
        ("-1,000", ("-1000", "")),
        ("△1,000", ("-1000", "")),
        ("(1,000)", ("-1000", "")),
        ("1.234", ("1.234", "")),
        ("", ("", "")),
    ],
)
def test_REC_7_amounts(cell, expected):
    assert amounts.amount(cell, decimal_comma=False) == expected


@pytest.mark.parametrize("cell", ["abc", "1e9", "NaN", "1,2,3", "1..2", "9" * 19, "10 or 20", "1.", "=1+1", "--1"])
def test_REC_7_what_is_no_amount_is_named(cell):
    with pytest.raises(ValueError, match="amount"):
        amounts.amount(cell, decimal_comma=False)


def test_REC_7_the_column_decides_what_a_point_in_an_amount_means():
    content = 'Deal Name,Amount\nA,"1.200,50"\nB,1.500\n'
    assert [row.amount for row in rows(content, "deals")] == ["1200.50", "1500"]
    assert [row.amount for row in rows("Deal Name,Amount\nA,1200.5\nB,1.500\n", "deals")] == ["1200.5", "1.500"]


def test_REC_7_the_currency_column_wins_over_the_sign():
    assert (deal(amount="$5", currency="CAD").amount, deal(amount="$5", currency="CAD").currency) == ("5", "CAD")
    assert deal(amount="5", currency="日本円").currency == "JPY"
    assert deal(amount="5", currency="usd").currency == "USD"
    assert "currency" in deal(amount="5", currency="cowries").error


@pytest.mark.parametrize(
    "cell",
    [
        "2026-12-20", "2026/12/20", "2026.12.20", "20261220", "2026-12-20 10:30", "2026-12-20T00:00:00Z",
        "2026-12-20T00:00:00.000+09:00", "2026/12/20 9:00:00 PM", "12/20/2026", "20.12.2026", "20/12/2026",
        "2026年12月20日", "２０２６年１２月２０日", "2026年12月20日(日)", "2026年12月20日 10時", "令和8年12月20日", "R8.12.20",
        "令和8/12/20", "20-Dec-2026", "20 December 2026", "Dec 20, 2026", "December 20th, 2026", "20-Dec-26",
        "Sun, 20 Dec 2026", "46376",
    ],
)  # fmt: skip
def test_REC_7_dates(cell):
    assert dates.date(cell, day_first=False) == "2026-12-20"


def test_REC_7_first_years_of_eras():
    assert dates.date("令和元年5月1日", day_first=False) == "2019-05-01"
    assert dates.date("平成31年4月30日", day_first=False) == "2019-04-30"


@pytest.mark.parametrize(
    "cell", ["soon", "2026-13-01", "2026-02-30", "31/31/2026", "令和8年", "2026", "20 Marble 2026", "0000-00-00"]
)
def test_REC_7_what_is_no_date_is_named(cell):
    with pytest.raises(ValueError, match="not a date"):
        dates.date(cell, day_first=False)


def test_REC_7_the_column_decides_between_day_and_month():
    def closings(*cells):
        content = "Deal Name,Closing Date\n" + "".join(f"D,{cell}\n" for cell in cells)
        return [row.closing for row in rows(content, "deals")]

    assert closings("03/04/2026", "20/12/2026") == ["2026-04-03", "2026-12-20"]
    assert closings("03/04/2026", "12/20/2026") == ["2026-03-04", "2026-12-20"]
    assert closings("03/04/2026") == ["2026-03-04"]


def test_REC_7_websites_become_domains():
    for cell in (
        "https://www.Minato.example/ja?x=1",
        "minato.example",
        "http://minato.example:8080",
        "info@minato.example",
    ):
        assert domain(cell) == "minato.example"
    assert domain("n/a") == ""
    assert rows("Company Name,Website,Phone\nみなと,www.minato.example,03\n", "companies") == [
        CompanyRow(2, "みなと", "minato.example", "03")
    ]


DANGEROUS = [
    "=1+1", "+81-3-1234", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＠x", " =1", "'=1", "''=1", "'", "'a", "=",
    "=cmd|' /C calc'!A0", "a;=1+1", "a,=1", 'a, "=1', "a;'=1", "a\n=1", ";;=1", ";'';'=1", "a=b", "it's", "x - y",
]  # fmt: skip


@pytest.mark.parametrize("text", DANGEROUS)
def test_REC_7_exported_text_cannot_run_as_a_formula_and_comes_back(text):
    exported = neutralise(text)
    assert restore(exported) == text
    # Whatever a spreadsheet takes for the delimiter, no cell starts like a formula.
    for delimiter in (",", ";", "\t", "\r", "\n", "|"):
        for cell in exported.split(delimiter):
            assert cell.strip(" \"'")[:1] not in tuple("=+-@＝＠") or cell.lstrip(' "').startswith("'")


@pytest.mark.parametrize("bom", [True, False])
def test_REC_7_an_export_comes_back_the_same(bom):
    people = [
        PersonRow(2, "=HYPERLINK(1)", "+Last", ("a@b.example", "c@b.example"), "Minato; =1", "@Title", "+81 3", "-x", {"Notes": 'a "b", =c'}),
        PersonRow(3, "達郎", "永田", (), "みなと", "", "", "", {"色": "赤"}),
    ]  # fmt: skip
    text = "".join(file_writing.write("contacts", people, extra=["Notes", "色"], bom=bom))
    assert text.startswith("\ufeff") is bom
    assert rows(text) == people
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    deals = [
        DealRow(
            2, "=Web", "みなと", ("a@b.example", "c@b.example"), "", "", "提案", None, "-4000.50", "JPY", "2026-12-20"
        )
    ]
    assert rows("".join(file_writing.write("deals", deals)), "deals") == deals
    companies = [CompanyRow(2, "-Minato", "minato.example", "+81", {"Industry": "=1"})]
    assert rows("".join(file_writing.write("companies", companies, extra=["Industry"])), "companies") == companies


def test_REC_7_a_large_file_is_read_in_bounded_memory():
    content = b"Last Name,Email,Notes\n" + b"".join(
        b"Nagata%d,n%d@minato.example,%s\n" % (number, number, b"x" * 200) for number in range(5_000)
    )
    tracemalloc.start()
    try:
        assert sum(1 for _row in files.read(content, "leads").rows()) == 5_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(content)


ZOHO_LEADS = (
    "Record Id,Lead Owner.id,Lead Owner,Company,First Name,Last Name,Title,Email,Phone,Mobile,Website,Lead Source,Lead Status,"
    "Industry,No. of Employees,Annual Revenue,Rating,Created Time,Modified Time,Street,City,State,Zip Code,Country,Description,Tag"
)
ZOHO_JA = (
    "レコードID,見込み客の担当者,会社,名,姓,役職,メール,電話,携帯電話,Webサイト,見込み客のデータ元,見込み客のステータス,業種,"
    "町名・番地,市区郡,都道府県,郵便番号,国,詳細情報,タグ,作成日時,更新日時"
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,Lead Status,Lifecycle Stage,Job Title,"
    "Associated Company,Street Address,City,State/Region,Postal Code,Country/Region,Create Date,Last Modified Date"
)
HUBSPOT_DEALS = (
    "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Deal owner,Deal Type,Associated Contact,Create Date"
)
SALESFORCE = (
    "Contact ID,First Name,Last Name,Title,Account Name,Email,Phone,Mobile,Mailing Street,Mailing City,Mailing State/Province,"
    "Mailing Zip/Postal Code,Mailing Country,Department,Birthdate,Lead Source,Contact Owner,Created Date,Last Modified Date"
)
SALESFORCE_DEALS = "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Close Date,Probability (%),Next Step,Opportunity Owner,Type"
SALESFORCE_JA = "商談 ID,商談名,取引先名,フェーズ,金額,完了予定日,確度 (%),商談 所有者"


@pytest.mark.parametrize(
    ("heading", "kind", "program"),
    [
        (ZOHO_LEADS, "leads", "Zoho CRM"),
        (ZOHO_JA, "leads", "Zoho CRM"),
        ("Deal Name,Account Name,Stage,Amount,Closing Date,Deal Owner,Created By,Modified By", "deals", "Zoho CRM"),
        ("Record Id,Account Name,Website,Industry,Account Owner.id,Tag", "companies", "Zoho CRM"),
        (
            "Record Id,Subject,Due Date,Contact Name,Related To,Status,Priority,Task Owner,Created By.id",
            "tasks",
            "Zoho CRM",
        ),
        (HUBSPOT, "contacts", "HubSpot"),
        (HUBSPOT_DEALS, "deals", "HubSpot"),
        ("Record ID,Company name,Company Domain Name,Company owner,Industry,Create Date", "companies", "HubSpot"),
        ("Record ID,Ticket name,Ticket status,Pipeline,Create Date,Priority,Associated Contact", "cases", "HubSpot"),
        (SALESFORCE, "contacts", "Salesforce"),
        (SALESFORCE_DEALS, "deals", "Salesforce"),
        (SALESFORCE_JA, "deals", "Salesforce"),
        (
            "Account ID,Account Name,Billing Street,Billing City,Website,Industry,AnnualRevenue",
            "companies",
            "Salesforce",
        ),
        ("Case Number,Subject,Status,Case Origin,Contact Name,Account Name,CreatedById", "cases", "Salesforce"),
        ("First Name,Last Name,Email", "contacts", ""),
        ("Call Type,Call Start Time,Subject,Call Duration", "calls", ""),
        ("Event Title,From,To,Location", "events", ""),
        ("Note Title,Note Content,Parent Name", "notes", ""),
        ("Vendor Name,Email,Phone", "vendors", ""),
        ("商品名,商品コード,単価", "products", ""),
        ("氏名,メールアドレス,会社名", "contacts", ""),
        ("Subject,Body", "", ""),
        ("Name,Email", "contacts", ""),
    ],
)
def test_REC_7_kind_and_program_are_told_by_the_headings(heading, kind, program):
    names = heading.split(",")
    assert (headings.kind_of(names), headings.program(names)) == (kind, program)


def test_REC_7_fields_without_a_column_are_kept_under_their_english_heading():
    cells = (
        'z1,橋本,みなと,達郎,永田,部長,n@a.example,03,090,www.a.example,Web,未連絡,製造,1-1,横浜市,神奈川県,220,日本,"一\n二",'
        '"vip, 東京",2026-01-02 03:04:05,2026/02/03 4:05'
    )
    (row,) = rows(f"{ZOHO_JA}\n{cells}\n", "leads")
    assert row.extra == {
        "Record Id": "z1", "Mobile": "090", "Website": "www.a.example", "Lead Status": "未連絡", "Industry": "製造",
        "Street": "1-1", "City": "横浜市", "State or Province": "神奈川県", "Zip Code": "220", "Country": "日本", "Description": "一\n二",
    }  # fmt: skip
    assert (row.owner, row.tags) == ("橋本", ("vip", "東京"))
    assert (row.created, row.changed) == (1767323045, 1770091500)
    english = rows(
        f"{SALESFORCE}\n" + "s1,T,N,M,A,n@a.example,03,090,1-1,Yokohama,KG,220,Japan,Sales,2/29/1980,Web,H,,\n"
    )
    assert english[0].extra == {
        "Record Id": "s1", "Mobile": "090", "Street": "1-1", "City": "Yokohama", "State or Province": "KG", "Zip Code": "220",
        "Country": "Japan", "Department": "Sales", "Date of Birth": "1980-02-29",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-12-20", ("2026-12-20", 0)),
        ("2026-12-20 10:30", ("2026-12-20", 1797730200)),
        ("2026-12-20T10:30:00+09:00", ("2026-12-20", 1797730200)),
        ("2026-12-20T01:30:00Z", ("2026-12-20", 1797730200)),
        ("2026-12-20T01:30:00.000+0000", ("2026-12-20", 1797730200)),
        ("12/20/2026 10:30 AM", ("2026-12-20", 1797730200)),
        ("12/20/2026, 10:30 PM", ("2026-12-20", 1797773400)),
        ("2026年12月20日 10時30分", ("2026-12-20", 1797730200)),
        ("2026年12月20日午前10時30分", ("2026-12-20", 1797730200)),
        ("2026年12月20日 午後10時30分", ("2026-12-20", 1797773400)),
        ("Dec 20, 2026 10:30", ("2026-12-20", 1797730200)),
        ("2026-12-19T20:00:00-05:30", ("2026-12-20", 1797730200)),
        ("20 December 2026", ("2026-12-20", 0)),
        ("", ("", 0)),
    ],
)
def test_REC_7_moments(cell, expected):
    assert dates.moment(cell, day_first=False, zone=ZoneInfo("Asia/Tokyo")) == expected


@pytest.mark.parametrize("cell", ["soon", "2026-12-20 25:00", "2026-12-20 10:75", "10:30", "2026-13-01 10:00"])
def test_REC_7_what_is_no_moment_is_named(cell):
    with pytest.raises(ValueError, match="not a date"):
        dates.moment(cell, day_first=False, zone=ZoneInfo("Asia/Tokyo"))


NAMED = ["永田 達郎", "a;b", "x (y)", "[p1]", "<z>", "back\\slash", "a\nb", "(株)みなと", "\\", "d7 Web", "a@b"]


@pytest.mark.parametrize("name", NAMED)
def test_REC_7_references_come_back_the_same(name):
    given = [
        Reference(name, "a@x.example", "p12", role=name),
        Reference(name, "", "d7"),
        Reference("Plain"),
        Reference("", "b@x.example"),
        Reference("", "", "k4"),
    ]
    assert list(references.read(references.write(given))) == given
    assert references.read_tags(references.write_tags([name, "b"])) == (name, "b")


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_REC_1_every_field_is_understood_under_its_own_heading(kind):
    kept = {"addresses": "email", "contacts": "people"}
    for field in FIELDS[SINGULAR[kind]]:
        assert headings.meanings(kind, [field.heading]) == [kept.get(field.name, field.name)], field.heading


def test_REC_7_a_share_is_a_probability_too():
    for cell, expected in (
        ("60", 60),
        ("60%", 60),
        ("0.6", 60),
        ("1.0", 100),
        ("0", 0),
        ("", None),
        ("high", None),
        ("1", 1),
    ):
        assert rows(f"Deal Name,Probability\nA,{cell}\n", "deals")[0].probability == expected


def test_REC_7_mobile_numbers_alone_are_what_there_is_to_call():
    assert rows("Last Name,Mobile\nA,090\n")[0].phone == "090"
    (row,) = rows("Last Name,Phone,Mobile\nA,,090\n")
    assert (row.phone, row.extra) == ("", {"Mobile": "090"})
