"""The rep's company, its customers and their deals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    domain: str
    phone: str


@dataclass(frozen=True, slots=True)
class Deal:
    """`closing`: "this 25" and "next 15" are days of this and the next month, "-20" is twenty days ago."""

    name: str
    company: str
    contact: str
    stage: str
    amount: str
    currency: str
    closing: str


COMPANIES = {
    "zylker": Company("ジルカー株式会社", "zylker.example", "03-5550-0100"),
    "minato": Company("みなとみらい商事", "minato.example", "045-555-0140"),
    "hokuriku": Company("北陸精密工業", "hokuriku-seimitsu.example", "076-555-0110"),
    "sakura": Company("さくら食品流通", "sakurafoods.example", "03-5550-0160"),
    "aoba": Company("青葉メディカル", "aoba-medical.example", "022-555-0130"),
    "shinonome": Company("東雲ロジスティクス", "shinonome-logi.example", "06-5550-0170"),
    "fujimi": Company("富士見印刷", "fujimi-print.example", "0545-55-0120"),
    "ybay": Company("横浜ベイホテルズ", "ybay-hotels.example", "045-555-0188"),
    "harborview": Company("Harborview Outfitters", "harborview.example", "+1 503 555 0140"),
    "brandt": Company("Brandt & Söhne Logistik", "brandt-logistik.example", "+49 40 5550 100"),
    "kestrel": Company("Kestrel Bicycles", "kestrelbikes.example", "+44 1632 960 110"),
    "mapleridge": Company("Maple Ridge Clinics", "mapleridge.example", "+1 613 555 0130"),
    "lumiere": Company("Lumière Cosmétiques", "lumiere-cosmetiques.example", "+33 1 55 50 01 20"),
    "pacificcrest": Company("Pacific Crest Seafoods", "pacificcrest.example", "+1 206 555 0170"),
}

DEALS = (
    Deal("受発注システム刷新", "minato", "nagata", "Proposal", "4000000", "JPY", "this 25"),
    Deal("保守サポート 年間契約", "minato", "nagata", "Qualification", "720000", "JPY", "80"),
    Deal("ハンディ端末 追加30台", "minato", "komiya", "Closed Won", "1860000", "JPY", "-35"),
    Deal("在庫管理 本社工場トライアル", "hokuriku", "hattori", "Value Proposition", "250000", "JPY", "this 28"),
    Deal("富山第二工場 横展開", "hokuriku", "nishimura", "Needs Analysis", "2400000", "JPY", "70"),
    Deal("配送計画 年間契約更新", "sakura", "otsuka", "Negotiation", "3120000", "JPY", "this 27"),
    Deal("在庫管理 全支店導入", "aoba", "kiritani", "Negotiation", "6800000", "JPY", "next 15"),
    Deal("配車最適化 PoC", "shinonome", "takimoto", "Qualification", "900000", "JPY", "50"),
    Deal("資材在庫 本稼働", "fujimi", "tomita", "Closed Won", "1200000", "JPY", "-20"),
    Deal("備品在庫 3ホテル", "ybay", "saotome", "Closed Lost", "2000000", "JPY", "-15"),
    Deal("Warehouse rollout, Portland and Reno", "harborview", "james", "Negotiation", "48000", "USD", "this 26"),
    Deal("Scanner support plan", "harborview", "priya", "Closed Won", "7200", "USD", "-40"),
    Deal("Route planning, Hamburg hub", "brandt", "jonas", "Proposal", "62500", "EUR", "next 20"),
    Deal("Renewal, year two", "kestrel", "eleanor", "Negotiation", "18400", "USD", "this 30"),
    Deal("Clinic supplies, 11 sites", "mapleridge", "danielle", "Needs Analysis", "27900", "USD", "45"),
    Deal("Entrepôt de Lyon", "lumiere", "camille", "Negotiation", "39000", "EUR", "this 24"),
    Deal("Cold chain tracking", "pacificcrest", "rachel", "Closed Lost", "31000", "USD", "-10"),
)

LEAD_COMPANIES = {
    "shimura": "南海家具",
    "terasaki": "アトリエ・ノール",
    "okabe": "瀬戸マリン",
    "naito": "つばめキッチン",
    "murase": "木曽ランバー",
    "takahata": "出雲テキスタイル",
    "miyake": "花森フラワーズ",
    "kuroda": "博多電機",
    "saionji": "京和菓子 西園寺",
    "hirano": "あさひ訪問看護",
    "oliver": "Alder & Finch Books",
    "sofia": "Marchetti Ceramiche",
    "ben": "Lekki Fresh",
    "hannah": "Nordvik Outdoor",
    "diego": "Andes Coffee Export",
    "grace": "Straits Pharma",
    "petr": "Novák Brewing",
}
