"""The schema, as numbered migrations. Loaded only when a database is behind.

A migration that has shipped never changes.

Names: `mNNNN_subject`. Each runs in one transaction with the record of it, so a kill leaves the step before.
"""

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

VERSION = 4
"""What `PRAGMA user_version` says once all migrations below have run; a higher number is a later program's."""

migrations = Migrations("salesinbox")

MAIL = """
CREATE TABLE state (
    name TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    next_try INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    delimiter TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT '',
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    uidnext INTEGER NOT NULL DEFAULT 0,
    modseq INTEGER NOT NULL DEFAULT 0,
    complete INTEGER NOT NULL DEFAULT 0,      -- every UID below uidnext has been asked for once
    server_count INTEGER NOT NULL DEFAULT 0,
    local_count INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    last_success INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    next_try INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, name)
) STRICT;

CREATE TABLE thread (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    date INTEGER NOT NULL DEFAULT 0,          -- of the newest message
    subject TEXT NOT NULL DEFAULT '',
    people TEXT NOT NULL DEFAULT '[]',        -- JSON array of names, newest sender first
    sender_name TEXT NOT NULL DEFAULT '',     -- the person who decides the column (COL-2)
    sender_address TEXT NOT NULL DEFAULT '',
    waiting_since INTEGER NOT NULL DEFAULT 0, -- date of the oldest unanswered message of theirs, 0: none
    messages INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    flagged INTEGER NOT NULL DEFAULT 0,
    answered INTEGER NOT NULL DEFAULT 0,
    attachments INTEGER NOT NULL DEFAULT 0,
    views INTEGER NOT NULL DEFAULT 0,         -- bits of model.board.View
    col TEXT NOT NULL DEFAULT '',
    rule TEXT NOT NULL DEFAULT '',
    deal_id INTEGER,
    warning TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    thread_id INTEGER NOT NULL,
    message_id TEXT NOT NULL,                 -- with angle brackets; '' where there is none
    digest BLOB NOT NULL,                     -- identity of one message across its copies
    date INTEGER NOT NULL,
    received INTEGER NOT NULL,
    sender_name TEXT NOT NULL,
    sender_address TEXT NOT NULL,
    recipients TEXT NOT NULL,                 -- JSON [["to"|"cc"|"reply-to", name, address], …]
    subject TEXT NOT NULL,
    mine INTEGER NOT NULL,
    automatic INTEGER NOT NULL,
    list_id TEXT NOT NULL,
    warning TEXT NOT NULL,
    size INTEGER NOT NULL,
    attachments INTEGER NOT NULL,
    body_state INTEGER NOT NULL DEFAULT 0,    -- 0 still to fetch, 1 here, 2 the server could not give it
    preview TEXT NOT NULL DEFAULT '',
    invitation INTEGER NOT NULL DEFAULT 0,
    bounce INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX message_identity ON message (account_id, digest);
CREATE INDEX message_thread ON message (thread_id, date);
CREATE INDEX message_named ON message (account_id, message_id);
CREATE INDEX message_newest ON message (date DESC, id DESC, thread_id);
CREATE INDEX message_waiting_for_body ON message (account_id, date DESC, id DESC) WHERE body_state = 0;

CREATE TABLE correspondent (                  -- who a message is from and to, the rep's own sender left out (LINK-1)
    address TEXT NOT NULL,                    -- lower case
    date INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (address, date, message)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER correspondent_gone AFTER DELETE ON message BEGIN
    DELETE FROM correspondent WHERE date = old.date AND message = old.id AND address IN (
        SELECT lower(old.sender_address)
        UNION SELECT lower(json_extract(value, '$[2]')) FROM json_each(old.recipients)
    );
END;

CREATE TABLE location (
    folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,                     -- negative: from before a changed UIDVALIDITY, still to be matched
    message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    flags INTEGER NOT NULL,
    keywords TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (folder_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX location_message ON location (message);

CREATE TABLE body (
    message INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    html BLOB,                                -- deflated UTF-8
    attachments TEXT NOT NULL DEFAULT '[]'    -- JSON [[name, type, size, part, inline], …]
) STRICT;

CREATE TABLE reference (
    account_id INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    thread_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_thread ON reference (thread_id);

CREATE TABLE thread_folder (
    thread_id INTEGER NOT NULL,
    folder_id INTEGER NOT NULL,
    PRIMARY KEY (thread_id, folder_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX folder_thread ON thread_folder (folder_id);

CREATE TABLE thread_count (
    view INTEGER NOT NULL,
    col TEXT NOT NULL,
    threads INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    PRIMARY KEY (view, col)
) STRICT, WITHOUT ROWID;

CREATE TABLE override (
    scope TEXT NOT NULL CHECK (scope IN ('thread', 'address', 'domain')),
    value TEXT NOT NULL,
    col TEXT NOT NULL,
    PRIMARY KEY (scope, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE operation (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,                    -- JSON
    state TEXT NOT NULL DEFAULT 'pending',    -- pending, running, done, refused
    created INTEGER NOT NULL,
    due INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX operation_open ON operation (account_id, due, id) WHERE state IN ('pending', 'running');
"""

