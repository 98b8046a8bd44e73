"""What the lines of a signature say: companies, departments, titles, numbers and places, in Japanese and English."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from salesinbox.formats import quoting
from salesinbox.model.folding import fold

_JAPANESE = re.compile(r"[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

_FORM_JA = (
    "株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|公益社団法人|一般財団法人|公益財団法人|社団法人|財団法人|"
    "学校法人|医療法人|社会福祉法人|独立行政法人|国立大学法人|特定非営利活動法人|NPO法人|監査法人|税理士法人|弁護士法人|"
    r"\(株\)|\(有\)|\(合\)|㈱|㈲"
)
_COMPANY_JA = re.compile(
    rf"(?:{_FORM_JA})\s?\S+|\S+?(?:{_FORM_JA})|\S+(?:銀行|信用金庫|大学|研究所|病院|市役所|区役所|県庁|協会|組合|事務所|商店|商会)"
)
_COMPANY_EN = re.compile(
    r"\b(?:Inc|Incorporated|Ltd|Limited|LLC|LLP|Corp|Corporation|GmbH|AG|KG|PLC|plc|S\.?A\.?S?|S\.?r\.?l|S\.?p\.?A|B\.?V|N\.?V|"
    r"Oy|AB|ApS|K\.?K|Pty|Pte|Co|Company|Group|Holdings|Bank|University|Institute|Agency|Associates|Partners)\b\.?\s*$"
)
_DEPARTMENT_JA = re.compile(
    r"\S{1,20}(?:部|課|室|本部|事業部|支店|支社|営業所|グループ|チーム|センター|局|係|ユニット|Division|Div\.|Dept\.)"
)
_DEPARTMENT_EN = re.compile(
    r"(?:(?:Dept\.?|Department|Division|Office) of .{2,40}|.{2,40}\b(?:Department|Dept\.?|Division|Team|Unit))$"
)
_TITLE_JA = re.compile(
    r"[\w・ー\u3005-\u30ff\u4e00-\u9fff]{0,12}?"
    r"(?:代表取締役(?:会長|社長|副社長)?|取締役|監査役|執行役員?|会長|社長|副社長|専務|常務|理事長|理事|学長|院長|所長|館長|"
    r"本部長|事業部長|部長|次長|課長|室長|係長|店長|支店長|支社長|工場長|局長|主任|主査|主幹|参事|参与|顧問|相談役|代表社員|代表|"
    r"マネージャー|マネジャー|リーダー|ディレクター|プロデューサー|エンジニア|コンサルタント|アシスタント|スペシャリスト|デザイナー|"
    r"弁護士|税理士|公認会計士|教授|講師|研究員|専門員|担当者?|CEO|CTO|CFO|COO|CIO)"
    r"(?:代理|補佐|心得|補)?(?:兼\S{1,20})?"
)
_TITLE_EN = re.compile(
    r"\b(?:CEO|CTO|CFO|COO|CMO|CIO|CRO|CPO|Chief|President|VP|SVP|EVP|Vice[- ]President|Chair(?:man|woman)?|Director|"
    r"Managing Director|Manager|Head|Lead|Leader|Engineer|Consultant|Specialist|Executive|Analyst|Buyer|Assistant|"
    r"Coordinator|Partner|Owner|Founder|Co-?founder|Representative|Administrator|Architect|Developer|Officer|"
    r"Secretary|Associate|Advis[eo]r|Strategist|Supervisor|Planner|Designer|Accountant|Controller|Counsel|Attorney|"
    r"Professor|Researcher|Scientist|Technician|Trainer|Recruiter|Rep|Principal|Procurement|Purchasing|"
    r"Geschäftsführer(?:in)?|Leiter(?:in)?|Vertrieb|Einkauf|Directeur|Directrice|Responsable|Gerente|Director[ae])\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?。！？]\s+\w|[!?。！？]$|\b(?:is|are|was|will|please|you|we|our|your)\b", re.IGNORECASE)

_MOBILE_WORDS = r"携帯電話|携帯|モバイル|Mobile|Mob|Cell(?:ular)?(?: phone)?|Handy|M"
_PHONE_WORDS = (
    r"TEL|Tel|Telephone|Phone|Ph|電話番号|電話|直通|代表|Direct(?: (?:line|dial))?|Office|Work|Main|"
    r"Telefon|Tél|D|T|P|O|☎|☏|📞"
)
_FAX_WORDS = r"FAX|Fax|Telefax|ファックス|ファクス|F"
_LABEL = re.compile(
    rf"(?:^|(?<=[\s/|,;・(]))\W?(?P<word>{_MOBILE_WORDS}|{_PHONE_WORDS}|{_FAX_WORDS})"
    r"\.?\s*(?:\((?:代表?|直通|mobile|direct|office|main)\))?\s*[:.\s]?\s*(?=[+(]?\d|\(\+?\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w/.#-])\(?\+?\d[\d\s().\-/‐–]{6,22}\d(?!\w)(?:\s*(?:x|ext\.?|内線)\s?\d{1,6})?")
_WEB = re.compile(r"(?:https?://|\bwww\.)[^\s<>()|,、。]{4,200}", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_POST = re.compile(r"〒?\s?(\d{3}[-‐–ー−]\d{4})\s*(.*)$")
_PREFECTURE = re.compile(r"(北海道|東京都|(?:大阪|京都)府|(?:神奈川|和歌山|鹿児島|[^\s\d]{2})県)\s*(.*)$")
_CITY = re.compile(
    r"([^\s\d]{1,6}?郡[^\s\d]{1,6}?[町村]|[^\s\d]{1,7}?市(?:[^\s\d]{1,4}?区)?|[^\s\d]{1,5}?[区町村])\s*(.*)$"
)
_RULES = re.compile(
    r"^(?:\+(?!\d)|[\s\-=_*~#\u2500-\u25ff・･…◆◇■□★☆●○|｜/／▼▲＊＝－])+|[\s\-=_*~#+\u2500-\u25ff・･…◆◇■□★☆●○▼▲＊＝－]+$"
)
_LABELLED = re.compile(
    r"^(?:会社名?|社名|所属|部署名?|役職|氏名|名前|担当|住所|Company|Name|Title|Position|Department|Dept|Address|Adresse)\s*[:：]\s*",
    re.IGNORECASE,
)
_LABEL_OF = {
    "会社": "company", "会社名": "company", "社名": "company", "所属": "department", "部署": "department",
    "部署名": "department", "役職": "title", "氏名": "name", "名前": "name", "担当": "name", "住所": "street",
    "company": "company", "name": "name", "title": "title", "position": "title", "department": "department",
    "dept": "department", "address": "street", "adresse": "street",
}  # fmt: skip
_NAME_JA = re.compile(r"[\u3005\u3041-\u30ff\u4e00-\u9fff]{1,4} [\u3005\u3041-\u30ff\u4e00-\u9fff]{1,4}")
_NAME_EN = re.compile(r"[A-Z][\w'’-]+(?: [A-Z]\.?)?(?: [A-Z][\w'’-]+){1,2}")
_READING = re.compile(r"\s*[(（\[]\s*[\u3041-\u309f\u30a0-\u30ffA-Za-z\s.・-]+\s*[)）\]]")
_PARTS = re.compile(r"\s*(?:\s[|｜/／•·–—]\s?|[|｜／•]|\t|\s{2,})\s*")


def read(lines: Sequence[str], name: str, label: str) -> dict[str, str]:
    """Values by field name, and the whole name as "name"; `label`: what the company's name is in its domain."""
    found: dict[str, str] = {}
    said = "".join(fold(name).split())
    for written in lines:
        line = unicodedata.normalize("NFKC", written)
        if quoting.is_rule(written) or not line.strip(" -_="):
            continue
        line = _RULES.sub("", line)
        line = _web_and_mail(line, found)
        line = _numbers(line, found)
        if not line.strip(" :;,/|()・"):
            continue
        if _place(line, found):
            continue
        for part in _parts(line):
            _part(part, found, said, label)
    return found


