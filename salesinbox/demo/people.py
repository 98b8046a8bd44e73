"""Who writes and is written to in the sample: the rep, colleagues, contacts, leads. All of them are invented."""

from dataclasses import dataclass
from datetime import timedelta, timezone

from salesinbox.demo.company import COMPANIES

ME_IN_ENGLISH = "Nami Hashimoto"
ME_ADDRESS = "hashimoto@zylker.example"
OWN_DOMAIN = "zylker.example"
SERVER_ID = "mx.zylker.example"
"""The id under which the sample's mail server writes Authentication-Results (COL-13)."""


@dataclass(frozen=True, slots=True)
class Person:
    """`company` is a key of COMPANIES; `program` a key of letters.PROGRAMS; `offset` hours east of Greenwich.

    `greeting` and `farewell` are how this person writes to the rep; empty: as everybody does.
    """

    key: str
    first: str
    last: str
    address: str
    company: str = ""
    title: str = ""
    phone: str = ""
    source: str = ""
    language: str = "ja"
    program: str = "kamome"
    offset: float = 9
    greeting: str = ""
    farewell: str = ""
    second_address: str = ""

    @property
    def name(self) -> str:
        if not (self.first and self.last):
            return self.first or self.last
        return f"{self.last} {self.first}" if self.language == "ja" else f"{self.first} {self.last}"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(hours=self.offset))

    @property
    def company_name(self) -> str:
        return COMPANIES[self.company].name if self.company else ""


ME = Person(
    "me", "奈美", "橋本", ME_ADDRESS, "zylker", "営業部 アカウントマネージャー", "03-5550-0123", program="plain"
)

SIGNATURE = f"橋本 奈美 (Nami Hashimoto)\nジルカー株式会社 {ME.title}\nTEL {ME.phone}  {ME.address}"
"""What the rep's account puts below a mail, in either language."""

