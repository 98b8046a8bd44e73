"""To whom an answer goes, from whom, and what it refers to (SEND-1, SEND-3)."""

import dataclasses

import pytest

from salesinbox.model.drafts import EDIT, FORWARD, NEW, REDIRECT, REPLY, REPLY_ALL, Original
from salesinbox.model.identities import Identity
from salesinbox.model.mail import Address
from salesinbox.rules.replying import identity, recipients, references

REP = Address("Rep", "rep@zylker.example")
ANNA = Address("Anna Schmidt", "anna@acme.example")
BOB = Address("Bob", "bob@acme.example")
KENJI = Address("田中 健二", "kenji@minato.example")
OFFICE = Address("", "office@acme.example")
LIST = Address("Sales", "sales@lists.example")
OWN = {"rep@zylker.example", "rep@alias.example"}


def original(**fields):
    plain = Original("<1@acme.example>", (), ANNA, (), (REP,), (), "Offer", 0, "")
    return dataclasses.replace(plain, **fields)


def test_SEND_1_reply_goes_to_the_sender():
    assert recipients(original(cc=(BOB,)), OWN, REPLY) == ((ANNA,), ())


def test_SEND_1_reply_goes_where_the_sender_asks():
    assert recipients(original(reply_to=(OFFICE,)), OWN, REPLY) == ((OFFICE,), ())
    assert recipients(original(reply_to=(OFFICE, BOB)), OWN, REPLY) == ((OFFICE, BOB), ())


def test_SEND_1_reply_passes_over_a_reply_address_that_is_none():
    assert recipients(original(reply_to=(Address("Anna", ""), Address("", "anna@"))), OWN, REPLY) == ((ANNA,), ())


def test_SEND_1_reply_does_not_go_to_the_rep_that_the_sender_named_too():
    assert recipients(original(reply_to=(OFFICE, REP)), OWN, REPLY) == ((OFFICE,), ())
    assert recipients(original(reply_to=(REP,)), OWN, REPLY) == ((ANNA,), ())


def test_SEND_1_reply_all_leaves_out_the_rep_and_names_nobody_twice():
    again = Address("ANNA", "Anna@ACME.example")
    alias = Address("Rep", "Rep@Alias.example")
    mail = original(to=(REP, BOB, again), cc=(alias, KENJI, Address("bob again", "BOB@acme.example")))
    assert recipients(mail, OWN, REPLY_ALL) == ((ANNA,), (BOB, KENJI))


def test_SEND_1_reply_all_goes_to_the_reply_address_in_place_of_the_sender():
    assert recipients(original(reply_to=(OFFICE,), to=(REP, BOB)), OWN, REPLY_ALL) == ((OFFICE,), (BOB,))


def test_SEND_1_reply_to_own_mail_goes_to_whom_it_went():
    mine = original(sender=REP, mine=True, to=(ANNA, REP), cc=(BOB,), reply_to=(OFFICE,))
    assert recipients(mine, OWN, REPLY) == ((ANNA,), ())
    assert recipients(mine, OWN, REPLY_ALL) == ((ANNA,), (BOB,))


def test_SEND_1_reply_to_own_mail_with_copies_only_goes_to_those():
    assert recipients(original(sender=REP, mine=True, to=(), cc=(BOB, ANNA)), OWN, REPLY_ALL) == ((BOB, ANNA), ())


def test_SEND_1_reply_to_a_note_to_oneself_goes_to_oneself():
    assert recipients(original(sender=REP, mine=True, to=(REP,)), OWN, REPLY) == ((REP,), ())
    assert recipients(original(sender=REP, mine=True, to=()), OWN, REPLY) == ((REP,), ())


def test_SEND_1_reply_to_what_a_web_form_sent_in_the_reps_name_goes_to_the_customer():
    form = original(sender=REP, mine=True, to=(REP,), reply_to=(KENJI,))
    assert recipients(form, OWN, REPLY) == ((KENJI,), ())


def test_SEND_1_reply_to_one_person_on_a_list_reaches_that_person_only():
    munged = original(to=(LIST,), cc=(BOB,), reply_to=(LIST,), list_id="sales.lists.example")
    assert recipients(munged, OWN, REPLY) == ((ANNA,), ())
    assert recipients(munged, OWN, REPLY_ALL) == ((ANNA,), (LIST, BOB))


def test_SEND_1_reply_on_a_list_whose_id_does_not_tell_its_address():
    munged = original(to=(LIST,), reply_to=(LIST,), list_id="0f3a.id.example")
    assert recipients(munged, OWN, REPLY) == ((ANNA,), ())
    assert recipients(munged, OWN, REPLY_ALL) == ((ANNA,), (LIST,))