RECORDS = """
CREATE TABLE company (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,                   -- folded for matching
    domain TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    extra TEXT NOT NULL DEFAULT '{}',         -- JSON: fields of the source that have no column
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX company_name ON company (name_key);
CREATE INDEX company_domain ON company (domain) WHERE domain <> '';

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('lead', 'contact')),
    first TEXT NOT NULL DEFAULT '',
    last TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    company_id INTEGER REFERENCES company(id) ON DELETE SET NULL,
    company TEXT NOT NULL DEFAULT '',         -- as written, for leads, whose company is no record yet
    title TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    extra TEXT NOT NULL DEFAULT '{}',
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX person_company ON person (company_id, changed DESC, id);
CREATE INDEX person_name ON person (name_key, kind);

CREATE TABLE person_address (
    address TEXT NOT NULL,                    -- lower case
    person_id INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,                -- 0 is the primary one
    PRIMARY KEY (address, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_address_person ON person_address (person_id, position);

CREATE TABLE stage (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    probability INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deal (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    company_id INTEGER REFERENCES company(id) ON DELETE SET NULL,
    amount TEXT NOT NULL DEFAULT '',          -- decimal, as text: money is never a float
    currency TEXT NOT NULL DEFAULT '',
    stage TEXT NOT NULL REFERENCES stage(name),
    closing TEXT NOT NULL DEFAULT '',         -- ISO date
    extra TEXT NOT NULL DEFAULT '{}',
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX deal_company ON deal (company_id);
CREATE INDEX deal_name ON deal (name_key);

CREATE TABLE deal_contact (
    deal_id INTEGER NOT NULL REFERENCES deal(id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person(id) ON DELETE CASCADE,
    role TEXT NOT NULL DEFAULT '',            -- '' for the main contact
    main INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (deal_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deal_contact_person ON deal_contact (person_id);
"""

SEARCH = """
CREATE VIRTUAL TABLE search USING fts5 (
    subject, sender, recipients, body, files,
    content='', tokenize="unicode61 remove_diacritics 2"
);
"""

VIEWS = (
    *("inbox", "unread", "flagged", "closing", "customers", "open_deals", "waiting"),
    *("sent", "drafts", "archive", "spam", "trash", "all"),
)
"""Views in the order of their bits, as m0001 knew them."""

STAGES = (
    ("Qualification", "open", 10),
    ("Needs Analysis", "open", 20),
    ("Value Proposition", "open", 40),
    ("Proposal", "open", 60),
    ("Negotiation", "open", 80),
    ("Closed Won", "won", 100),
    ("Closed Lost", "lost", 0),
)


def _run(connection: sqlite3.Connection, script: str) -> None:
    # executescript would commit the migration's own transaction first.
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


@migrations()
def m0001_mail_and_records(db: Database) -> None:
    connection = db.conn
    _run(connection, MAIL)
    for place, view in enumerate(VIEWS):
        # One partial index for each view: a window of any view costs the same, whatever the mailbox's size.
        connection.execute(
            f"CREATE INDEX thread_in_{view} ON thread (col, date DESC, id DESC) WHERE views & {1 << place}"
        )
    connection.execute("CREATE INDEX thread_newest ON thread (col, date DESC, id DESC)")
    connection.execute("CREATE INDEX thread_sender ON thread (sender_address)")
    connection.execute("CREATE INDEX thread_deal ON thread (deal_id) WHERE deal_id IS NOT NULL")
    _run(connection, RECORDS)
    _run(connection, SEARCH)
    # Fewer, larger segments: on 20,000 messages this saves 40 % of the time spent on the index.
    connection.execute("INSERT INTO search (search, rank) VALUES ('hashsize', 16777216)")
    connection.execute("INSERT INTO search (search, rank) VALUES ('automerge', 8)")
    connection.executemany(
        "INSERT INTO stage (name, state, probability, position) VALUES (?, ?, ?, ?)",
        [(*stage, position) for position, stage in enumerate(STAGES)],
    )
    connection.execute("PRAGMA user_version = 1")


