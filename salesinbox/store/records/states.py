"""What `is:` and `has:` mean beside the fields of records: words for them, and their SQL (REC-1)."""

from collections.abc import Mapping

LETTERS = {"p": "person", "c": "company", "d": "deal"}
"""Tables of records that activities are about, by the letter of their ids."""

IS_CALLED = {
    "完了": "done", "completed": "done", "受注": "won", "失注": "lost", "進行中": "open", "未完了": "open",
    "期限切れ": "overdue", "自分": "mine", "snoozed": "hidden", "late": "overdue",
}  # fmt: skip
HAS_CALLED = {"メール": "mail", "商談": "deal", "タスク": "task", "メモ": "note", "deals": "deal", "tasks": "task",
               "notes": "note", "files": "file", "ファイル": "file"}  # fmt: skip
_WROTE = "EXISTS (SELECT 1 FROM person_address AS a CROSS JOIN correspondent AS w ON w.address = a.address WHERE "
_OPEN_ITEM = (
    "'{letter}' || {{alias}}.id IN (SELECT record FROM item AS x CROSS JOIN item_about ON item_id = x.id"
    " WHERE x.kind = '{kind}' AND x.closed = 0)"
)


def _items_of(kind: str, tables: Mapping[str, str] = LETTERS) -> dict[str, str]:
    return {table: _OPEN_ITEM.format(letter=letter, kind=kind) for letter, table in tables.items()}


HAS: dict[str, dict[str, str]] = {
    "mail": {
        "person": _WROTE + "a.person_id = {alias}.id)",
        "company": _WROTE + "a.person_id IN (SELECT id FROM person WHERE company_id = {alias}.id))",
        "deal": (
            "(EXISTS (SELECT 1 FROM link WHERE deal_id = {alias}.id) OR "
            + _WROTE + "a.person_id IN (SELECT person_id FROM deal_contact WHERE deal_id = {alias}.id)))"
        ),
        "item": "{alias}.message IS NOT NULL",
    },
    "deal": {
        "person": "EXISTS (SELECT 1 FROM deal_contact WHERE person_id = {alias}.id)",
        "company": "EXISTS (SELECT 1 FROM deal WHERE company_id = {alias}.id)",
    },
    "task": _items_of("task"),
    "note": _items_of("note"),
    "file": {
        table: f"'{letter}' || {{alias}}.id IN (SELECT record FROM record_file WHERE removed = 0)"
        for letter, table in LETTERS.items()
    },
}  # fmt: skip
"""What `has:` knows beside fields, by table."""
