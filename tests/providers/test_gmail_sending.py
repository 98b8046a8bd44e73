"""SEND-6: by the Gmail API, too, a message is sent once, or not at all, or "nobody knows"; and it joins its thread."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from salesinbox.model.errors import (
    CredentialsError,
    NetworkError,
    SalesInboxError,
    ServerError,
    UnknownOutcomeError,
)
from salesinbox.providers.registry import post, session
from salesinbox.providers.session import Session
from tests.gmail_server import GmailBox
from tests.servers import free_port

ME = "rep@zylker.example"


def letter(
    number: int = 1,
    to: str = "a@customer.example",
    *,
    subject: str = "Offer",
    answers: str = "",
    bcc: str = "",
    body: str = "Hello.",
) -> bytes:
    fields = [f"From: {ME}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <{number}.sent@zylker.example>"]
    fields += [f"Bcc: {bcc}"] if bcc else []
    fields += [f"In-Reply-To: {answers}", f"References: {answers}"] if answers else []
    return "\r\n".join([*fields, "MIME-Version: 1.0", "", body, ""]).encode()


def marked(message: bytes, number: int = 1) -> bytes:
    """As it leaves: with its id in a field of our own, by which it is found whatever becomes of its Message-ID."""
    return b"X-Salesinbox-Id: <%d.sent@zylker.example>\r\n" % number + message


def send(
    box: GmailBox,
    message: bytes,
    recipients: Sequence[str] = ("a@customer.example",),
    giving: Callable[[], None] = lambda: None,
    **account: object,
) -> object:
    made = box.account(**account)
    return post(made).send(made, lambda: box.password, ME, recipients, message, giving=giving)


@pytest.fixture
def line(gmail_box: GmailBox) -> Iterator[Session]:
    with contextlib.closing(session(gmail_box.account(), lambda: gmail_box.password)) as made:
        made.connect()
        yield made


def test_SEND_6_a_message_is_given_away_once_and_lies_in_sent(gmail_box: GmailBox, line: Session) -> None:
    told: list[str] = []
    send(gmail_box, letter(), giving=lambda: told.append(f"{len(gmail_box.server.state.sent)} sent"))
    # What is written down as "given away" is so before it leaves.
    assert told == ["0 sent"]
    assert gmail_box.server.state.sent == [marked(letter())]
    assert gmail_box.server.count("messages.send") == 1
    assert len(line.find("Sent", "<1.sent@zylker.example>")) == 1


def test_SEND_3_hidden_recipients_get_it_and_are_seen_by_gmail_alone(gmail_box: GmailBox) -> None:
    message = letter(bcc="boss@zylker.example")
    send(gmail_box, message, ["a@customer.example", "boss@zylker.example"])
    # Gmail takes Bcc from the message, and leaves it out of what others get.
    assert b"Bcc: boss@zylker.example" in gmail_box.server.state.sent[0]


@pytest.mark.parametrize(
    "recipients",
    [
        ["b@customer.example"],
        ["a@customer.example", "b@customer.example"],
        ["a@customer.example", "b@customer.example", "c@x.example"],
    ],
)
def test_a_message_that_names_others_than_it_goes_to_is_not_sent(gmail_box: GmailBox, recipients: list[str]) -> None:
    given: list[int] = []
    message = letter(to="a@customer.example, c@customer.example")
    with pytest.raises(SalesInboxError, match="smtp") as refused:
        send(gmail_box, message, recipients, lambda: given.append(1))
    assert not isinstance(refused.value, NetworkError)
    assert (given, gmail_box.server.state.sent) == ([], [])


def test_addresses_are_compared_as_addresses(gmail_box: GmailBox) -> None:
    message = letter(to='"Ann, of Acme" <A@Customer.Example>, group: b@x.example;')
    send(gmail_box, message, ["A@customer.example", "b@x.example"])
    assert len(gmail_box.server.state.sent) == 1


# Threads.


def asked(box: GmailBox, subject: str = "Offer") -> str:
    """A customer's message; the id of its thread."""
    raw = f"From: a@customer.example\r\nTo: {ME}\r\nSubject: {subject}\r\nMessage-ID: <asked@customer.example>\r\n\r\n?\r\n"
    return box.deliver(raw.encode()).thread


