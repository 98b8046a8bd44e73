"""What columns are called in exports of Zoho, HubSpot and Salesforce, in plain English and in Japanese (REC-7).

By kind of file and name of field (`model.fields`, and a few that only files have). The first heading of each is the one
that an export writes. Spelling is compared without width, case, spaces and punctuation (`headings.fold`).
"""

from collections.abc import Mapping

from salesinbox.model import imports

Headings = Mapping[str, str]
"""Name of a field → its headings, with "|" between them."""

OWN_ID = "SalesInbox {kind} Id"

_COMPANY_NAME = (
    "Company|Company Name|Account Name|Account|Organization|Organization Name|Organisation"
    "|Company / Account|Associated Company|Primary Company|Associated Company Name"
    "|Account: Account Name|会社名|会社|取引先名|取引先|企業名|法人名|組織名"
    "|勤務先|社名|顧客企業名|会社名 / 取引先名|関連する会社|取引先名（会社）|Company / Account Name"
)
_PHONE = (
    "Phone|Phone Number|Telephone|Work Phone|Business Phone|Office Phone|Tel|電話|電話番号"
    "|TEL番号|勤務先電話|代表電話|会社電話|電話（勤務先）"
)
_SOURCE = (
    "Lead Source|Source|Original Source|Original Traffic Source|Record Source"
    "|見込み客のデータ元|見込み客の情報源|データ元|リードソース|リード ソース"
    "|リードのデータ元|リード獲得元|流入元|獲得経路|オリジナルソース|ソース"
)
_DESCRIPTION = "Description|詳細情報|説明|備考|詳細|概要|Account Description|Contact Description|Lead Description"
_CREATED = (
    "Created Time|Create Date|Created Date|Created At|Created On|Created|Date Created|作成日時|作成日|登録日|登録日時"
)
_CHANGED = (
    "Modified Time|Last Modified Date|Last Modified|Updated At|Updated On|Modified On|Last Modified Time|Date Modified"
    "|最終更新日|最終更新日時|更新日時|更新日|変更日時"
)
_OWNER = "Owner|Owner Name|Record Owner|Assigned To|担当者|所有者|所有者名|担当|割り当て先|担当営業|営業担当"
_TAGS = "Tags|Tag|Labels|タグ|ラベル"


def _variants(*words: str, english: tuple[str, ...] = (), japanese: tuple[str, ...] = ()) -> str:
    """Words as they stand, and with what tells one address from others: "Mailing City", "市区郡（請求先）"."""
    found = list(words)
    for word in words:
        marks = english if word.isascii() else japanese
        found += [f"{mark} {word}" for mark in marks]
        if not word.isascii():
            found += [f"{word} {mark}" for mark in marks]
    return "|".join(found)


def _place(english: tuple[str, ...], japanese: tuple[str, ...]) -> dict[str, str]:
    words = {
        "street": ("Street", "Street Address", "Address", "町名・番地", "番地", "住所", "町名番地・建物名"),
        "city": ("City", "市区郡", "市区町村", "市"),
        "state": ("State or Province", "State", "State/Province", "State/Region", "Province", "都道府県"),
        "zip": ("Zip Code", "Zip", "Postal Code", "Zip/Postal Code", "Code", "郵便番号"),
        "country": ("Country", "Country/Region", "国", "国名", "国/地域"),
    }
    return {name: _variants(*said, english=english, japanese=japanese) for name, said in words.items()}


_PERSON_PLACE = _place(("Mailing", "Work", "Business", "Primary"), ("郵送先", "勤務先", "住所"))
_COMPANY_PLACE = _place(("Billing", "Company", "Account"), ("請求先", "会社", "本社"))
_INDUSTRY = "Industry|業種|業界|産業"
_EMPLOYEES = "No. of Employees|Number of Employees|Employees|NumberOfEmployees|No of Employees|従業員数|社員数"
_REVENUE = "Annual Revenue|AnnualRevenue|Revenue|年間売上|年商|年間売上高|売上高"