CONTACTS = (
    Person(
        "nagata", "達郎", "永田", "nagata@minato.example", "minato", "情報システム部 部長", "045-555-0141", "展示会"
    ),
    Person(
        "komiya",
        "由佳",
        "小宮",
        "komiya@minato.example",
        "minato",
        "購買課 主任",
        "045-555-0147",
        "既存顧客",
        program="web",
    ),
    Person(
        "hattori",
        "勉",
        "服部",
        "hattori@hokuriku-seimitsu.example",
        "hokuriku",
        "生産管理課 課長",
        "076-555-0112",
        "資料請求",
        second_address="t-hattori@freemail.example",
    ),
    Person(
        "nishimura",
        "剛",
        "西村",
        "nishimura@hokuriku-seimitsu.example",
        "hokuriku",
        "資材部 係長",
        "076-555-0118",
        "紹介",
        program="phone",
    ),
    Person(
        "otsuka",
        "恵美",
        "大塚",
        "otsuka@sakurafoods.example",
        "sakura",
        "物流企画室 室長",
        "03-5550-0161",
        "ウェブ問い合わせ",
        program="web",
    ),
    Person(
        "miura",
        "直樹",
        "三浦",
        "miura@sakurafoods.example",
        "sakura",
        "経理部",
        "03-5550-0165",
        "既存顧客",
        program="sjis",
    ),
    Person(
        "kiritani",
        "香織",
        "桐谷",
        "kiritani@aoba-medical.example",
        "aoba",
        "購買部 部長",
        "022-555-0133",
        "展示会",
        program="office",
    ),
    Person(
        "morishita",
        "亮",
        "森下",
        "morishita@aoba-medical.example",
        "aoba",
        "情報セキュリティ室",
        "022-555-0138",
        "",
        program="office",
    ),
    Person(
        "takimoto",
        "修一",
        "滝本",
        "takimoto@shinonome-logi.example",
        "shinonome",
        "取締役 業務本部長",
        "06-5550-0172",
        "紹介",
    ),
    Person(
        "kishida",
        "あゆみ",
        "岸田",
        "kishida@shinonome-logi.example",
        "shinonome",
        "業務改善チーム",
        "06-5550-0179",
        "セミナー",
        program="web",
    ),
    Person("tomita", "和彦", "富田", "tomita@fujimi-print.example", "fujimi", "工場長", "0545-55-0126", "既存顧客"),
    Person(
        "saotome",
        "理沙",
        "早乙女",
        "saotome@ybay-hotels.example",
        "ybay",
        "購買マネージャー",
        "045-555-0190",
        "ウェブ問い合わせ",
        program="office",
    ),
    Person(
        "takizawa_contact",
        "健二",
        "滝沢",
        "takizawa@shinonome-logi.example",
        "shinonome",
        "顧問（当社より出向）",
        "06-5550-0170",
        "紹介",
        second_address="takizawa@zylker.example",
    ),
    Person(
        "james",
        "James",
        "Whitaker",
        "james.whitaker@harborview.example",
        "harborview",
        "Director of Operations",
        "+1 503 555 0148",
        "Trade show",
        "en",
        "office",
        -8,
        "Hi Nami,",
        "Best,\nJames",
    ),
    Person(
        "priya",
        "Priya",
        "Raman",
        "priya.raman@harborview.example",
        "harborview",
        "Procurement Manager",
        "+1 503 555 0152",
        "Existing customer",
        "en",
        "web",
        -8,
        "Hello Nami,",
        "Thanks,\nPriya",
    ),
    Person(
        "katrin",
        "Katrin",
        "Brandt",
        "k.brandt@brandt-logistik.example",
        "brandt",
        "Managing Director",
        "+49 40 5550 110",
        "Referral",
        "en",
        "flow",
        1,
        "Dear Ms. Hashimoto,",
        "Kind regards,\nKatrin Brandt",
    ),
    Person(
        "jonas",
        "Jonas",
        "Vögele",
        "j.voegele@brandt-logistik.example",
        "brandt",
        "Head of IT",
        "+49 40 5550 127",
        "Trade show",
        "en",
        "latin",
        1,
        "Dear Nami,",
        "Best regards from Hamburg,\nJonas",
    ),
    Person(
        "eleanor",
        "Eleanor",
        "Hughes",
        "eleanor@kestrelbikes.example",
        "kestrel",
        "Supply Chain Manager",
        "+44 1632 960 117",
        "Existing customer",
        "en",
        "flow",
        0,
        "Hi Nami,",
        "All the best,\nEleanor",
    ),
    Person(
        "tom",
        "Tom",
        "Ashworth",
        "accounts@kestrelbikes.example",
        "kestrel",
        "Finance",
        "+44 1632 960 120",
        "Existing customer",
        "en",
        "plain",
        0,
        "Hi Nami,",
        "Cheers,\nTom",
    ),
    Person(
        "danielle",
        "Danielle",
        "Tremblay",
        "dtremblay@mapleridge.example",
        "mapleridge",
        "Director of Clinic Operations",
        "+1 613 555 0136",
        "Webinar",
        "en",
        "web",
        -5,
        "Bonjour Nami,",
        "Best,\nDanielle",
    ),
    Person(
        "marcus",
        "Marcus",
        "Lee",
        "mlee@mapleridge.example",
        "mapleridge",
        "Information Security Lead",
        "+1 613 555 0139",
        "",
        "en",
        "office",
        -5,
        "Nami,",
        "Regards,\nMarcus",
    ),
    Person(
        "camille",
        "Camille",
        "Rousseau",
        "camille@lumiere-cosmetiques.example",
        "lumiere",
        "Directrice logistique",
        "+33 1 55 50 01 24",
        "Partner",
        "en",
        "win",
        1,
        "Dear Nami,",
        "Bien à vous,\nCamille",
    ),
    Person(
        "julien",
        "Julien",
        "Morel",
        "j.morel@lumiere-cosmetiques.example",
        "lumiere",
        "Legal Counsel",
        "+33 1 55 50 01 31",
        "",
        "en",
        "office",
        1,
        "Dear Ms. Hashimoto,",
        "Sincerely,\nJulien Morel",
    ),
    Person(
        "rachel",
        "Rachel",
        "Nakamura",
        "rachel@pacificcrest.example",
        "pacificcrest",
        "COO",
        "+1 206 555 0174",
        "Trade show",
        "en",
        "phone",
        -8,
        "Hi Nami -",
        "Rachel",
    ),
)