def test_an_answer_joins_its_thread(gmail_box: GmailBox) -> None:
    thread = asked(gmail_box)
    send(gmail_box, letter(subject="Re: Offer", answers="<asked@customer.example>"))
    (sent,) = [message for message in gmail_box.server.state.messages.values() if "SENT" in message.labels]
    assert sent.thread == thread


def test_an_answer_whose_question_is_archived_or_is_one_of_ours_joins_its_thread(gmail_box: GmailBox) -> None:
    first = letter(1)
    send(gmail_box, first)
    send(gmail_box, letter(2, subject="Re: Offer", answers="<1.sent@zylker.example>"))
    assert len({message.thread for message in gmail_box.server.state.messages.values()}) == 1


def test_an_answer_with_another_subject_begins_a_thread_of_its_own(gmail_box: GmailBox) -> None:
    # Gmail wants References and the same subject; a threadId without them is not the rep's conversation.
    thread = asked(gmail_box)
    send(gmail_box, letter(subject="Something else", answers="<asked@customer.example>"))
    (sent,) = [message for message in gmail_box.server.state.messages.values() if "SENT" in message.labels]
    assert sent.thread != thread


def test_a_question_that_is_not_there_hinders_nothing(gmail_box: GmailBox) -> None:
    send(gmail_box, letter(subject="Re: Offer", answers="<gone@customer.example>"))
    assert len(gmail_box.server.state.sent) == 1


@pytest.mark.parametrize("hostile", ["<a b@x>", '<"a@x>', "<in:sent@x>", "<a)(@x> OR in:inbox", "nothing", "<>"])
def test_a_hostile_reference_finds_no_thread_and_hinders_nothing(gmail_box: GmailBox, hostile: str) -> None:
    asked(gmail_box)
    send(gmail_box, letter(subject="Re: Offer", answers=hostile))
    assert len(gmail_box.server.state.sent) == 1


# Outcomes that nobody knows.


@pytest.mark.parametrize("done", [True, False])
def test_SEND_6_a_line_that_breaks_after_the_message_leaves_the_outcome_open(
    gmail_box: GmailBox, line: Session, *, done: bool
) -> None:
    given: list[int] = []
    gmail_box.server.switches.cut_next("messages.send", done=done)
    with pytest.raises(UnknownOutcomeError):
        send(gmail_box, letter(), giving=lambda: given.append(1))
    assert given == [1]
    # Never a second one by itself.
    assert len(gmail_box.server.state.sent) == int(done)
    assert len(line.find("Sent", "<1.sent@zylker.example>")) == int(done)


def test_SEND_6_an_answer_that_comes_too_late_is_no_reason_to_send_again(gmail_box: GmailBox) -> None:
    gmail_box.server.switches.fail_next("messages.send", 503, "backendError")
    with contextlib.suppress(NetworkError, ServerError):
        send(gmail_box, letter())
    # The client library repeats nothing of its own accord.
    assert gmail_box.server.count("messages.send") == 1


def test_SEND_6_what_was_sent_is_found_though_gmail_gave_it_another_id(gmail_box: GmailBox, line: Session) -> None:
    gmail_box.server.switches.rewrites_ids = True
    for number in (1, 2):
        send(gmail_box, letter(number, body="Hello. " * number))
    (message,) = line.find("Sent", "<2.sent@zylker.example>")
    assert b"Hello. Hello." in (line.raw("Sent", message) or b"")
    assert line.find("Sent", "<3.sent@zylker.example>") == []


# Nothing was sent.


def test_SEND_6_without_a_line_nothing_is_given_away(gmail_box: GmailBox) -> None:
    given: list[int] = []
    with pytest.raises(NetworkError) as refused:
        send(gmail_box, letter(), giving=lambda: given.append(1), port=free_port())
    assert not isinstance(refused.value, UnknownOutcomeError)
    assert given == []