def test_SEND_1_reply_on_a_list_that_puts_itself_into_the_sender_too():
    via = Address("Anna via Sales", LIST.address)
    rewritten = original(sender=via, to=(LIST,), reply_to=(ANNA,), list_id="sales.lists.example")
    assert recipients(rewritten, OWN, REPLY) == ((ANNA,), ())
    both = dataclasses.replace(rewritten, reply_to=(ANNA, LIST))
    assert recipients(both, OWN, REPLY) == ((ANNA,), ())
    assert recipients(both, OWN, REPLY_ALL) == ((ANNA,), (LIST,))
    anonymous = dataclasses.replace(rewritten, reply_to=(LIST,))
    assert recipients(anonymous, OWN, REPLY) == ((LIST,), ())


def test_SEND_1_reply_on_a_list_to_the_colleague_whom_the_sender_asks_to_answer():
    asks_for_bob = original(to=(LIST,), cc=(BOB,), reply_to=(BOB,), list_id="sales.lists.example")
    assert recipients(asks_for_bob, OWN, REPLY) == ((BOB,), ())


def test_SEND_1_reply_to_a_list_that_is_only_in_its_own_reply_address():
    hidden = original(to=(REP,), reply_to=(LIST,), list_id="sales.lists.example")
    assert recipients(hidden, OWN, REPLY) == ((ANNA,), ())
    assert recipients(hidden, OWN, REPLY_ALL) == ((ANNA,), (LIST,))


@pytest.mark.parametrize("kind", [NEW, FORWARD, REDIRECT])
def test_SEND_1_what_is_no_answer_has_no_recipients_yet(kind):
    assert recipients(original(cc=(BOB,)), OWN, kind) == ((), ())


def test_SEND_1_edit_as_new_keeps_the_recipients():
    assert recipients(original(sender=REP, mine=True, to=(ANNA,), cc=(BOB,)), OWN, EDIT) == ((ANNA,), (BOB,))


WORK = Identity("work", "Rep", "rep@zylker.example")
ALIAS = Identity("work", "Rep", "rep@alias.example")
TEAM = Identity("work", "Sales team", "sales@zylker.example")
ALL = (WORK, ALIAS, TEAM)


def test_SEND_3_reply_is_from_the_address_that_the_mail_came_to():
    assert identity(original(to=(BOB, Address("", "Rep@ALIAS.example"))), ALL) == ALIAS
    assert identity(original(to=(BOB,), cc=(Address("", "sales@zylker.example"),)), ALL) == TEAM


def test_SEND_3_to_comes_before_cc():
    mail = original(to=(Address("", TEAM.address),), cc=(Address("", ALIAS.address),))
    assert identity(mail, ALL) == TEAM


def test_SEND_3_own_mail_is_answered_by_the_address_that_it_was_from():
    mine = original(sender=Address("Rep", ALIAS.address), mine=True, to=(Address("", TEAM.address),))
    assert identity(mine, ALL) == ALIAS


def test_SEND_3_mail_to_none_of_the_identities_is_answered_by_the_default():
    assert identity(original(to=(BOB,)), ALL) == WORK
    assert identity(original(to=()), ALL) == WORK


def test_SEND_3_a_tag_in_the_address_does_not_hide_the_identity():
    assert identity(original(to=(Address("", "rep+fair@alias.example"),)), ALL) == ALIAS
    tagged = Identity("work", "Rep", "rep+fair@alias.example")
    assert identity(original(to=(Address("", "rep+fair@alias.example"),)), (*ALL, tagged)) == tagged


def test_SEND_1_references_carry_the_conversation():
    mail = original(references=("<a@x>", "<b@x>"))
    assert references(mail) == ("<1@acme.example>", ("<a@x>", "<b@x>", "<1@acme.example>"))
    assert references(original()) == ("<1@acme.example>", ("<1@acme.example>",))


def test_SEND_1_references_of_a_mail_without_an_id():
    assert references(original(message_id="", references=("<a@x>",))) == ("", ("<a@x>",))
    assert references(original(message_id="")) == ("", ())


def test_SEND_8_what_is_no_id_does_not_enter_a_header():
    mail = original(message_id="<1@x>\r\nBcc: evil@x", references=("<a@x>\n", "nonsense", "<b@x>", "<b@x>"))
    assert references(mail) == ("", ("<b@x>",))


def test_SEND_1_long_references_keep_the_first_id_and_the_last_ones():
    chain = tuple(f"<{n}@x>" for n in range(150))
    _in_reply_to, found = references(original(references=chain))
    assert len(found) == 100
    assert found[0] == "<0@x>"
    assert found[-2:] == ("<149@x>", "<1@acme.example>")