def _common(kind: str, *owners: str) -> dict[str, str]:
    """What every kind of record has."""
    return {
        "own": OWN_ID.format(kind=kind),
        "owner": "|".join((_OWNER, f"{kind} Owner", f"{kind} Owner Name", *owners)),
        "tags": _TAGS,
        "created": _CREATED,
        "changed": _CHANGED,
    }


_PERSON: Headings = {
    "id": (
        "Record Id|Id|Record ID - Contact|Contact Id|Lead Id|レコードID|連絡先ID|見込み客ID|連絡先のID"
        "|レコードID - コンタクト|取引先責任者 ID|リード ID"
    ),
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
    "company": _COMPANY_NAME,
    "title": "Title|Job Title|Position|役職|職位|肩書|肩書き|役職名",
    "phone": _PHONE,
    "mobile": (
        "Mobile|Mobile Phone|Mobile Phone Number|Mobile Number|Cell Phone|携帯電話|携帯|携帯番号|携帯電話番号|モバイル"
    ),
    "source": _SOURCE,
    **_PERSON_PLACE,
    "description": _DESCRIPTION,
}
_LEAD: Headings = {
    **_PERSON,
    **_common("Lead", "見込み客の担当者", "見込み客の所有者", "リード 所有者", "リードの所有者", "Contact Owner"),
    "status": "Lead Status|Status|見込み客のステータス|見込み客ステータス|リード状況|リードステータス|ステータス|状況",
    "rating": "Rating|Lead Rating|評価|格付け|見込み度|ランク",
    "industry": _INDUSTRY,
    "website": "Website|Website URL|Web Site|URL|Webサイト|ウェブサイト|ホームページ|Web サイト",
    "employees": _EMPLOYEES,
    "revenue": _REVENUE,
}
_CONTACT: Headings = {
    **_PERSON,
    **_common(
        "Contact", "連絡先の担当者", "連絡先の所有者", "コンタクト担当者", "取引先責任者 所有者",
        "取引先責任者の所有者", "Lead Owner",
    ),
    "department": "Department|部署|部門|所属|部署名",
    "assistant": "Assistant|アシスタント|秘書",
    "birthday": "Date of Birth|Birthdate|Birthday|Birth Date|誕生日|生年月日",
}  # fmt: skip
_COMPANY: Headings = {
    **_common("Company", "Account Owner", "取引先の担当者", "取引先の所有者", "取引先 所有者", "会社の担当者"),
    "id": "Record Id|Id|Record ID - Company|Account Id|Company Id|レコードID|取引先ID|レコードID - 会社|取引先 ID",
    "name": "Company Name|" + _COMPANY_NAME + "|Name",
    "domain": (
        "Website|Company Domain Name|Domain|Domain Name|Website URL|Web Site|URL|Company Domain"
        "|Webサイト|ウェブサイト|ホームページ|サイト|ドメイン|ドメイン名|会社のドメイン名"
        "|Web サイト"
    ),
    "phone": _PHONE,
    "industry": _INDUSTRY,
    "type": "Account Type|Type|Company Type|取引先の種類|取引先種別|種別|会社の種類|タイプ",
    "employees": _EMPLOYEES,
    "revenue": _REVENUE,
    **_COMPANY_PLACE,
    "description": _DESCRIPTION,
}
_DEAL: Headings = {
    **_common("Deal", "Opportunity Owner", "商談の担当者", "商談の所有者", "商談 所有者", "取引担当者", "案件担当者"),
    "id": "Record Id|Id|Record ID - Deal|Deal Id|Opportunity Id|レコードID|商談ID|レコードID - 取引|商談 ID",
    "name": (
        "Deal Name|Deal|Opportunity Name|Opportunity|Potential Name|Name|商談名|商談|案件名|案件|取引名|ディール名"
    ),
    "company": _COMPANY_NAME,
    "people": "Contacts|All Contacts|すべての連絡先",
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
    "probability": "Probability|Probability (%)|Deal Probability|確度|確度（％）|確率|可能性|受注確度",
    "amount": (
        "Amount|Deal Amount|Deal Value|Value|Opportunity Amount|Total Amount|総額|金額|合計金額"
        "|商談金額|取引金額|見込み金額|受注金額|案件金額|売上金額"
    ),
    "currency": "Currency|Currency Code|CurrencyIsoCode|Deal Currency|Amount Currency|通貨|通貨コード|商談の通貨",
    "closing": (
        "Closing Date|Close Date|Closed Date|Expected Close Date|Expected Closing Date|完了予定日"
        "|完了日|クローズ日|クローズ予定日|受注予定日|締切日|終了予定日|成約予定日"
    ),
    "pipeline": "Pipeline|Deal Pipeline|Sales Pipeline|パイプライン|取引パイプライン|商談パイプライン",
    "type": "Type|Deal Type|Opportunity Type|種別|商談の種類|種類|取引タイプ|商談種別",
    "next": "Next Step|NextStep|次のステップ|次のアクション|次回アクション",
    "source": _SOURCE,
    "began": "Began|Opened Time",
    "ended": "Ended|Closed Time|Actual Close Date|クローズ日時|完了日時",
    "description": _DESCRIPTION + "|Deal Description",
}
_ABOUT: Headings = {
    "about": "About|Related Records",
    "about_any": "Related To|Regarding|What|Parent|Parent Name|関連先|関連項目|関連|親レコード|関連レコード",
    "about_person": (
        "Contact Name|Contact|Contact Email|Who|Name|Related Contact|Lead Name|Lead|Associated Contact"
        "|Associated Contacts|Associated Contact Emails|連絡先名|連絡先|連絡先のメール|取引先責任者|取引先責任者名"
        "|見込み客名|見込み客|関連する連絡先|名前"
    ),
    "about_company": _COMPANY_NAME,
    "about_deal": (
        "Deal Name|Deal|Opportunity Name|Opportunity|Associated Deal|Associated Deals|Potential Name|商談名|商談|案件名"
        "|案件|取引名|関連する商談"
    ),
}
_ITEM_ID = "Record Id|Id|レコードID|Activity Id|活動 ID"
_PRIORITY = "Priority|優先度|重要度|優先順位"
_CLOSED = (
    "Closed Time|Completed Date|Completed Time|Completed At|Date Closed|Close Date|Closed Date|完了日時|完了日"
    "|クローズ日時"
)
_TASK: Headings = {
    **_ABOUT,
    **_common("Task", "Activity Owner", "タスクの担当者", "ToDoの担当者"),
    "id": _ITEM_ID + "|Task Id|タスクID",
    "name": "Subject|Task Name|Task Title|Task|Title|タスク名|件名|ToDo|To Do|タイトル|タスク|用件",
    "due": "Due Date|Due|Due Date Only|Due Time|Deadline|ActivityDate|期日|期限|締切|締切日|期限日|完了予定日",
    "status": "Status|Task Status|ステータス|状況|状態",
    "priority": _PRIORITY + "|Task Priority",
    "description": _DESCRIPTION + "|Comments|Notes|Task Notes|コメント|メモ",
    "closed": _CLOSED,
    "hidden": "Hidden Until",
}
_EVENT: Headings = {
    **_ABOUT,
    **_common("Event", "Host", "主催者", "予定の担当者", "Meeting Owner"),
    "id": _ITEM_ID + "|Event Id|Meeting Id",
    "name": "Subject|Event Title|Title|Meeting Name|Meeting Title|Event Name|件名|予定名|タイトル|予定|ミーティング名",
    "start": (
        "From|Start|Start Time|Start Date|Start DateTime|Start Date Time|Start Date/Time|Meeting Start Time|Event Start"
        "|開始|開始日時|開始日|開始時刻"
    ),
    "finish": (
        "To|End|End Time|End Date|End DateTime|End Date Time|End Date/Time|Meeting End Time|Event End|終了|終了日時"
        "|終了日|終了時刻"
    ),
    "place": "Location|Venue|Place|場所|開催場所|会場",
    "description": _DESCRIPTION + "|Notes|Meeting Notes|メモ",
    "closed": _CLOSED,
}
_CALL: Headings = {
    **_ABOUT,
    **_common("Call", "Activity Assigned To", "通話の担当者"),
    "id": _ITEM_ID + "|Call Id",
    "name": "Subject|Call Title|Call Name|Title|件名|通話の件名|用件|タイトル",
    "start": (
        "Call Start Time|Start Time|Start|Activity Date|Call Date|Date|通話開始時刻|通話開始日時|開始日時|通話日時|日時"
    ),
    "minutes": (
        "Minutes|Call Duration|Duration|Call Duration (in minutes)|Call Duration (Minutes)|Duration (Minutes)"
        "|通話時間（分）|通話時間|所要時間"
    ),
    "seconds": "Call Duration (in seconds)|Duration (Seconds)|Call Duration In Seconds|通話時間（秒）",
    "direction": "Call Type|Call Direction|Direction|通話の種類|通話種別|通話タイプ|発着信|方向",
    "result": "Call Result|Call Outcome|Outcome|通話結果|結果",
    "state": "Call Status|Outgoing Call Status|Status|通話ステータス|ステータス",
    "description": _DESCRIPTION + "|Call Notes|Notes|Comments|通話メモ|メモ",
    "closed": _CLOSED,
}
_NOTE: Headings = {
    **_ABOUT,
    **_common("Note", "Note Created By", "メモの担当者"),
    "id": _ITEM_ID + "|Note Id",
    "name": "Title|Note Title|Subject|タイトル|メモのタイトル|件名",
    "description": "Note|Note Content|Note Body|Body|Content|Notes|Text|メモ|メモの内容|内容|本文|ノート|"
    + _DESCRIPTION,
}
_CASE: Headings = {
    **_ABOUT,
    **_common("Case", "Ticket Owner", "ケースの担当者", "問い合わせの担当者", "チケット担当者", "ケース 所有者"),
    "id": _ITEM_ID + "|Case Id|Ticket Id|ケース ID",
    "name": "Subject|Case Subject|Ticket Name|Title|Case Title|件名|問い合わせ件名|チケット名|タイトル|ケース名",
    "status": "Status|Case Status|Ticket Status|ステータス|状況|状態|チケットステータス",
    "priority": _PRIORITY,
    "type": "Type|Case Type|Case Reason|種別|種類|ケースの種類|理由",
    "origin": "Case Origin|Origin|Channel|問い合わせ元|発生源|受付方法|ケース発生源|チャネル",
    "solution": "Solution|Resolution|解決策|対応内容|解決方法",
    "description": _DESCRIPTION + "|Ticket Description|問い合わせ内容",
    "closed": _CLOSED,
}
_VENDOR: Headings = {
    **_common("Vendor", "仕入先の担当者"),
    "id": _ITEM_ID + "|Vendor Id|仕入先ID",
    "name": "Vendor Name|Vendor|Supplier|Supplier Name|Name|仕入先名|仕入先|業者名|ベンダー名|購入先名",
    "email": "Email|Email Address|Mail|メール|メールアドレス",
    "phone": _PHONE,
    "website": "Website|URL|Web Site|Webサイト|ウェブサイト|ホームページ",
    "category": "Category|Vendor Category|カテゴリー|カテゴリ|分類",
    **_place(("Vendor",), ("仕入先",)),
    "description": _DESCRIPTION,
}
_PRODUCT: Headings = {
    **_common("Product", "商品の担当者", "製品の担当者"),
    "id": _ITEM_ID + "|Product Id|商品ID|製品ID",
    "name": "Product Name|Product|Item Name|Name|商品名|製品名|品名|商品|製品",
    "code": "Product Code|SKU|ProductCode|Item Code|商品コード|製品コード|型番|品番",
    "price": "Unit Price|Price|List Price|Sales Price|単価|価格|販売価格|標準価格",
    "currency": "Currency|Currency Code|CurrencyIsoCode|通貨|通貨コード",
    "unit": "Usage Unit|Unit|Quantity Unit Of Measure|単位|使用単位|販売単位",
    "tax": "Tax|Tax Rate|Taxes|税|税率|消費税率",
    "stock": "Quantity in Stock|Qty in Stock|Stock|在庫数|在庫",
    "active": "Product Active|Active|Active (Product)|IsActive|有効|販売中|商品の有効化",
    "description": _DESCRIPTION + "|Product Description|商品説明|製品の説明",
}

