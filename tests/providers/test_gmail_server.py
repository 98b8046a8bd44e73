"""The Gmail of the tests is strict: what is no request by Google's document is told, and so is what it answers itself."""

import base64
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gmail_server import GmailBox, GmailServer
from tests.gmail_server.query import QueryFault, matching
from tests.gmail_server.schema import complaints, masked, methods

MAIL = b"From: Ann <ann@customer.example>\r\nTo: rep@zylker.example\r\nSubject: Quote\r\nMessage-ID: <q@x>\r\n\r\nThe price\r\n"


@pytest.fixture
def server() -> Iterator[GmailServer]:
    with GmailServer() as made:
        yield made


def ask(
    server: GmailServer, verb: str, path: str, body: Any = None, *, kind: str = "application/json", **headers: str
) -> tuple[int, Any]:
    octets = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    told = {"Authorization": f"Bearer {server.token}", "Content-Type": kind, **headers}
    request = urllib.request.Request(f"{server.endpoint}/{path}", octets, told, method=verb)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            read = answer.read()
            return answer.status, json.loads(read) if read else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


ME = "gmail/v1/users/me/"


def test_every_method_of_the_document_is_known() -> None:
    found = {method.id for method in methods()}
    assert {"messages.get", "messages.batchModify", "history.list", "drafts.create", "getProfile"} <= found


@pytest.mark.parametrize(
    ("verb", "path", "body", "says"),
    [
        ("GET", "messages?pagesize=5", None, "unknown parameter pagesize"),
        ("GET", "messages?maxResults=five", None, "'five' is no number"),
        ("GET", "messages?includeSpamTrash=yes", None, "'yes' is no boolean"),
        ("GET", "messages?maxResults=5&maxResults=6", None, "given twice"),
        ("GET", "messages/18c0000000000001?format=everything", None, "none of"),
        ("GET", "history?startHistoryId=abc", None, "is no number"),
        ("POST", "labels", {"name": "x"}, "labelListVisibility is missing"),
        ("POST", "messages/batchModify", {"ids": ["1"], "add": ["INBOX"]}, "add is unknown"),
        ("POST", "messages/batchModify", {"ids": "1"}, "ids is no list"),
        ("POST", "messages/send", {"raw": "not base64!"}, "no base64url"),
        ("POST", "messages/send", {}, "raw is missing"),
        ("GET", "nothing", None, "no method at"),
        ("PATCH", "messages", {}, "no method at"),
    ],
)
def test_what_the_document_does_not_know_is_a_fault_and_is_refused(
    server: GmailServer, verb: str, path: str, body: Any, says: str
) -> None:
    status, answer = ask(server, verb, ME + path, body)
    assert status in (400, 404)
    assert answer["error"]["code"] == status
    assert any(says in fault for fault in server.faults)


def test_what_is_answered_is_held_to_the_document_as_well(server: GmailServer) -> None:
    assert complaints("Profile", {"historyId": 5, "emails": 3}) == [
        "Profile.emails is unknown",
        "Profile.historyId is no string",
    ]
    assert complaints("Message", {"payload": {"parts": [{"body": {"size": "5"}}]}}) == [
        "Message.payload.parts[].body.size is no integer"
    ]
    assert ask(server, "GET", f"{ME}profile")[1]["emailAddress"] == "rep@zylker.example"
    assert server.faults == []


