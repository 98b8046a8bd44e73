"""Recipients that complete what is typed: records first, then mail history, best first (SEND-2)."""

import threading
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.errors import DatabaseError
from salesinbox.model.identities import Identity
from salesinbox.model.imports import PersonRow
from salesinbox.model.settings import Account, Me, Settings
from salesinbox.services.recipients import RecipientService
from tests.mailboxes import NOW
from tests.store.test_recipients import Post

ME = Me("Rep Tanaka", ZoneInfo("Asia/Tokyo"), ("zylker.example",), ("freelance@gmail.com",))
ACCOUNT = Account("work", "rep@zylker.example", "imap", identities=(Identity("work", "Rep", "rep@alias.example"),))
SETTINGS = Settings(None, ME, (ACCOUNT,))


@pytest.fixture(autouse=True)
def _in_english():
    texts.use("en")


@pytest.fixture
def post(tmp_path):
    post = Post(tmp_path)
    yield post
    post.database.close()


@pytest.fixture
def service(post):
    return RecipientService(post.database.path, SETTINGS, lambda: NOW)


@pytest.fixture
def typed(service):
    """The addresses suggested for what is typed, with everything read anew."""

    def addresses(text, limit=8):
        service.load()
        return [one.address for one in service.suggest(text, limit=limit)]

    return addresses


def contact(last, *addresses, first="", company="", title=""):
    return PersonRow(2, first=first, last=last, addresses=addresses, company=company, title=title)


NAGATA = contact("永田", "nagata@minato.example", first="達郎", company="みなと商事", title="部長")


def test_SEND_2_nothing_is_suggested_until_it_is_loaded(post, service):
    post.sent(("Anna", "anna@acme.example"))
    assert service.suggest("anna") == []
    assert not service.loaded
    service.load()
    assert service.loaded
    assert [one.address for one in service.suggest("anna")] == ["anna@acme.example"]


def test_SEND_2_a_record_comes_with_company_title_and_id(post, service):
    post.take("contacts", NAGATA)
    service.load()
    (found,) = service.suggest("naga")
    assert (found.name, found.address, found.about, found.record) == (
        "永田 達郎", "nagata@minato.example", "みなと商事, 部長", "p1",
    )  # fmt: skip


def test_SEND_2_an_address_from_mail_comes_with_how_often(post, service):
    post.sent(("Anna Schmidt", "anna@acme.example"))
    service.load()
    assert [(one.name, one.about, one.record) for one in service.suggest("anna")] == [("Anna Schmidt", "1 mail", "")]
    post.came("Anna Schmidt", "anna@acme.example")
    service.load()
    assert [one.about for one in service.suggest("anna")] == ["2 mails"]


def test_SEND_2_records_come_before_history_and_each_address_once(post, typed):
    for _ in range(3):
        post.sent(("Anna Schmidt", "anna@acme.example"))
    post.sent(("Anna Huber", "huber@minato.example"))
    post.take("contacts", contact("Huber", "huber@minato.example", first="Anna"))
    assert typed("anna") == ["huber@minato.example", "anna@acme.example"]


def test_SEND_2_the_most_used_comes_first_and_lately_counts_more(post, typed):
    for _ in range(2):
        post.sent(("Anna Often", "often@x.example"), days=800)
    post.sent(("Anna Lately", "lately@x.example"), days=2)
    post.sent(("Anna Today", "today@x.example"))
    post.sent(("Anna Today", "today@x.example"))
    assert typed("anna") == ["today@x.example", "lately@x.example", "often@x.example"]


def test_SEND_2_of_records_the_one_that_is_written_to_comes_first(post, typed):
    post.take("contacts", contact("Abel", "abel@x.example"), contact("Abt", "abt@x.example"))
    assert typed("ab") == ["abel@x.example", "abt@x.example"]
    post.sent(("", "abt@x.example"))
    assert typed("ab") == ["abt@x.example", "abel@x.example"]


def test_SEND_2_who_only_wrote_in_comes_after_whom_the_rep_wrote_to(post, typed):
    for _ in range(20):
        post.came("Kenji Tanaka", "impostor@evil.example")
        post.came("Kenji Tanaka", "impostor@zylker.example")
    post.sent(("Kenji Tanaka", "kenji@minato.example"), days=300)
    assert typed("kenji")[0] == "kenji@minato.example"
    assert sorted(typed("kenji")[1:]) == ["impostor@evil.example", "impostor@zylker.example"]


@pytest.mark.parametrize(
    "text",
    [
        "永田",
        "永",
        "達郎",
        "達",
        "永田達",
        "永田 達郎",
        "みなと",
        "商事",
        "ｎａｇａｔａ",
        "NAGATA",
        "minato",
        "nagata minato",
        "みなと 永田",
    ],
)
def test_SEND_2_japanese_names_are_found_by_any_part_and_in_any_width(post, typed, text):
    post.take("contacts", NAGATA)
    assert typed(text) == ["nagata@minato.example"]


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "schm",
        "SCHMÜ",
        "schmu",
        "schmülling, a",
        "anna-m",
        "maria",
        "acme",
        "Ac anna",
        "o'neil",
        "ams.off",
        '"Anna',
        "Anna <",
        "Anna <ams.o",
    ],
)
def test_SEND_2_the_beginning_of_any_word_is_found(post, typed, text):
    post.take(
        "contacts",
        contact("Schmülling O'Neil", "ams.office@mail.acme.example", first="Anna-Maria", company="Acme Ltd."),
    )
    assert typed(text) == ["ams.office@mail.acme.example"]


@pytest.mark.parametrize("text", ["nna", "cme", "", "  ", "...", "anna xylo", "@", "%", "\n"])
def test_SEND_2_the_middle_of_a_word_and_nothing_find_nothing(post, typed, text):
    post.take("contacts", contact("Schmidt", "s@x.example", first="Anna", company="Acme"))
    assert typed(text) == []


