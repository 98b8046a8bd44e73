"""What the headings of exports mean: Zoho, HubSpot, Salesforce, plain English and Japanese ones (REC-7)."""

from collections.abc import Sequence

from salesinbox.model import folding
from salesinbox.model.imports import COMPANIES, CONTACTS, DEALS, LEADS

# Fields by kind of file; the first heading of each field is the one that an export writes.
_PERSON = {
    "id": "Record Id|Id|Record ID - Contact|Contact Id|Lead Id|レコードID|連絡先ID|見込み客ID|連絡先のID",
    "first": "First Name|Given Name|Forename|名|名前（名）|名（名前）|名前(First)|ファーストネーム",
    "last": "Last Name|Surname|Family Name|姓|名字|苗字|名前（姓）|姓（名字）|ラストネーム",
    "name": (
        "Full Name|Name|Contact Name|Lead Name|Contact|Lead|Display Name|Person|氏名|名前|お名前"
        "|フルネーム|姓名|連絡先名|見込み客名|リード名|担当者名|取引先責任者名|取引先責任者"
        "|連絡先|ご担当者名"
    ),
    "email": (
        "Email|Email Address|Mail|Mail Address|Work Email|Primary Email|Business Email"
        "|Contact Email|Lead Email|Email 1|E-mail 1 - Value|メール|メールアドレス|Eメール"
        "|Eメールアドレス|電子メール|主要メール|メイン メール|勤務先メール|メール（主）"
    ),
    "email_2": (
        "Secondary Email|Additional Email|Additional Emails|Additional Email Addresses"
        "|Other Email|Alternate Email|Alternative Email|Second Email|Personal Email|Private Email"
        "|Email 2|Email 3|E-mail 2 - Value|メール（予備）|予備のメール|予備メール|サブメール"
        "|サブのメール|メール（サブ）|メール（副）|副メール|セカンダリメール|第2メール|メール2"
        "|メールアドレス2|その他のメール|その他のメールアドレス|追加のメールアドレス|個人メール"
        "|別のメール|予備のメールアドレス|サブメールアドレス|メールアドレス（予備）"
        "|メール（その他）"
    ),
    "company": (
        "Company|Company Name|Account Name|Account|Organization|Organization Name|Organisation"
        "|Company / Account|Associated Company|Primary Company|Associated Company Name"
        "|Account: Account Name|会社名|会社|取引先名|取引先|企業名|法人名|組織名"
        "|勤務先|社名|顧客企業名|会社名 / 取引先名|関連する会社|取引先名（会社）"
    ),
    "title": "Title|Job Title|Position|役職|職位|肩書|肩書き|役職名",
    "phone": (
        "Phone|Phone Number|Telephone|Work Phone|Business Phone|Office Phone|Tel|電話|電話番号"
        "|TEL番号|勤務先電話|代表電話|会社電話|電話（勤務先）"
    ),
    "mobile": (
        "Mobile|Mobile Phone|Mobile Phone Number|Mobile Number|Cell Phone|携帯電話|携帯|携帯番号|携帯電話番号|モバイル"
    ),
    "source": (
        "Lead Source|Source|Original Source|Original Traffic Source|Record Source"
        "|見込み客のデータ元|見込み客の情報源|データ元|リードソース|リード ソース"
        "|リードのデータ元|リード獲得元|流入元|獲得経路|オリジナルソース|ソース"
    ),
}
_COMPANY = {
    "id": "Record Id|Id|Record ID - Company|Account Id|Company Id|レコードID|取引先ID",
    "name": (
        "Company Name|Company|Account Name|Account|Organization|Organization Name|Organisation"
        "|Company / Account|Associated Company|Primary Company|Associated Company Name"
        "|Account: Account Name|Name|会社名|会社|取引先名|取引先|企業名|法人名|組織名|勤務先|社名"
        "|顧客企業名|会社名 / 取引先名|関連する会社|取引先名（会社）"
    ),
    "domain": (
        "Website|Company Domain Name|Domain|Domain Name|Website URL|Web Site|URL|Company Domain"
        "|Webサイト|ウェブサイト|ホームページ|サイト|ドメイン|ドメイン名|会社のドメイン名"
        "|Web サイト"
    ),
    "phone": _PERSON["phone"],
}
_DEAL = {
    "id": "Record Id|Id|Record ID - Deal|Deal Id|Opportunity Id|レコードID|商談ID",
    "name": (
        "Deal Name|Deal|Opportunity Name|Opportunity|Potential Name|Name|商談名|商談|案件名|案件|取引名|ディール名"
    ),
    "company": _PERSON["company"],
    "contacts": (
        "Contact Email|Contact Emails|Contact Email Address|Associated Contact Emails"
        "|Associated Contact Email|Primary Contact Email|Contact: Email|Email|Email Address"
        "|連絡先のメール|連絡先メール|連絡先のメールアドレス|連絡先（メール）"
        "|取引先責任者のメール|担当者メール|担当者のメール|メール|メールアドレス|顧客メール"
    ),
    "contact_name": (
        "Contact Name|Contact|Primary Contact|Associated Contact|Associated Contacts"
        "|Primary Contact Name|連絡先名|連絡先|取引先責任者|取引先責任者名|主担当者名|先方担当者"
        "|関連するコンタクト"
    ),
    "role": "Contact Role|Role|連絡先の役割|役割|担当者の役割",
    "stage": (
        "Stage|Deal Stage|Opportunity Stage|StageName|Sales Stage|ステージ|商談ステージ|フェーズ|取引ステージ|段階|進捗"
    ),
    "probability": ("Probability|Probability (%)|Deal Probability|確度|確度（％）|確率|可能性|受注確度"),
    "amount": (
        "Amount|Deal Amount|Deal Value|Value|Opportunity Amount|Total Amount|総額|金額|合計金額"
        "|商談金額|取引金額|見込み金額|受注金額|案件金額|売上金額"
    ),
    "currency": ("Currency|Currency Code|CurrencyIsoCode|Deal Currency|Amount Currency|通貨|通貨コード|商談の通貨"),
    "closing": (
        "Closing Date|Close Date|Closed Date|Expected Close Date|Expected Closing Date|完了予定日"
        "|完了日|クローズ日|クローズ予定日|受注予定日|締切日|終了予定日|成約予定日"
    ),
}