def test_what_giving_raises_ends_it_before_anything_leaves(gmail_box: GmailBox) -> None:
    class Stop(Exception):
        pass

    def giving() -> None:
        raise Stop

    with pytest.raises(Stop):
        send(gmail_box, letter(), giving=giving)
    assert gmail_box.server.state.sent == []


def test_a_token_that_is_refused_sends_nothing(gmail_box: GmailBox) -> None:
    made = gmail_box.account()
    with pytest.raises(CredentialsError, match="work"):
        post(made).send(made, lambda: "wrong", ME, ["a@customer.example"], letter(), giving=lambda: None)
    assert gmail_box.server.state.sent == []


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "invalidArgument", ServerError),
        (403, "insufficientPermissions", SalesInboxError),
        (429, "userRateLimitExceeded", NetworkError),
        (403, "userRateLimitExceeded", NetworkError),
    ],
)
def test_a_refusal_says_whether_it_may_go_better_later(
    gmail_box: GmailBox, status: int, reason: str, kind: type[Exception]
) -> None:
    gmail_box.server.switches.fail_next("messages.send", status, reason, times=1000)
    with pytest.raises(kind) as refused:
        send(gmail_box, letter())
    assert not isinstance(refused.value, UnknownOutcomeError)
    assert isinstance(refused.value, NetworkError) == (kind is NetworkError)
    assert gmail_box.server.state.sent == []


def test_the_check_sends_nothing(gmail_box: GmailBox) -> None:
    made = gmail_box.account()
    post(made).check(made, lambda: gmail_box.password)
    assert gmail_box.server.state.sent == []
    with pytest.raises(CredentialsError):
        post(made).check(made, lambda: "wrong")


# Large ones.

LARGE = letter(body="".join(f"{number:070}\r\n" for number in range(90_000)))


def test_SEND_9_a_large_message_is_uploaded_in_pieces_and_sent_once(gmail_box: GmailBox) -> None:
    given: list[int] = []
    send(gmail_box, LARGE, giving=lambda: given.append(len(gmail_box.server.state.sent)))
    assert given == [0]
    assert gmail_box.server.state.sent == [marked(LARGE)]
    assert gmail_box.server.count("messages.send upload") > 0


@pytest.mark.parametrize("done", [True, False])
def test_SEND_6_a_large_message_whose_last_answer_is_lost_leaves_the_outcome_open(
    gmail_box: GmailBox, *, done: bool
) -> None:
    gmail_box.server.switches.cut_next("messages.send done", done=done)
    with pytest.raises(UnknownOutcomeError):
        send(gmail_box, LARGE)
    assert len(gmail_box.server.state.sent) == int(done)


def test_SEND_6_a_large_message_that_breaks_off_in_the_middle_is_not_sent_twice(gmail_box: GmailBox) -> None:
    gmail_box.server.switches.cut_next("messages.send upload", done=True)
    try:
        send(gmail_box, LARGE)
    except NetworkError:
        assert gmail_box.server.state.sent in ([], [marked(LARGE)])
    else:
        assert gmail_box.server.state.sent == [marked(LARGE)]


def test_SEND_9_a_message_larger_than_gmail_takes_is_refused_with_the_limit(gmail_box: GmailBox) -> None:
    told: list[int] = []
    made = gmail_box.account()
    with pytest.raises(ServerError, match="MB"):
        post(made).send(
            made, lambda: gmail_box.password, ME, ["a@customer.example"], letter(body=("x" * 70 + "\r\n") * 520_000),
            giving=lambda: None, told_limit=told.append,
        )  # fmt: skip
    assert gmail_box.server.state.sent == []
    assert told in ([36_700_160], [])


def test_an_account_with_its_own_smtp_server_sends_by_that(gmail_box: GmailBox) -> None:
    from salesinbox.model.settings import NO_TLS, Smtp

    made = replace(gmail_box.account(), smtp=Smtp("127.0.0.1", free_port(), NO_TLS, "rep"))
    with pytest.raises(NetworkError):
        post(made).send(made, lambda: "x", ME, ["a@customer.example"], letter(), giving=lambda: None)
    assert gmail_box.server.calls == []