ACTING = """
DROP TABLE operation;

CREATE TABLE action (                         -- what the rep did, newest last: what undo takes back (ACT-3)
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created INTEGER NOT NULL,
    verb TEXT NOT NULL,
    target TEXT NOT NULL DEFAULT '',          -- a folder, a label, a column: whatever the verb needs
    subject TEXT NOT NULL DEFAULT '',         -- of the first thread
    threads INTEGER NOT NULL DEFAULT 0,
    before TEXT NOT NULL DEFAULT '{}',        -- JSON: what was there before, for what is no operation
    undone INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE operation (                      -- what a server is still to be told, and what came of it (ACT-2)
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action_id INTEGER NOT NULL REFERENCES action(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('flags', 'move', 'copy', 'delete')),
    message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL,
    target_id INTEGER NOT NULL DEFAULT 0,
    add_flags INTEGER NOT NULL DEFAULT 0,
    remove_flags INTEGER NOT NULL DEFAULT 0,
    add_keywords TEXT NOT NULL DEFAULT '',
    remove_keywords TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'refused', 'cancelled')),
    created INTEGER NOT NULL,
    due INTEGER NOT NULL DEFAULT 0,
    uidnext INTEGER NOT NULL DEFAULT 0,       -- of the target before the first attempt: what lies there since is ours
    new_uid INTEGER NOT NULL DEFAULT 0,       -- the copy's number, once it is known
    error TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0           -- the rep has seen the refusal
) STRICT;
CREATE INDEX operation_of_action ON operation (action_id);
CREATE INDEX operation_of_message ON operation (message);
CREATE INDEX operation_open ON operation (account_id, id) WHERE state IN ('pending', 'running');
CREATE INDEX operation_refused ON operation (id) WHERE state = 'refused' AND told = 0;

-- What open operations make of what the server last said; NULL: as the server has it. shown_folder 0: nowhere.
ALTER TABLE location ADD COLUMN shown_flags INTEGER;
ALTER TABLE location ADD COLUMN shown_keywords TEXT;
ALTER TABLE location ADD COLUMN shown_folder INTEGER;
ALTER TABLE location ADD COLUMN expires INTEGER;   -- in a folder that is not synced: when it is forgotten
CREATE TRIGGER location_gone AFTER DELETE ON location WHEN old.shown_folder IS NOT NULL BEGIN
    UPDATE folder SET shown_count = shown_count - 1, unread = unread - (coalesce(old.shown_flags, old.flags) & 1 = 0)
    WHERE id = old.shown_folder;
END;
CREATE INDEX location_shown ON location (shown_folder) WHERE shown_folder IS NOT NULL;
CREATE INDEX location_expiring ON location (expires) WHERE expires IS NOT NULL;

ALTER TABLE folder ADD COLUMN synced INTEGER NOT NULL DEFAULT 1;
ALTER TABLE folder ADD COLUMN shown_count INTEGER NOT NULL DEFAULT 0;
UPDATE folder SET shown_count = local_count;

CREATE TABLE snooze (                         -- ACT-5
    thread_id INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    if_no_reply INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    after INTEGER NOT NULL,                   -- the newest message then; what has a higher number came later
    woke INTEGER NOT NULL DEFAULT 0           -- when it came back; 0: it sleeps
) STRICT;
CREATE INDEX snooze_sleeping ON snooze (until) WHERE woke = 0;

CREATE TABLE mute (thread_id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE saved_search (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    query TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT;

ALTER TABLE body ADD COLUMN calendar TEXT NOT NULL DEFAULT '';

CREATE TABLE delivery (                       -- what bounces say of a message that was sent (READ-8)
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,                 -- of the message that was sent
    recipient TEXT NOT NULL,
    bounce INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (account_id, message_id, recipient, bounce)
) STRICT, WITHOUT ROWID;

CREATE TABLE outgoing (                       -- mail that is to be sent, and what came of it (SEND-6)
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    action_id INTEGER NOT NULL REFERENCES action(id) ON DELETE CASCADE,
    answers INTEGER,                          -- the message that it answers
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,                 -- JSON array
    raw BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'running', 'sent', 'refused', 'unknown', 'cancelled')),
    created INTEGER NOT NULL,
    due INTEGER NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outgoing_open ON outgoing (account_id, id) WHERE state IN ('pending', 'running');
CREATE INDEX outgoing_answer ON outgoing (answers) WHERE answers IS NOT NULL;

CREATE INDEX thread_in_snoozed ON thread (col, date DESC, id DESC) WHERE views & 8192;
"""


