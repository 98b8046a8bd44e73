"""Who a sender is, guessed from display name, domain and signature (REC-5)."""

import pytest

from salesinbox.formats.guessing import guess

JA = "お世話になっております。\n資料の件、承知しました。\n\nよろしくお願いいたします。\n\n"
EN = "Hello Nami,\n\nThat works for us. Please send the quote.\n\n"

# display name, address, free mail, text, what is guessed of it
SIGNATURES = {
    "ruled": (
        "永田 達郎", "nagata@minato.example", False,
        JA + "------------------------------------\n株式会社みなと商事\n営業本部 第一営業部 部長\n永田 達郎（ながた たつろう）\n"
        "〒100-0005 東京都千代田区丸の内1-2-3 みなとビル5F\nTEL: 03-1234-5678 / FAX: 03-1234-5679\n携帯: 090-1111-2222\n"
        "E-mail: nagata@minato.example\nhttps://www.minato.example/\n------------------------------------\n",
        {"last": "永田", "first": "達郎", "company": "株式会社みなと商事", "title": "部長", "department": "営業本部 第一営業部",
         "phone": "03-1234-5678", "mobile": "090-1111-2222", "website": "https://www.minato.example", "zip": "100-0005",
         "state": "東京都", "city": "千代田区", "street": "丸の内1-2-3 みなとビル5F"},
    ),
    "decorated": (
        "志村達夫", "shimura@hoshi.example", False,
        JA + "◆◇━━━━━━━━━━━━━━━━━━━◇◆\n　ホシ電機株式会社　購買部\n　課長　志村　達夫\n　TEL：０４５－１２３－４５６７（直通）\n"
        "　Mail：shimura@hoshi.example\n◆◇━━━━━━━━━━━━━━━━━━━◇◆\n",
        {"last": "志村", "first": "達夫", "company": "ホシ電機株式会社", "department": "購買部", "title": "課長",
         "phone": "045-123-4567"},
    ),
    "no rules": (
        "Sakura Ito", "ito@sakura.example", False,
        JA + "伊藤 さくら\n合同会社サクラ企画 代表社員\n電話 06-6123-4567\n",
        {"first": "Sakura", "last": "Ito", "company": "合同会社サクラ企画", "title": "代表社員", "phone": "06-6123-4567"},
    ),
    "short form": (
        "田中", "tanaka@kita.example", False,
        JA + "-- \n(株)北海メディア\n営業企画室 室長代理 田中 健一\nTel 011-234-5678 Fax 011-234-5679\n",
        {"last": "田中", "first": "健一", "company": "(株)北海メディア", "department": "営業企画室", "title": "室長代理",
         "phone": "011-234-5678"},
    ),
    "labels": (
        "", "yamada@umi.example", False,
        JA + "==========\n会社名：有限会社海\n部署：総務課\n役職：主任\n氏名：山田 花子\n携帯電話：080-3333-4444\n"
        "メール：yamada@umi.example\n==========\n",
        {"last": "山田", "first": "花子", "company": "有限会社海", "department": "総務課", "title": "主任",
         "mobile": "080-3333-4444"},
    ),
    "department manager": (
        "高橋 誠", "takahashi@mori.example", False,
        JA + "----------------\n森銀行\n法人営業部長\n高橋 誠\nTEL 03-5555-0101\nmail takahashi@mori.example\n----------------\n",
        {"last": "高橋", "first": "誠", "company": "森銀行", "title": "法人営業部長", "phone": "03-5555-0101"},
    ),
    "representative": (
        "中村 大輔", "nakamura@gmail.com", True,
        JA + "--\n株式会社 中村製作所\n代表取締役社長 中村 大輔\n〒541-0041\n大阪府大阪市中央区北浜1-1-1\nMobile: +81-90-5555-6666\n",
        {"last": "中村", "first": "大輔", "company": "株式会社中村製作所", "title": "代表取締役社長", "mobile": "+81-90-5555-6666",
         "zip": "541-0041", "state": "大阪府", "city": "大阪市中央区", "street": "北浜1-1-1"},
    ),
    "company beside the name": (
        "小林 直美（アオゾラ工業株式会社）", "kobayashi@aozora.example", False, JA,
        {"last": "小林", "first": "直美", "company": "アオゾラ工業株式会社"},
    ),
    "company before the name": (
        "株式会社ミドリ 営業部 加藤 翔", "kato@midori.example", False, JA,
        {"last": "加藤", "first": "翔", "company": "株式会社ミドリ"},
    ),
    "reading beside the name": (
        "渡辺 修 (ワタナベ オサム)", "watanabe@kawa.example", False, JA,
        {"last": "渡辺", "first": "修", "company": "Kawa"},
    ),
    "English": (
        "Jane Doe", "jane@acme.example", False,
        EN + "Best regards,\nJane Doe\nHead of Sales, Acme Inc.\n+44 20 7946 0123 | www.acme.example\n",
        {"first": "Jane", "last": "Doe", "company": "Acme Inc.", "title": "Head of Sales", "phone": "+44 20 7946 0123",
         "website": "www.acme.example"},
    ),
    "first name only": (
        "Nami", "nami@zylker.example", False,
        EN + "-- \nNami Hashimoto\nAccount Manager, Zylker Inc., Tokyo\n+81 3 5550 0123 | https://www.zylker.example\n",
        {"first": "Nami", "last": "Hashimoto", "company": "Zylker Inc.", "title": "Account Manager",
         "phone": "+81 3 5550 0123", "website": "https://www.zylker.example"},
    ),
    "pipes": (
        "Robert Miles", "r.miles@northwind.example", False,
        EN + "Kind regards\n\nRobert Miles | Procurement Manager | Northwind Traders Ltd\nT: 0161 496 0000 | M: 07700 900123\n"
        "r.miles@northwind.example\n",
        {"first": "Robert", "last": "Miles", "company": "Northwind Traders Ltd", "title": "Procurement Manager",
         "phone": "0161 496 0000", "mobile": "07700 900123"},
    ),
    "American": (
        "Maria Garcia", "maria@contoso.example", False,
        EN + "Thanks,\n\nMaria Garcia\nVP of Operations\nContoso Corp.\nOffice: (415) 555-0132 x204\nCell: 415.555.0199\n"
        "Fax: 415-555-0111\n",
        {"first": "Maria", "last": "Garcia", "company": "Contoso Corp.", "title": "VP of Operations",
         "phone": "(415) 555-0132 x204", "mobile": "415.555.0199"},
    ),
    "German": (
        "Jürgen Groß", "gross@bauhaus-partner.example", False,
        EN + "Mit freundlichen Grüßen\n\nJürgen Groß\nGeschäftsführer\nBauhaus Partner GmbH\nTel. +49 30 901820\n",
        {"first": "Jürgen", "last": "Groß", "company": "Bauhaus Partner GmbH", "title": "Geschäftsführer",
         "phone": "+49 30 901820"},
    ),
    "name of the domain": (
        "Tom Baker", "tom@bluefin.example", False,
        EN + "Cheers,\nTom\n\nTom Baker\nBuyer\nBluefin Seafood\n",
        {"first": "Tom", "last": "Baker", "company": "Bluefin Seafood", "title": "Buyer"},
    ),
    "title at company": (
        "Priya Nair", "priya@outlook.com", True,
        EN + "Best,\nPriya Nair\nSenior Analyst at Fabrikam\n",
        {"first": "Priya", "last": "Nair", "company": "Fabrikam", "title": "Senior Analyst"},
    ),
    "capitals": (
        "NAGATA Tatsuro", "nagata@minato.example", False, EN,
        {"first": "Tatsuro", "last": "Nagata", "company": "Minato"},
    ),
    "last name first": (
        "Doe, Jane (Acme)", "jane@acme.example", False, EN,
        {"first": "Jane", "last": "Doe", "company": "Acme"},
    ),
    "name from the address": ("", "jane.doe@acme.example", False, EN, {"first": "Jane", "last": "Doe", "company": "Acme"}),
    "a mailbox of many": ("", "info@blue-sky.example", False, EN, {"company": "Blue Sky"}),
    "free mail": ("hina", "hina.t@gmail.com", True, EN, {"last": "Hina"}),
    "department": (
        "Ann Lee", "ann@wingtip.example", False,
        EN + "--\nAnn Lee\nPurchasing Department\nWingtip Toys LLC\n+1 206-555-0100\n",
        {"first": "Ann", "last": "Lee", "company": "Wingtip Toys LLC", "department": "Purchasing Department",
         "phone": "+1 206-555-0100"},
    ),
    "phone only": ("Kim Park", "kim@litware.example", False, EN + "Sent from my phone\n",
                   {"first": "Kim", "last": "Park", "company": "Litware"}),
}  # fmt: skip