def company_in(words: Sequence[str]) -> tuple[str, list[str]]:
    """The company among the words of a Japanese line, and the words besides; "" for none."""
    for at, word in enumerate(words):
        if _COMPANY_JA.fullmatch(word):
            return word, [*words[:at], *words[at + 1 :]]
        if re.fullmatch(_FORM_JA, word):
            # 株式会社 みなと
            taken = at + 1 if at + 1 < len(words) else at - 1
            if taken >= 0 and len(words) > 1:
                low, high = sorted((at, taken))
                return f"{words[low]}{words[high]}", [*words[:low], *words[high + 1 :]]
    return "", list(words)


def without_titles(words: Sequence[str]) -> list[str]:
    """The words of a Japanese line that are neither a department nor a title."""
    return [word for word in words if not (_TITLE_JA.fullmatch(word) or _DEPARTMENT_JA.fullmatch(word))] or list(words)


def is_company(text: str) -> bool:
    """Whether a text is a company's name by its legal form."""
    return bool(_COMPANY_JA.fullmatch(text) or _COMPANY_EN.search(text))


def is_title(text: str) -> bool:
    return bool(_TITLE_JA.fullmatch(text) or (len(text) < 60 and _TITLE_EN.search(text)))


def _web_and_mail(line: str, found: dict[str, str]) -> str:
    line = _MAIL.sub(" ", line)
    if web := _WEB.search(line):
        found.setdefault("website", web[0].rstrip("/.:;"))
        line = _WEB.sub(" ", line)
    return re.sub(
        r"(?:^|(?<=[\s|/]))(?:E-?mail|Mail|メール(?:アドレス)?|URL|HP|Web(?:site)?|ホームページ|E|W|Skype|LINE)\s*[:：]\s*(?=$|[\s|/])",
        " ", line, flags=re.IGNORECASE,
    )  # fmt: skip