def test_a_wrong_token_is_refused_as_google_does(server: GmailServer) -> None:
    old = server.token
    server.revoke_token()
    request = urllib.request.Request(f"{server.endpoint}/{ME}profile", headers={"Authorization": f"Bearer {old}"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")
    assert json.load(refused.value)["error"]["status"] == "UNAUTHENTICATED"
    refused.value.close()
    assert ask(server, "GET", f"{ME}profile")[0] == 200


def test_a_quota_counts_the_units_of_any_minute() -> None:
    clock = [0.0]
    with GmailServer(units_per_minute=100, clock=lambda: clock[0]) as server:
        server.state.add(MAIL, ("INBOX",))
        path = f"{ME}messages/{next(iter(server.state.messages))}"
        assert [ask(server, "GET", path)[0] for _again in range(6)] == [200] * 5 + [429]
        clock[0] = 59.9
        assert ask(server, "GET", path)[0] == 429
        clock[0] = 60
        assert ask(server, "GET", path)[0] == 200
        assert server.quota.used == 120
        assert server.quota.refused == 2


def test_a_batch_answers_each_part_by_itself(server: GmailServer) -> None:
    number = server.state.add(MAIL, ("INBOX",)).id
    parts = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <x + {n}>\r\n\r\nGET /{ME}messages/{named} HTTP/1.1\r\n\r\n\r\n"
        for n, named in enumerate((number, "0" * 16))
    )
    request = urllib.request.Request(
        f"{server.endpoint}/batch/gmail/v1",
        f"{parts}--b--".encode(),
        {"Authorization": "Bearer secret", "Content-Type": "multipart/mixed; boundary=b"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        told = answer.read().decode()
    assert told.index("<response-x + 1>") < told.index("<response-x + 0>")
    assert "HTTP/1.1 200 OK" in told
    assert "HTTP/1.1 404 Not Found" in told
    assert server.calls == [("messages.get", 200), ("messages.get", 404)]
    assert server.largest_batch == 2


def test_pages_come_one_after_another_whatever_arrives_meanwhile(server: GmailServer) -> None:
    for number in range(5):
        server.state.add(MAIL, ("INBOX",), 1000 * number)
    found, token = [], ""
    while True:
        _status, page = ask(server, "GET", f"{ME}messages?maxResults=2" + (f"&pageToken={token}" if token else ""))
        found += [message["id"] for message in page["messages"]]
        server.state.add(MAIL, ("INBOX",))
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert len(found) == len(set(found)) == 5
    assert server.faults == []


def test_history_tells_what_happened_and_404_when_it_is_too_old(server: GmailServer) -> None:
    start = server.state.history
    message = server.state.add(MAIL, ("INBOX", "UNREAD"))
    assert ask(server, "POST", f"{ME}messages/{message.id}/modify", {"removeLabelIds": ["UNREAD"]})[0] == 200
    server.state.remove(message)
    _status, told = ask(server, "GET", f"{ME}history?startHistoryId={start}")
    kinds = [next(iter(record.keys() - {"id", "messages"})) for record in told["history"]]
    assert kinds == ["messagesAdded", "labelsRemoved", "messagesDeleted"]
    assert told["historyId"] == told["history"][-1]["id"]
    _status, only = ask(server, "GET", f"{ME}history?startHistoryId={start}&historyTypes=messageDeleted")
    assert [record["id"] for record in only["history"]] == [told["historyId"]]
    server.state.expire_history()
    assert ask(server, "GET", f"{ME}history?startHistoryId={start}")[0] == 404
    assert "history" not in ask(server, "GET", f"{ME}history?startHistoryId={server.state.history}")[1]


def test_labels_that_are_gmails_own_are_not_set_by_others(server: GmailServer) -> None:
    message = server.state.add(MAIL, ("INBOX",))
    for label in ("SENT", "DRAFT", "Label_99"):
        status, answer = ask(server, "POST", f"{ME}messages/batchModify", {"ids": [message.id], "addLabelIds": [label]})
        assert (status, answer["error"]["message"]) == (400, f"Invalid label: {label}")
    assert message.labels == {"INBOX"}


@pytest.mark.parametrize(
    ("typed", "matches"),
    [
        ("subject:quote", True),
        ("SUBJECT:QUOTE from:ann", True),
        ("quot", False),
        ('"the price"', True),
        ('"price the"', False),
        ("-price", False),
        ("nothing OR price", True),
        ("{nothing price}", True),
        ("(nothing price)", False),
        ("rfc822msgid:<q@x>", True),
        ("rfc822msgid:q@x in:inbox", True),
        ("rfc822msgid:q@x.org", False),
        ("in:inbox is:unread", True),
        ("-in:inbox", False),
        ("in:sent", False),
        ("label:deals-2026", True),
        ("larger:10 smaller:1K", True),
        ("after:2020/01/01 before:2021/01/01", False),
        ("after:1577836800", True),
        ("has:attachment", False),
        ("newer_than:2d", True),
    ],
)
def test_the_search_box(server: GmailServer, typed: str, matches: bool) -> None:
    label = server.state.make_label("Deals/2026")
    message = server.state.add(MAIL, ("INBOX", "UNREAD", label.id))
    test, _everywhere = matching(server.state, typed, message.date / 1000)
    assert test(message) is matches


@pytest.mark.parametrize(
    "typed", ["body:x", "after:2020-01-01", "(x", "x)", "OR x", "larger:many", "is:answered", '"x']
)
def test_what_the_search_box_does_not_know_is_a_fault(server: GmailServer, typed: str) -> None:
    with pytest.raises(QueryFault):
        matching(server.state, typed, 0)


def test_partial_answers_hold_what_was_asked_for() -> None:
    told = {
        "id": "1",
        "payload": {"headers": [{"name": "a", "value": "b"}], "parts": [{"body": {"size": 1}, "filename": ""}]},
    }
    assert masked(told, "id,payload/parts(body/size)") == {"id": "1", "payload": {"parts": [{"body": {"size": 1}}]}}
    assert masked(told, "payload(headers)") == {"payload": {"headers": [{"name": "a", "value": "b"}]}}
    with pytest.raises(ValueError, match=r"id,\(x"):
        masked(told, "id,(x")


def test_a_cut_line_does_the_work_or_does_not(server: GmailServer) -> None:
    body = {"raw": base64.urlsafe_b64encode(MAIL).decode()}
    for done in (False, True):
        server.switches.cut_next("messages.send", done=done)
        with pytest.raises(OSError):
            ask(server, "POST", f"{ME}messages/send", body)
        assert len(server.state.sent) == int(done)


def test_a_gmail_serves_many_lines_at_once(server: GmailServer) -> None:
    server.switches.latency = 0.1
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(ask(server, "GET", f"{ME}profile")[0])) for _number in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 5


def test_the_box_looks_like_any_other_mailbox(gmail_box: GmailBox) -> None:
    gmail_box.deliver(MAIL, flags="SF")
    with gmail_box.client() as other:
        other.create_folder("Deals/2026")
        other.append("Deals/2026", MAIL)
        other.select_folder("INBOX")
        (uid,) = other.search()
        assert other.get_flags([uid]) == {uid: (b"\\Flagged", b"\\Seen")}
        assert other.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] == MAIL
        other.move([uid], "Deals/2026")
        assert other.search() == []
        other.select_folder("Deals/2026")
        assert uid in other.search()
        other.delete_messages([uid])
        other.expunge()
        assert uid not in other.search()