SEARCH_BEGINNINGS = """
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (
    subject, sender, recipients, body, files,
    content='', prefix='2', tokenize="unicode61 remove_diacritics 2"
);
"""
"""The first two letters of a word are looked up as a word is: put together from all that begin so, they cost 100 ms."""


def _index_beginnings(connection: sqlite3.Connection) -> None:
    from salesinbox.store.search import index as search  # noqa: PLC0415 - only a database with mail in it needs it

    _run(connection, SEARCH_BEGINNINGS)
    connection.execute("INSERT INTO search (search, rank) VALUES ('hashsize', 16777216)")
    connection.execute("INSERT INTO search (search, rank) VALUES ('automerge', 8)")
    search.rebuild(connection)


@migrations()
def m0002_acting(db: Database) -> None:
    connection = db.conn
    _run(connection, ACTING)
    _index_beginnings(connection)
    connection.execute("PRAGMA user_version = 2")


SENDING = """
CREATE TABLE draft (                          -- what the rep is writing (SEND-4)
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'queued', 'sent', 'discarded')),
    fields TEXT NOT NULL,                     -- JSON: the rest of model.drafts.Draft
    subject TEXT NOT NULL DEFAULT '',
    about INTEGER,                            -- the message that it is about
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    told INTEGER NOT NULL DEFAULT 0,          -- the revision that the server holds
    key TEXT NOT NULL,                        -- the part of its Message-IDs that stays the same
    message_id TEXT NOT NULL DEFAULT '',      -- of the copy on the server that counts; '' while there is none
    copies TEXT NOT NULL DEFAULT '[]',        -- JSON: Message-IDs of all copies that may lie on the server
    error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX draft_open ON draft (changed) WHERE state IN ('open', 'queued');
CREATE INDEX draft_of_server ON draft (account_id) WHERE told < revision OR copies <> '[]';

CREATE TABLE draft_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    draft_id INTEGER NOT NULL REFERENCES draft(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX draft_file_of ON draft_file (draft_id, id);

CREATE TABLE outgoing_raw (                   -- apart, so that a look at the outbox reads no message's octets
    outgoing_id INTEGER PRIMARY KEY REFERENCES outgoing(id) ON DELETE CASCADE,
    raw BLOB NOT NULL
) STRICT;
INSERT INTO outgoing_raw (outgoing_id, raw) SELECT id, raw FROM outgoing;
ALTER TABLE outgoing DROP COLUMN raw;
ALTER TABLE outgoing ADD COLUMN draft_id INTEGER REFERENCES draft(id) ON DELETE SET NULL;
ALTER TABLE outgoing ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE outgoing ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outgoing ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outgoing ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;     -- if unknown: looked for in Sent in vain
ALTER TABLE outgoing ADD COLUMN exit INTEGER NOT NULL DEFAULT 0;       -- the exit code that a refusal stands for
ALTER TABLE outgoing ADD COLUMN filed TEXT NOT NULL DEFAULT '';        -- '', filing, filed, not-filed (SEND-6)
ALTER TABLE outgoing ADD COLUMN filed_error TEXT NOT NULL DEFAULT '';
ALTER TABLE outgoing ADD COLUMN filed_after INTEGER NOT NULL DEFAULT 0; -- when the copy may be filed by us
ALTER TABLE outgoing ADD COLUMN filed_uid INTEGER NOT NULL DEFAULT 0;  -- of the copy that we filed, as far as told
ALTER TABLE outgoing ADD COLUMN marks TEXT NOT NULL DEFAULT '';        -- what the original becomes: answered, forwarded
ALTER TABLE outgoing ADD COLUMN response_due INTEGER NOT NULL DEFAULT 0; -- when silence is told (ACT-6)
ALTER TABLE outgoing ADD COLUMN response_days INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outgoing_filing ON outgoing (account_id, id) WHERE filed = 'filing';
CREATE INDEX outgoing_unknown ON outgoing (account_id, id) WHERE state = 'unknown';
CREATE INDEX outgoing_not_sent ON outgoing (state) WHERE state IN ('pending', 'running', 'refused', 'unknown');
CREATE INDEX outgoing_response ON outgoing (response_due) WHERE response_due > 0;
CREATE INDEX outgoing_untold ON outgoing (told)
    WHERE told = 0 AND (state IN ('refused', 'unknown') OR response_due < 0);
CREATE INDEX outgoing_named ON outgoing (account_id, message_id);
"""