@pytest.mark.parametrize("case", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_REC_5_a_signature_says_who_somebody_is(case):
    name, address, free, text, expected = case
    assert dict(guess(name, address, [text], free=free)) == expected


SIGNED = "-- \n永田 達郎\n株式会社みなと商事 部長\nTEL 03-9999-9999\n"
QUOTED = {
    "marks": "承知しました。\n\n2026年11月2日(月) 10:00 永田 <nagata@minato.example>:\n"
    + "".join(f"> {line}\n" for line in SIGNED.splitlines()),
    "header": f"OK.\n\n________________________________\n差出人: 永田 <nagata@minato.example>\n送信日時: 2026年11月2日\n宛先: me\n件名: x\n\n本文\n{SIGNED}",
    "original": f"OK.\n\n-----Original Message-----\nFrom: Nagata <nagata@minato.example>\nSent: Monday\nTo: me\n\n{SIGNED}",
    "forwarded": f"ご参考まで。\n\n---------- Forwarded message ---------\nFrom: 永田 <nagata@minato.example>\nDate: x\n\n本文\n{SIGNED}",
    "somebody else's": "転載します。\n\n-- \n永田 達郎\n株式会社みなと商事 部長\nTEL 03-9999-9999\nnagata@minato.example\n",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED.keys())
def test_REC_5_nothing_is_guessed_from_what_somebody_else_wrote(text):
    assert dict(guess("志村 達夫", "shimura@gmail.com", [text], free=True)) == {"last": "志村", "first": "達夫"}


def test_REC_5_the_newest_signature_stands_and_older_ones_add_to_it():
    newest = EN + "Best regards,\nJane Doe\nSales Director\n"
    older = EN + "Best regards,\nJane Doe\nHead of Sales, Acme Inc.\n+44 20 7946 0123\n"
    found = guess("Jane Doe", "jane@acme.example", [newest, older], free=False)
    assert (found["title"], found["company"], found["phone"]) == ("Sales Director", "Acme Inc.", "+44 20 7946 0123")


def test_a_hostile_signature_drives_nothing_and_ends():
    text = (
        "Regards,\n\x1b[2JJane\x07 Doe\n"
        + "CEO, " * 5000
        + "\n"
        + "株式会社" * 3000
        + "\nTEL "
        + "0-" * 9000
        + "\n"
        + "〒" * 999
    )
    found = guess("Jane\x1b]0;x\x07 Doe", "jane@acme.example", [text], free=False)
    assert all(value.isprintable() and len(value) <= 100 for value in found.values())