def _numbers(line: str, found: dict[str, str]) -> str:
    """Takes the phone numbers out of a line: each is what the label before it says."""
    rest, at = "", 0
    # A postal code and a street's number look like a phone's.
    if "〒" in line:
        return line
    for number in _NUMBER.finditer(line):
        digits = "".join(filter(str.isdigit, number[0]))
        if not 9 <= len(digits) <= 17:
            continue
        before = line[at : number.start()]
        labels = list(_LABEL.finditer(line[: number.start() + 1], at))
        word = labels[-1]["word"] if labels else ""
        if not word and not (number[0].lstrip("(")[0] in "+0" or re.search(r"\d[-.\s)]\d", number[0])):
            continue
        if word:
            before = line[at : labels[-1].start()]
        rest += before + " "
        at = number.end()
        kind = _kind_of_number(word, digits)
        if kind:
            found.setdefault(kind, " ".join(number[0].split()))
    return rest + line[at:]


def _kind_of_number(word: str, digits: str) -> str:
    """The field that a number belongs to; "" for a fax."""
    if word and re.fullmatch(_FAX_WORDS, word, re.IGNORECASE):
        return ""
    if word and re.fullmatch(_MOBILE_WORDS, word, re.IGNORECASE):
        return "mobile"
    national = re.sub(r"^81", "0", digits)
    return "mobile" if re.match(r"0[789]0", national) and len(national) == 11 else "phone"


def _place(line: str, found: dict[str, str]) -> bool:
    """Whether a line is a Japanese postal address, which is then taken apart."""
    text = re.sub(r"^(?:住所|所在地|本社|東京本社|大阪本社)\s*[:：]?\s*", "", line.strip())
    post = _POST.match(text)
    if post and ("〒" in line or _PREFECTURE.match(post[2])):
        found.setdefault("zip", re.sub(r"[‐–ー−]", "-", post[1]))
        text = post[2].strip()
        if not text:
            return True
    prefecture = _PREFECTURE.match(text)
    if prefecture is None and post is None:
        return False
    if prefecture:
        found.setdefault("state", prefecture[1])
        text = prefecture[2]
    if city := _CITY.match(text):
        found.setdefault("city", city[1])
        text = city[2]
    if text.strip() and ("zip" in found or prefecture):
        found.setdefault("street", text.strip())
    return True


def _parts(line: str) -> Iterator[str]:
    """The pieces of a line that stand for themselves."""
    for piece in _PARTS.split(line.strip()):
        part = _RULES.sub("", piece).strip(" ,;:")
        if part:
            yield part