def test_SEND_2_an_exact_address_comes_first(post, typed):
    for _ in range(5):
        post.sent(("", "anna@acme.example.org"))
    post.sent(("", "anna@acme.example"), days=400)
    assert typed("anna@ac") == ["anna@acme.example.org", "anna@acme.example"]
    assert typed("Anna@Acme.example") == ["anna@acme.example", "anna@acme.example.org"]
    assert typed("@acme.example.o") == ["anna@acme.example.org"]
    assert typed("Anna <anna@acme.example.o") == ["anna@acme.example.org"]


def test_SEND_2_who_is_found_by_name_comes_before_who_is_found_by_company(post, typed):
    post.take("contacts", contact("Zeller", "z@x.example", company="Yamada Denki"))
    post.sent(("Taro Yamada", "taro@y.example"))
    assert typed("yama") == ["taro@y.example", "z@x.example"]


def test_SEND_2_several_words_must_all_fit(post, typed):
    post.take(
        "contacts",
        contact("Tanaka", "t1@minato.example", company="Minato"),
        contact("Tanaka", "t2@acme.example", company="Acme"),
    )
    post.sent(("Minato Tanaka", "t3@y.example"))
    assert typed("tana mina") == ["t1@minato.example", "t3@y.example"]


def test_SEND_2_the_limit_holds(post, typed):
    post.take("contacts", *(contact(f"Abel {n}", f"a{n}@x.example") for n in range(20)))
    assert len(typed("abel")) == 8
    assert len(typed("abel", limit=3)) == 3


def test_SEND_2_programs_and_bounced_addresses_come_last_or_not_at_all(post, typed):
    post.came("Acme", "no-reply@acme.example")
    post.came("Acme", "noreply@acme.example")
    sent = post.sent(("Acme Anna", "anna@acme.example"), ("Acme DoNotReply", "do-not-reply@acme.example"))
    for _ in range(3):
        post.sent(("Acme Anna", "anna@acme.example"), ("Acme DoNotReply", "do-not-reply@acme.example"))
    post.sent(("Acme Bob", "bob@acme.example"), days=500)
    post.bounce(sent, "anna@acme.example")
    found = typed("acme")
    assert found[0] == "bob@acme.example"
    assert sorted(found) == ["anna@acme.example", "bob@acme.example", "do-not-reply@acme.example"]


def test_SEND_2_a_bounced_record_comes_after_those_that_are_reached(post, typed):
    post.take("contacts", contact("Abel", "old@x.example", "new@x.example"))
    assert typed("abel") == ["old@x.example", "new@x.example"]
    post.bounce(post.sent(("", "old@x.example")), "old@x.example")
    assert typed("abel") == ["new@x.example", "old@x.example"]


def test_SEND_2_colleagues_of_the_settings_and_the_rep_are_known(post, service):
    post.sent(("Bob Colleague", "bob@zylker.example"))
    service.load()
    assert [(one.address, one.about) for one in service.suggest("freel")] == [("freelance@gmail.com", "Colleague")]
    assert [(one.address, one.about) for one in service.suggest("bob")] == [("bob@zylker.example", "Colleague")]
    assert [(one.name, one.address, one.about) for one in service.suggest("tanaka")] == [
        ("Rep Tanaka", "rep@alias.example", "You"),
        ("Rep Tanaka", "rep@zylker.example", "You"),
    ]


def test_SEND_2_a_name_that_is_another_address_is_not_shown(post, service):
    post.came("ceo@zylker.example", "evil@evil.example")
    service.load()
    assert [one.name for one in service.suggest("evil")] == [""]
    assert service.suggest("ceo") == []


def test_SEND_2_what_mail_says_cannot_drive_the_terminal(post, service):
    post.came("Eve \x1b]0;x\x07\u202e", "eve\x1b[31m@evil.example")
    post.came("Eve \x1b]0;x\x07\u202e" + "y" * 5000, "eve@evil.example")
    post.came("Eve", "eve,other@evil.example")
    service.load()
    (found,) = service.suggest("eve")
    assert found.address == "eve@evil.example"
    assert "\x1b" not in found.name
    assert "\u202e" not in found.name
    assert len(found.name) <= 100
    assert service.suggest("\x1b]52;\x07" * 1000) == []


def test_SEND_2_international_domains_are_found_and_shown_in_their_letters(post, typed):
    post.take("contacts", contact("Keller", "keller@xn--bcher-kva.example"))
    for text in ("bücher", "bucher", "keller@büch", "keller@bücher.example", "keller@xn--bcher-kva.example"):
        assert typed(text) == ["keller@bücher.example"]


def test_SEND_2_a_disguised_domain_stays_encoded(post, typed):
    post.sent(("Anna", "anna@\u0430cme.example"))  # a Cyrillic letter
    (found,) = typed("anna")
    assert found.startswith("anna@xn--")


def test_SEND_2_loading_in_one_thread_and_suggesting_in_another(post, service):
    post.take("contacts", *(contact(f"Abel {n}", f"a{n}@x.example") for n in range(300)))
    failures, done = [], threading.Event()

    def ask():
        while not done.is_set():
            if len(service.suggest("abel")) not in (0, 8):
                failures.append("half an answer")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(5):
            service.load()
    finally:
        done.set()
        asking.join()
    assert failures == []
    assert len(service.suggest("abel")) == 8


def test_SEND_2_without_a_database_it_says_so(tmp_path):
    service = RecipientService(tmp_path / "none.db", SETTINGS, lambda: NOW)
    with pytest.raises(DatabaseError):
        service.load()
    assert service.suggest("anna") == []
