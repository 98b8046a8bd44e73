"""The sample's rep has something to do today, and `u` does not take the sample apart."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.demo import activities
from salesinbox.demo.records import records
from salesinbox.model.records import CASE, NOTE
from salesinbox.model.settings import Display, Me, Settings
from salesinbox.wiring import Application

NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


def test_every_activity_is_about_records_of_the_sample(tmp_path: Path) -> None:
    settings = Settings(None, Me(zone=ZoneInfo("Asia/Tokyo")), (), Display(language="en"))
    application = Application(settings, tmp_path / "data", NOW.timestamp)
    for kind, table in records(NOW).items():
        (tmp_path / kind).write_text(table, encoding="utf-8")
        application.records.import_file(tmp_path / kind, kind)
    activities.put(application.record_changes, application.records, NOW)
    application.actions.settle()

    agenda = application.agenda.due()
    assert [item.name for item in agenda.overdue] == [
        "Send the revised rollout plan",
        "見積書の再提出（値引き後）",
    ]
    assert {item.name for item in agenda.today} == {
        "契約書のドラフトを法務に依頼",
        "Call back about the training dates",
    }
    assert len(agenda.events) == 3
    for kind in (CASE, NOTE):
        for item in application.records.page(kind).rows:
            wanted = next(one for one in activities.ACTIVITIES if one.name == item.name)
            assert len(item.about) == len(wanted.about)
    assert application.actions.undo().text == "Nothing to undo."
    application.close()
