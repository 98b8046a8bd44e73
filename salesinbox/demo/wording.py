"""What people write around what they have to say: greetings, signatures, quotations."""

from collections.abc import Sequence

from salesinbox.demo.conversations import Mail
from salesinbox.demo.dates import short_month, short_weekday
from salesinbox.demo.letters import Letter, mail_date
from salesinbox.demo.people import ME, Person

_LONGEST_QUOTATION = 48
_LINE = "-" * 36
_FAREWELLS_JA = (
    "よろしくお願いいたします。",
    "何卒よろしくお願い申し上げます。",
    "今後ともよろしくお願いいたします。",
    "引き続きよろしくお願いいたします。",
)
_FAREWELLS_EN = ("Best regards,\nNami", "Kind regards,\nNami", "Many thanks,\nNami", "All the best,\nNami")


def letter_text(said: str, mail: Mail, to: Sequence[Person], language: str, *, first_time: bool, internal: bool) -> str:
    """The whole text: greeting, what was said, farewell, signature."""
    if "raw" in mail.options:
        return said + "\n"
    signature = _signature(mail.who, language)
    if "bare" in mail.options:
        return f"{said}\n\n{signature}"
    internal = internal or (mail.who is ME and to[0].address.endswith(ME.domain))
    variant = sum(said.encode()) % 4
    if language == "ja":
        greeting = _greeting_ja(mail.who, to[0], first_time=first_time, internal=internal)
        farewell = "よろしくお願いします。" if internal else _FAREWELLS_JA[variant]
    elif mail.who is ME:
        greeting = f"Hi {to[0].first}," if variant % 2 else f"Dear {to[0].first},"
        farewell = "Nami" if internal else _FAREWELLS_EN[variant]
    else:
        greeting = mail.who.greeting or "Hi Nami,"
        farewell = mail.who.farewell or f"Thanks,\n{mail.who.first}"
    return f"{greeting}\n\n{said}\n\n{farewell}\n\n{signature}"


def _greeting_ja(who: Person, to: Person, *, first_time: bool, internal: bool) -> str:
    name = who.last or who.first
    if internal:
        return f"{to.last or to.first}さん\n\nお疲れさまです。{name}です。"
    addressee = f"{to.last}様" if to.last else "ご担当者様"
    company = "ジルカー" if who.company == "zylker" else who.company_name
    if first_time and company:
        return f"{addressee}\n\nお世話になっております。\n{company}の{name}です。"
    return f"{addressee}\n\nお世話になっております。{name}です。"


def _signature(who: Person, language: str) -> str:
    if who.program == "phone" and who is not ME:
        return "iPhoneから送信\n" if language == "ja" else "Sent from my phone\n"
    if who is ME and language == "en":
        return (
            "-- \nNami Hashimoto\nAccount Manager, Zylker Inc., Tokyo\n+81 3 5550 0123 | https://www.zylker.example\n"
        )
    if not who.title:
        return f"-- \n{who.name}\n{who.address}\n"
    if language == "ja":
        company = f"{who.company_name}\n" if who.company_name else ""
        phone = f"TEL {who.phone}\n" if who.phone else ""
        return f"{_LINE}\n{company}{who.title}\n{who.name}\n{phone}{who.address}\n{_LINE}\n"
    company_name = "Zylker Inc." if who.company == "zylker" else who.company_name
    company = f", {company_name}" if company_name else ""
    phone = f"{who.phone}\n" if who.phone else ""
    return f"-- \n{who.name}\n{who.title}{company}\n{phone}"


def quoted(letter: Letter, quoting: str, language: str) -> str:
    """The quotation of `letter` that a mail program puts below (see letters.MailProgram)."""
    if not quoting:
        return ""
    lines = letter.text.rstrip("\n").split("\n")[:_LONGEST_QUOTATION]
    name, address = letter.sender
    date = letter.date
    if quoting == "block":
        words = ("差出人", "送信日時", "宛先", "件名") if language == "ja" else ("From", "Sent", "To", "Subject")
        head = (
            f"{words[0]}: {name} <{address}>\n{words[1]}: {mail_date(date)}\n"
            f"{words[2]}: {', '.join(one[0] or one[1] for one in letter.to)}\n{words[3]}: {letter.subject}\n"
        )
        rule = "_" * 32
        return f"\n{rule}\n{head}\n" + "\n".join(lines) + "\n"
    if language == "ja":
        weekday = short_weekday(date.date(), "ja")
        head = f"{date.year}年{date.month}月{date.day}日({weekday}) {date:%H:%M} {name} <{address}>:"
    else:
        weekday = short_weekday(date.date(), "en")
        head = f"On {weekday}, {date.day} {short_month(date.date())} {date.year} at {date:%H:%M}, {name} wrote:"
    return (
        f"\n{head}\n" + "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines) + "\n"
    )