LEADS = (
    Person(
        "shimura",
        "達夫",
        "志村",
        "shimura@nankai-kagu.example",
        "",
        "販売促進部",
        "0734-55-0101",
        "展示会",
        program="web",
    ),
    Person(
        "terasaki",
        "ひなこ",
        "寺崎",
        "terasaki@atelier-nord.example",
        "",
        "代表",
        "011-555-0122",
        "ウェブ問い合わせ",
        program="phone",
    ),
    Person("okabe", "誠", "岡部", "okabe@seto-marine.example", "", "総務部 課長", "087-555-0143", "資料請求"),
    Person(
        "naito",
        "さやか",
        "内藤",
        "naito@tsubame-kitchen.example",
        "",
        "店舗運営部",
        "0256-55-0157",
        "セミナー",
        program="web",
    ),
    Person(
        "murase", "光", "村瀬", "murase@kiso-lumber.example", "", "システム担当", "0264-55-0119", "ウェブ問い合わせ"
    ),
    Person("takahata", "慎吾", "高畑", "takahata@izumo-textile.example", "", "生産企画室", "0853-55-0138", "紹介"),
    Person(
        "miyake",
        "玲奈",
        "三宅",
        "r.miyake@hanamori-flowers.example",
        "",
        "仕入担当",
        "052-555-0164",
        "セミナー",
        program="phone",
    ),
    Person(
        "kuroda",
        "大輔",
        "黒田",
        "kuroda@hakata-denki.example",
        "",
        "資材課",
        "092-555-0185",
        "展示会",
        program="office",
    ),
    Person(
        "saionji", "薫", "西園寺", "saionji@kyo-wagashi.example", "", "専務", "075-555-0129", "紹介", program="plain"
    ),
    Person("hirano", "由紀", "平野", "hirano@asahi-nursing.example", "", "事務長", "029-555-0171", "資料請求"),
    Person(
        "oliver",
        "Oliver",
        "Grant",
        "oliver@alderfinch.example",
        "",
        "Owner",
        "+44 1632 960 188",
        "Website",
        "en",
        "flow",
        0,
        "Hello,",
        "Many thanks,\nOliver",
    ),
    Person(
        "sofia",
        "Sofia",
        "Marchetti",
        "sofia@marchetti-ceramiche.example",
        "",
        "Export Manager",
        "+39 0555 500 142",
        "Trade show",
        "en",
        "web",
        1,
        "Dear Nami,",
        "Kind regards,\nSofia",
    ),
    Person(
        "ben",
        "Ben",
        "Okafor",
        "ben.okafor@lekkifresh.example",
        "",
        "Co-founder",
        "+234 555 0100 118",
        "Website",
        "en",
        "phone",
        1,
        "Hi Nami,",
        "Ben",
    ),
    Person(
        "hannah",
        "Hannah",
        "Lindqvist",
        "hannah@nordvik-outdoor.example",
        "",
        "Logistics Lead",
        "+46 8 555 01 33",
        "Webinar",
        "en",
        "web",
        1,
        "Hi!",
        "/Hannah",
    ),
    Person(
        "diego",
        "Diego",
        "Paredes",
        "dparedes@andescoffee.example",
        "",
        "Gerente de operaciones",
        "+51 1 555 0177",
        "Referral",
        "en",
        "office",
        -5,
        "Hi Nami,",
        "Saludos,\nDiego",
    ),
    Person(
        "grace",
        "Grace",
        "Lim",
        "grace.lim@straitspharma.example",
        "",
        "VP Supply Chain",
        "+65 5550 0146",
        "Webinar",
        "en",
        "office",
        8,
        "Dear Nami,",
        "Warm regards,\nGrace",
    ),
    Person(
        "petr",
        "Petr",
        "Novák",
        "novak@novakbrewing.example",
        "",
        "Brewmaster and owner",
        "+420 555 001 129",
        "Website",
        "en",
        "plain",
        1,
        "Good day,",
        "Petr",
    ),
    # The same address as a contact's: the contact wins, and both are shown (COL-7).
    Person(
        "priya_lead",
        "Priya",
        "Raman",
        "priya.raman@harborview.example",
        "harborview",
        "Procurement",
        "",
        "Webinar",
        "en",
    ),
)

COLLEAGUES = (
    Person(
        "suzuki",
        "ほなみ",
        "鈴木",
        "suzuki@zylker.example",
        "zylker",
        "営業部 マネージャー",
        "03-5550-0120",
        program="plain",
    ),
    Person(
        "takizawa", "健二", "滝沢", "takizawa@zylker.example", "zylker", "導入支援部", "03-5550-0135", program="kamome"
    ),
    Person("ueno", "拓海", "上野", "ueno@zylker.example", "zylker", "プリセールス", "03-5550-0137", program="web"),
    Person("ishii", "美帆", "石井", "ishii@zylker.example", "zylker", "法務", "03-5550-0118", program="office"),
    Person("ogawa", "進", "小川", "ogawa@zylker.example", "zylker", "経理", "03-5550-0116", program="kamome"),
    Person(
        "anna",
        "Anna",
        "Kowalska",
        "kowalska@zylker.example",
        "zylker",
        "Customer Success, EMEA",
        "+44 1632 960 140",
        "",
        "en",
        "flow",
        0,
        "Hi Nami,",
        "Anna",
    ),
    Person(
        "daniel",
        "Daniel",
        "Reyes",
        "reyes@zylker.example",
        "zylker",
        "Solutions Engineer, Americas",
        "+1 415 555 0133",
        "",
        "en",
        "web",
        -8,
        "Hey Nami,",
        "Daniel",
    ),
    Person("info", "", "ジルカー 営業窓口", "info@zylker.example", "zylker", program="plain"),
    Person("sales", "", "ジルカー 営業部", "sales@zylker.example", "zylker", program="plain"),
    Person("keihi", "", "経費精算システム", "no-reply@zylker.example", "zylker", program="plain"),
    Person("form", "", "ウェブフォーム", "webform@zylker.example", "zylker", program="plain"),
)

OTHERS = (
    # The rep mistyped this domain once; see the bounce in mail/others.txt.
    Person("saionji_old", "薫", "西園寺", "saionji@kyo-wagasi.example"),
)

PEOPLE = {person.key: person for person in (ME, *CONTACTS, *LEADS, *COLLEAGUES, *OTHERS)}