def _part(part: str, found: dict[str, str], said: str, label: str) -> None:
    if labelled := _LABELLED.match(part):
        word = labelled[0].rstrip(" :：").lower()
        value = part[labelled.end() :].strip()
        if value and word in _LABEL_OF and len(value) < 80:
            found.setdefault(_LABEL_OF[word], value)
        return
    if len(part) > 70 or _SENTENCE.search(part):
        return
    bare = _READING.sub("", part).strip()
    if said and "".join(fold(bare).split()) == said:
        found.setdefault("name", bare)
    elif _JAPANESE.search(part):
        _japanese(bare or part, found, said)
    else:
        _latin(part, found, said, label)


def _japanese(part: str, found: dict[str, str], said: str) -> None:
    words = part.split()
    company, words = company_in(words)
    if company:
        found.setdefault("company", company)
    rest: list[str] = []
    for word in words:
        if _TITLE_JA.fullmatch(word):
            department = re.match(r"(.{2,}?部)(部長.*)$", word)
            found.setdefault("title", department[2] if department else word)
        elif _DEPARTMENT_JA.fullmatch(word):
            found["department"] = f"{found['department']} {word}" if "department" in found else word
        else:
            rest.append(word)
    name = " ".join(rest)
    if not name or "name" in found:
        return
    if "".join(fold(name).split()).startswith(said) if said else _NAME_JA.fullmatch(name):
        found.setdefault("name", name)
    elif company == "" and "company" not in found and not found and len(name) > 3 and len(rest) == 1:
        # What stands above everything else, and is nobody's name, is the company.
        found.setdefault("company", name)


def _latin(part: str, found: dict[str, str], said: str, label: str) -> None:
    if said and "".join(fold(part).split()).startswith(said) and "," in part:
        head, _comma, part = part.partition(",")
        found.setdefault("name", head.strip())
        part = part.strip()
    if _COMPANY_EN.search(part) and not (is_title(part) and "," in part):
        head, comma, tail = part.rpartition(", ")
        if comma and is_title(head) and not _COMPANY_EN.fullmatch(tail.strip()):
            found.setdefault("title", head.strip())
            part = tail
        found.setdefault("company", part.strip(" ,"))
        return
    if _DEPARTMENT_EN.fullmatch(part):
        found.setdefault("department", part)
        return
    if is_title(part):
        title, company = _title_and_company(part, label)
        found.setdefault("title", title)
        if company:
            found.setdefault("company", company)
        return
    if _NAME_EN.fullmatch(part) and (said in fold(part).split() if said else True) and "name" not in found:
        found["name"] = part
    elif label and _looks_like(part, label):
        found.setdefault("company", part)


def _title_and_company(part: str, label: str) -> tuple[str, str]:
    """The two of "Head of Sales, Acme Inc., Tokyo", "Buyer at Acme", "CEO @ Acme"."""
    for mark in (" at ", " @ ", " bei ", " chez "):
        head, found, tail = part.partition(mark)
        if found and is_title(head):
            return head.strip(" ,"), tail.strip(" ,")
    head, comma, tail = part.partition(",")
    if not comma:
        return part, ""
    pieces = [piece.strip() for piece in tail.split(",")]
    for at, piece in enumerate(pieces):
        whole = ", ".join(pieces[at : at + 2])
        if _COMPANY_EN.search(whole) and not _COMPANY_EN.search(piece):
            return ", ".join([head, *pieces[:at]]), whole
        if _COMPANY_EN.search(piece) or (label and _looks_like(piece, label)):
            return ", ".join([head, *pieces[:at]]), piece
    return (part, "") if is_title(tail) or len(pieces) > 1 else (head.strip(), pieces[0])


def _looks_like(text: str, label: str) -> bool:
    """Whether a name is the one in the domain: "Acme Widgets" of acme-widgets.example, "Minato Trading" of minato."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    bare = re.sub(r"[^a-z0-9]", "", label)
    if not words or len(bare) < 3 or len(words) > 6:
        return False
    return "".join(words) == bare or words[0] == bare or "".join(words).startswith(bare)
