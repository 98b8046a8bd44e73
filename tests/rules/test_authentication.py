"""Authentication-Results (COL-13, RFC 8601)."""

import pytest

from salesinbox.model.settings import Account, Imap
from salesinbox.rules.authentication import is_trusted, trusted_ids, warning

TRUSTED = frozenset({"imap.zylker.example", "zylker.example", ".zylker.example"})
FAILED = "auth-failed"

CASES = [
    # name, value without the authserv-id, what is said of mail from minato.example
    ("DMARC failed", "dmarc=fail header.from=minato.example", FAILED),
    ("DMARC failed, SPF and DKIM passed", "spf=pass; dkim=pass; dmarc=fail", FAILED),
    ("DMARC passed", "dmarc=pass header.from=minato.example", ""),
    ("DMARC passed, SPF and DKIM failed", "spf=fail; dkim=fail; dmarc=pass", ""),
    ("DMARC failed under another policy", "dmarc=fail (p=none dis=none) header.from=minato.example", FAILED),
    (
        "DMARC best guess",
        "spf=fail; dkim=fail; dmarc=bestguesspass action=none header.from=minato.example",
        "",
    ),
    ("two DMARC verdicts", "dmarc=pass; dmarc=fail", FAILED),
    ("no DMARC policy, all well", "spf=pass; dkim=pass; dmarc=none", ""),
    ("no DMARC policy, both failed", "spf=fail; dkim=fail; dmarc=none", FAILED),
    ("DMARC could not be checked", "spf=fail; dkim=fail; dmarc=temperror", FAILED),
    ("DMARC error alone", "dmarc=permerror", ""),
    ("both failed", "spf=fail smtp.mailfrom=x.example; dkim=fail header.d=minato.example", FAILED),
    ("both failed, in capitals", "SPF=FAIL; DKIM=Fail", FAILED),
    ("soft failure", "spf=softfail; dkim=fail", FAILED),
    ("SPF only", "spf=fail; dkim=pass header.d=minato.example", ""),
    ("SPF failed and no signature", "spf=fail; dkim=none", ""),
    ("DKIM only", "spf=pass smtp.mailfrom=minato.example; dkim=fail", ""),
    ("SPF could not be checked", "spf=permerror; dkim=fail", ""),
    ("DKIM could not be checked", "spf=fail; dkim=temperror", ""),
    ("neutral", "spf=neutral; dkim=fail", ""),
    (
        "two signatures, one good",
        "spf=fail; dkim=fail header.d=minato.example; dkim=pass header.d=minato.example",
        "",
    ),
    (
        "two signatures, both bad",
        "spf=fail; dkim=fail header.d=a.example; dkim=fail header.d=b.example",
        FAILED,
    ),
    (
        "a stranger's signature proves nothing",
        "spf=fail; dkim=fail header.d=minato.example; dkim=pass header.d=esp.example",
        FAILED,
    ),
    ("a sub-domain's signature does", "spf=fail; dkim=fail; dkim=pass header.d=mail.minato.example", ""),
    ("signature by identity", "spf=fail; dkim=fail; dkim=pass header.i=@minato.example", ""),
    (
        "a stranger's envelope proves nothing",
        "spf=pass smtp.mailfrom=a@x.example; spf=fail; dkim=fail",
        FAILED,
    ),
    ("DMARC passed for somebody else", "dmarc=pass header.from=x.example; spf=fail; dkim=fail", FAILED),
    ("nothing checked", "none", ""),
    ("a method with a version", "dmarc/1=fail", FAILED),
    ("space everywhere", "dmarc \t = \r\n\tfail", FAILED),
    ("folded", "\r\n\tdkim=fail;\r\n\tspf=fail", FAILED),
    ("space round the dot", "spf=fail; dkim=fail; dkim=pass header . d = minato.example", ""),
    ("comments", "(c) dmarc (is (really) ) = (\\) so) fail (dmarc=pass)", FAILED),
    ("a verdict in a comment", "spf=pass (dmarc=fail; dmarc=fail)", ""),
    ("a verdict in a nested comment", "spf=pass (a (b) ; dmarc=fail)", ""),
    ("a quote in a comment", "spf=pass (it's \"so) ; dmarc=fail", FAILED),
    ("a verdict in quotes", 'dkim=pass reason="x; dmarc=fail"', ""),
    ("a quoted quote", 'dkim=pass reason="x\\"; dmarc=fail"', ""),
    ("a quoted verdict", 'dmarc="fail"', FAILED),
    ("a verdict as a property", "dkim=pass x.dmarc=fail", ""),
    ("fail in another word", "dmarc=failure; spf=failed; dkim=failing", ""),
    ("other methods", "arc=fail; iprev=fail; auth=fail", ""),
    ("an empty result", ";;; dmarc=; =fail; dmarc; ;", ""),
    ("one ill-formed result", "=fail dmarc=pass; dmarc=fail", FAILED),
]