FIELDS = {LEADS: _PERSON, CONTACTS: _PERSON, COMPANIES: _COMPANY, DEALS: _DEAL}

_NEEDED = {
    LEADS: ("email", "last", "name"),
    CONTACTS: ("email", "last", "name"),
    COMPANIES: ("name",),
    DEALS: ("name",),
}
"""A file of a kind has one of these fields, or its rows name nothing."""


def fold(heading: str) -> str:
    """A heading as it is compared: width, case, spaces and punctuation make no difference."""
    return "".join(character for character in folding.fold(heading) if character.isalnum())


_MEANINGS = {
    kind: {fold(heading): name for name, headings in reversed(fields.items()) for heading in headings.split("|")}
    for kind, fields in FIELDS.items()
}
# "Name" alone says nothing of a file's kind, nor does what other kinds have too.
_DEAL_ONLY = {fold(heading) for heading in _DEAL["name"].split("|")} - {"name"}
_PERSON_ONLY = {fold(heading) for name in ("first", "last") for heading in _PERSON[name].split("|")}
_COMPANY_ONLY = {fold(heading) for heading in _COMPANY["domain"].split("|")}


def meanings(kind: str, headings: Sequence[str]) -> list[str]:
    """The field that each heading stands for in a file of the kind, "" where it is not understood."""
    known = _MEANINGS[kind]
    return [known.get(fold(heading), "") for heading in headings]


def understood(headings: Sequence[str]) -> int:
    """How many of the headings mean something in the kind of file where most of them do."""
    return max(sum(map(bool, meanings(kind, headings))) for kind in FIELDS)


def complete(kind: str, found: Sequence[str]) -> bool:
    """Whether the fields found are enough for a file of the kind."""
    return any(name in found for name in _NEEDED[kind])


def other_kind(kind: str, headings: Sequence[str]) -> str:
    """The kind that the headings clearly belong to, where it is not the one given; else "".

    Leads and contacts have the same fields, so one is never taken for the other.
    """
    folded = {fold(heading) for heading in headings}
    if folded & _DEAL_ONLY and folded & {fold(h) for h in (_DEAL["stage"] + "|" + _DEAL["amount"]).split("|")}:
        likely = DEALS
    elif folded & _PERSON_ONLY:
        likely = LEADS if any("lead" in heading or "見込み客" in heading for heading in folded) else CONTACTS
    elif folded & _COMPANY_ONLY and complete(COMPANIES, meanings(COMPANIES, headings)):
        likely = COMPANIES
    else:
        return ""
    if likely == kind or {likely, kind} == {LEADS, CONTACTS}:
        return ""
    if likely == COMPANIES and complete(kind, meanings(kind, headings)):
        return ""  # a website is nothing odd in a file of people
    return likely


def examples(kind: str) -> str:
    """The headings that a file of the kind should have, for a sentence."""
    return ", ".join(headings.split("|")[0] for name, headings in FIELDS[kind].items() if name != "id")