WORDS: Mapping[str, Headings] = {
    imports.LEADS: _LEAD,
    imports.CONTACTS: _CONTACT,
    imports.COMPANIES: _COMPANY,
    imports.DEALS: _DEAL,
    imports.TASKS: _TASK,
    imports.EVENTS: _EVENT,
    imports.CALLS: _CALL,
    imports.NOTES: _NOTE,
    imports.CASES: _CASE,
    imports.VENDORS: _VENDOR,
    imports.PRODUCTS: _PRODUCT,
}

# Headings that are in the exports of one program only, as far as they tell it from the others.
PROGRAMS: Mapping[str, str] = {
    imports.ZOHO: (
        "Lead Owner.id|Contact Owner.id|Account Owner.id|Deal Owner.id|Account Name.id|Contact Name.id|Created By.id"
        "|Modified By.id|Last Activity Time|Unsubscribed Mode|Unsubscribed Time|Email Opt Out|Secondary Email|Tag"
        "|Modified By|Created By|Closing Date|Change Log Time|Lead Conversion Time|Record Image|User Modified Time"
        "|Associated Account.id|Mailing Zip|Billing Code|Salutation|Deal Owner|Locked"
        "|見込み客の担当者|連絡先の担当者|取引先の担当者|商談の担当者|見込み客のデータ元|メール配信停止|町名・番地"
        "|市区郡|完了予定日|会社名 / 取引先名|見込み客のステータス|変更履歴の日時|登録解除モード"
    ),
    imports.HUBSPOT: (
        "Lifecycle Stage|Create Date|Deal Stage|Associated Company|Associated Contact|Associated Contact IDs"
        "|Associated Company IDs|Associated Deal|Associated Deal IDs|Record ID - Contact|Record ID - Company"
        "|Record ID - Deal|Original Traffic Source|Original Source|Contact owner|Company owner|Deal owner"
        "|Marketing contact status|Company Domain Name|Last Activity Date|Deal Type|Additional Email Addresses"
        "|Mobile Phone Number|Job Title|Phone Number|Postal Code|Associated Contact Emails|Ticket name|Deal probability"
        "|ライフサイクルステージ|コンタクト担当者|取引担当者|取引ステージ|レコードID - コンタクト|レコードID - 会社"
        "|レコードID - 取引|オリジナルソース|会社のドメイン名|作成日"
    ),
    imports.SALESFORCE: (
        "Opportunity Name|Opportunity Owner|Opportunity ID|Account ID|Contact ID|Lead ID|OwnerId|CreatedById|AccountId"
        "|LastModifiedDate|SystemModstamp|IsDeleted|StageName|CurrencyIsoCode|MailingStreet|MailingCity|BillingStreet"
        "|BillingCity|Mailing State/Province|Mailing Zip/Postal Code|Billing State/Province|Billing Zip/Postal Code"
        "|Account: Account Name|Company / Account|Probability (%)|Other Email|LastActivityDate|Case Number"
        "|取引先責任者 ID|取引先 ID|商談 ID|リード ID|商談 所有者|取引先 所有者|取引先責任者 所有者|リード 所有者"
        "|フェーズ|リード状況|リードソース|郵送先(町名・番地)|請求先(町名・番地)|確度 (%)"
    ),
}

# Without one of the fields in a line, a file's rows name nothing.
NEEDED: Mapping[str, tuple[str, ...]] = {
    imports.LEADS: ("email", "last", "name"),
    imports.CONTACTS: ("email", "last", "name"),
    imports.NOTES: ("name", "description"),
}

FIELD_OF_NAME: Mapping[str, str] = {"addresses": "email", "contacts": "people"}
"""What a field of `model.fields` is called here, where it is something else."""