@migrations()
def m0003_sending(db: Database) -> None:
    connection = db.conn
    _run(connection, SENDING)
    connection.execute("PRAGMA user_version = 3")


CUSTOMERS = """
-- Records beyond what came with m0001 (REC-1). Fields without a column are in `extra`, under their English heading.
ALTER TABLE person ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';       -- JSON array
ALTER TABLE company ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE deal ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE deal ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE deal ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE deal ADD COLUMN pipeline TEXT NOT NULL DEFAULT '';       -- '': the first one
ALTER TABLE deal ADD COLUMN probability INTEGER;                     -- NULL: the stage's
ALTER TABLE deal ADD COLUMN began INTEGER NOT NULL DEFAULT 0;        -- 0: not known, for instance imported
ALTER TABLE deal ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;        -- when it was won or lost; 0: open, or not known
CREATE INDEX person_kind ON person (kind, name_key, id);
CREATE INDEX person_changed ON person (kind, changed DESC, id DESC);
CREATE INDEX deal_changed ON deal (changed DESC, id DESC);
CREATE INDEX deal_stage ON deal (stage, closing, id);
-- Phone numbers by their last digits, however they are written (`store.duplicates`, REC-8).
CREATE INDEX person_phone ON person (substr(replace(replace(replace(replace(replace(
    phone, '-', ''), ' ', ''), '(', ''), ')', ''), '.', ''), -8)) WHERE phone <> '';
CREATE INDEX person_mobile ON person (substr(replace(replace(replace(replace(replace(
    json_extract(extra, '$.Mobile'), '-', ''), ' ', ''), '(', ''), ')', ''), '.', ''), -8))
    WHERE extra LIKE '%"Mobile"%';
CREATE INDEX company_phone ON company (substr(replace(replace(replace(replace(replace(
    phone, '-', ''), ' ', ''), '(', ''), ')', ''), '.', ''), -8)) WHERE phone <> '';

CREATE TABLE pipeline (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pipeline_stage (                 -- REC-6; a stage's name means the same in every pipeline
    pipeline TEXT NOT NULL REFERENCES pipeline(name) ON DELETE CASCADE,
    stage TEXT NOT NULL REFERENCES stage(name),
    position INTEGER NOT NULL,
    PRIMARY KEY (pipeline, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE item (                           -- tasks, events, calls, notes, cases, vendors, products
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('task', 'event', 'call', 'note', 'case', 'vendor', 'product')),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT '',
    closed INTEGER NOT NULL DEFAULT 0,        -- when it was done or closed; 0: it is open
    day TEXT NOT NULL DEFAULT '',             -- ISO date: due, or the first day of an event that takes whole days
    last_day TEXT NOT NULL DEFAULT '',
    start INTEGER NOT NULL DEFAULT 0,         -- seconds since 1970, where there is a time of day; 0: none
    finish INTEGER NOT NULL DEFAULT 0,
    hidden_until INTEGER NOT NULL DEFAULT 0,  -- snoozed
    priority TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    message INTEGER,                          -- the mail that it was made from
    extra TEXT NOT NULL DEFAULT '{}',
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX item_kind ON item (kind, name_key, id);
CREATE INDEX item_changed ON item (kind, changed DESC, id DESC);
CREATE INDEX item_open_day ON item (day, id) WHERE closed = 0 AND day <> '';
CREATE INDEX item_start ON item (start, id) WHERE start > 0;
CREATE INDEX item_due ON item (start, day, hidden_until, closed, kind)
    WHERE closed = 0 AND kind IN ('task', 'call');
CREATE INDEX item_message ON item (message) WHERE message IS NOT NULL;
CREATE TABLE item_about (                     -- which records an item is about, by their ids ("p12", "c3", "d7", "s4")
    record TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    PRIMARY KEY (record, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_about_item ON item_about (item_id);

CREATE TABLE record_event (                   -- what became of a record: created, a new stage, converted, merged …
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    record TEXT NOT NULL,
    date INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}'         -- JSON
) STRICT;
CREATE INDEX record_event_of ON record_event (record, date DESC, id DESC);

CREATE TABLE record_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    record TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0        -- kept, so that undo brings it back
) STRICT;
CREATE INDEX record_file_of ON record_file (record, added DESC, id DESC);
CREATE TABLE record_file_content (            -- apart, so that a look at a record reads no file's octets
    file_id INTEGER PRIMARY KEY,
    content BLOB NOT NULL
) STRICT;

-- Links of mail to deals (LINK). The people and companies of a mail follow from its addresses and need no row.
CREATE TABLE link (
    message INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
    deal_id INTEGER REFERENCES deal(id) ON DELETE CASCADE,  -- NULL: the rep said that it belongs to none
    how TEXT NOT NULL CHECK (how IN ('auto', 'guess', 'chosen'))
) STRICT;
CREATE INDEX link_deal ON link (deal_id, message) WHERE deal_id IS NOT NULL;
CREATE TABLE thread_link (                    -- the rep's choice for a whole thread, also for what still comes in it
    thread_id INTEGER PRIMARY KEY,
    deal_id INTEGER REFERENCES deal(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX thread_link_deal ON thread_link (deal_id) WHERE deal_id IS NOT NULL;
CREATE TABLE message_record (                 -- further records that the rep has linked a mail to
    record TEXT NOT NULL,
    message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    PRIMARY KEY (record, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_record_message ON message_record (message);
ALTER TABLE outgoing ADD COLUMN record TEXT NOT NULL DEFAULT '';     -- what it was written for (LINK-5)
CREATE INDEX outgoing_for ON outgoing (record) WHERE record <> '';
ALTER TABLE account ADD COLUMN since INTEGER NOT NULL DEFAULT 0;     -- mail received before it is old mail (LINK-3)
UPDATE account SET since = coalesce((SELECT max(received) + 1 FROM message WHERE account_id = account.id), 0);

-- The magnet (MAG).
ALTER TABLE message ADD COLUMN addressed INTEGER NOT NULL DEFAULT 0; -- 1: to the rep's own address, 2: to a group's
ALTER TABLE thread ADD COLUMN link TEXT NOT NULL DEFAULT '';         -- how deal_id was found: '', auto, guess, chosen
ALTER TABLE thread ADD COLUMN asks TEXT NOT NULL DEFAULT '[]';       -- JSON: its mail without an answer (store.magnet)
CREATE TABLE magnet (
    thread_id INTEGER PRIMARY KEY,
    dismissed INTEGER NOT NULL DEFAULT 0,     -- the rep wants to hear no more of messages up to this one
    forced INTEGER                            -- 1 or 0: a filter put it on or off
) STRICT;
CREATE INDEX thread_in_magnet ON thread (col, date DESC, id DESC) WHERE views & 16384;

-- The rep's own columns and filters (COL-12, FLT).
CREATE TABLE own_column (
    name TEXT PRIMARY KEY,                    -- "x-…"
    title TEXT NOT NULL,
    query TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE filter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    query TEXT NOT NULL,
    actions TEXT NOT NULL,                    -- JSON [[verb, value], …]
    enabled INTEGER NOT NULL DEFAULT 1,
    position INTEGER NOT NULL
) STRICT;
CREATE TABLE arrival (                        -- mail that came, and that the filters have still to look at
    message INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE
) STRICT;

-- Mail by its sender's record (FLT-1), and the rep's own by whom it went to.
CREATE INDEX message_sender ON message (lower(sender_address), mine);
CREATE INDEX message_mine ON message (id) WHERE mine;
"""


@migrations()
def m0004_customers(db: Database) -> None:
    connection = db.conn
    _run(connection, CUSTOMERS)
    connection.execute("PRAGMA user_version = 4")