@pytest.mark.parametrize(("results", "said"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_COL_13_results(results, said):
    assert warning([f"mx.zylker.example; {results}"], "Minato.example", TRUSTED) == said


HEADERS = [
    ("no header", [], ""),
    ("empty", [""], ""),
    ("trusted host", ["imap.zylker.example; dmarc=fail"], FAILED),
    ("trusted domain", ["zylker.example; dmarc=fail"], FAILED),
    ("below the domain", ["a.b.zylker.example; dmarc=fail"], FAILED),
    ("in capitals", ["MX.Zylker.EXAMPLE; dmarc=fail"], FAILED),
    ("with a version", ["mx.zylker.example 1; dmarc=fail"], FAILED),
    ("with a comment", ["(by) mx.zylker.example (me) ; dmarc=fail"], FAILED),
    ("quoted", ['"mx.zylker.example"; dmarc=fail'], FAILED),
    ("somebody else's", ["mx.attacker.example; dmarc=fail"], ""),
    ("ends alike", ["evilzylker.example; dmarc=fail"], ""),
    ("begins alike", ["zylker.example.attacker.example; dmarc=fail"], ""),
    ("no id", ["dmarc=fail; spf=fail"], ""),
    ("no id at all", ["; dmarc=fail"], ""),
    ("trusted in a comment", ["mx.attacker.example (zylker.example); dmarc=fail"], ""),
    (
        "the topmost trusted one counts",
        ["mx.zylker.example; dmarc=pass", "mx.zylker.example; dmarc=fail"],
        "",
    ),
    (
        "one below it that says well came with the mail",
        ["mx.zylker.example; dmarc=fail", "mx.zylker.example; dmarc=pass"],
        FAILED,
    ),
    ("others above are passed over", ["relay.example; dmarc=pass", "mx.zylker.example; dmarc=fail"], FAILED),
    (
        "the topmost trusted one checked nothing",
        ["mx.zylker.example; none", "mx.zylker.example; dmarc=fail"],
        "",
    ),
]


@pytest.mark.parametrize(("values", "said"), [c[1:] for c in HEADERS], ids=[c[0] for c in HEADERS])
def test_COL_13_only_the_accounts_own_server_counts(values, said):
    assert warning(values, "minato.example", TRUSTED) == said


def account(host="imap.zylker.example", address="hashimoto@Zylker.example", authserv_id=""):
    return Account("work", address, "imap", Imap(host, 993, "implicit", "u", authserv_id=authserv_id))


def test_COL_13_trusted_ids_come_from_host_and_domain_or_the_setting():
    assert is_trusted("imap.zylker.example", trusted_ids(account()))
    assert is_trusted("mx7.zylker.example", trusted_ids(account()))
    assert is_trusted("imap.host.example", trusted_ids(account("IMAP.host.example")))
    assert not is_trusted("mx.host.example", trusted_ids(account("imap.host.example")))
    only = trusted_ids(account(authserv_id="Filter.Example"))
    assert is_trusted("filter.example", only)
    assert not is_trusted("zylker.example", only)
    assert not is_trusted("mx.filter.example", only)


def test_COL_13_gmail_signs_with_another_name_than_its_host():
    ids = trusted_ids(account("imap.gmail.com"))
    assert is_trusted("mx.google.com", ids)
    assert not is_trusted("google.com", ids)


def test_COL_13_account_without_a_domain_trusts_nobody_by_accident():
    assert not is_trusted("", trusted_ids(Account("a", "", "maildir")))
    assert not is_trusted("x.example", trusted_ids(Account("a", "rep", "maildir")))


HOSTILE = ["(" * 50_000, "\\" * 50_000, '"' * 50_001, '"\\' * 25_000, "a" * 50_000, " " * 50_000, "=" * 50_000, ";" * 50_000,
           "dmarc=fail;" * 5_000, "((((\\" * 10_000, "a . " * 12_000 + "=", "\x00\x1b\ud800\u202e;" * 10_000]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
@pytest.mark.parametrize("before", ["", "mx.zylker.example; fail ", "mx.zylker.example;"])
# A pattern that goes back over what it read would need minutes for these.
@pytest.mark.timeout(20)
def test_READ_3_hostile_headers_are_read_in_one_pass(text, before):
    assert warning([before + text] * 3, "minato.example" + text, TRUSTED) in ("", FAILED)
