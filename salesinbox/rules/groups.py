"""Addresses that several people read, told by their local part (MAG-1, RFC 2142)."""

import re
import unicodedata

# SIM905: as a list this would take a line for each word.
GROUPS = frozenset(
    """
    info infos information sales sale presales support supports office contact contacts contactus hello hi hey team
    teams staff admin administrator administration admins mail email mailbox inbox post reception desk frontdesk
    help helpdesk service services customerservice customer-service customer-care customercare customers customer
    cs care feedback ask enquiry enquiries inquiry inquiries question questions request requests quote quotes rfq
    quotation quotations estimate estimates order orders purchase purchasing procurement billing invoice invoices
    accounts accounting account finance payroll hr jobs job career careers recruit recruiting recruitment
    press pr media news newsletter marketing webmaster postmaster hostmaster abuse security privacy legal
    noc tech technical it engineering dev shop store online web website club all everyone everybody company members
    group public general main hq headquarters secretary secretariat partner partners event events seminar
    noreply no-reply donotreply do-not-reply
    eigyo eigyou eigyoubu eigyobu soumu somu soumubu somubu keiri keiribu jinji jinjibu saiyo saiyou kouhou koho
    kikaku kikakubu kaihatsu gijutsu seizo seizou kanri kanribu jimu jimukyoku hisho hishoshitsu uketsuke
    toiawase otoiawase o-toiawase madoguchi juchu juchuu juchyu hacchu hattyu hatchu konyu koubai kobai
    mitsumori seikyu seikyuu shiryo zenin honsha honten daihyo daihyou kabushiki saport sapoto
    お問い合わせ お問合せ お問い合せ 問い合わせ 問合せ 営業 営業部 総務 総務部 経理 経理部 人事 人事部 採用
    広報 企画 受付 窓口 代表 購買 受注 発注 見積 見積もり 請求 事務局 秘書室 全員 本社 サポート 代表窓口
    """.split()  # noqa: SIM905
)
"""Local parts that name a function, not a person; in lower case, as NFKC writes them."""

_PARTS = re.compile(r"[-._]")
_NUMBER = re.compile(r"[-._]?[0-9]+\Z")


def is_group(address: str, *, compound: bool = False) -> bool:
    """Whether an address in its normal form (`rules.addresses`) is a group's.

    A number at its end says nothing (`info2@`). With `compound`, neither does what a function is joined with
    (`sales-tokyo@`, `jp.support@`): good enough for addresses of which it is known that they are not the rep's.
    """
    local = _NUMBER.sub("", unicodedata.normalize("NFKC", address.rpartition("@")[0]))
    if local in GROUPS:
        return True
    parts = _PARTS.split(local)
    return compound and len(parts) > 1 and (parts[0] in GROUPS or parts[-1] in GROUPS)


def without_tag(address: str) -> str:
    """The address without what follows a plus in its local part (RFC 5233)."""
    local, at, domain = address.rpartition("@")
    plus = local.find("+", 1)
    return f"{local[:plus]}{at}{domain}" if plus > 0 else address
