"""What the sample's rep has to do, has noted and has agreed on, around today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from salesinbox.demo.dates import Calendar
from salesinbox.demo.people import PEOPLE
from salesinbox.model.records import CALL, CASE, CONTACT, DEAL, EVENT, LEAD, NOTE, TASK

if TYPE_CHECKING:
    from salesinbox.services.records.changes import RecordChanges
    from salesinbox.services.records.reading import RecordService


@dataclass(frozen=True, slots=True)
class Activity:
    """`about` are keys of PEOPLE and names of deals. `day` counts working days from today; None: no day."""

    kind: str
    name: str
    about: tuple[str, ...]
    day: int | None = None
    time: str = ""
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


ACTIVITIES = (
    Activity(TASK, "見積書の再提出（値引き後）", ("nagata", "受発注システム刷新"), -1, values={"priority": "High"}),
    Activity(TASK, "Send the revised rollout plan", ("james", "Warehouse rollout, Portland and Reno"), -2),
    Activity(TASK, "契約書のドラフトを法務に依頼", ("otsuka", "配送計画 年間契約更新"), 0),
    Activity(TASK, "Call back about the training dates", ("eleanor", "Renewal, year two"), 0, "16:00"),
    Activity(TASK, "導入事例を送る", ("kiritani", "在庫管理 全支店導入"), 1),
    Activity(TASK, "Prepare the Lyon site visit", ("camille", "Entrepôt de Lyon"), 3),
    Activity(TASK, "展示会のお礼状", ("shimura",), 5),
    Activity(EVENT, "定例ミーティング（オンライン）", ("nagata", "受発注システム刷新"), 1, "10:00-11:00"),
    Activity(EVENT, "Site walk-through, Hamburg", ("jonas", "Route planning, Hamburg hub"), 2, "17:00-18:30"),
    Activity(EVENT, "役員デモ", ("kiritani", "在庫管理 全支店導入"), 4, "14:00-15:30"),
    Activity(CALL, "Kick-off call", ("danielle", "Clinic supplies, 11 sites"), -3, "22:30",
             values={"direction": "Outbound", "minutes": "25", "result": "Wants a plan by site"}),
    Activity(NOTE, "決裁の流れ", ("nagata", "受発注システム刷新"),
             text="部長決裁は400万円まで。それを超えると役員会（毎月第2水曜）。"),
    Activity(NOTE, "What matters to James", ("james",),
             text="Reno must not stop during the holidays. Breakage reports decide, not the price."),
    Activity(NOTE, "競合", ("otsuka", "配送計画 年間契約更新"), text="他社の見積は年額280万円。サポートの質で勝てる。"),
    Activity(CASE, "ハンディ端末のバッテリー交換", ("komiya",), values={"priority": "High", "origin": "Mail"}),
)  # fmt: skip


def values(activity: Activity, now: datetime) -> dict[str, str]:
    """The fields of an activity, by their names (`model.fields`); `now` is aware."""
    found = {"name": activity.name, **activity.values}
    if activity.text:
        found["description"] = activity.text
    if activity.day is not None:
        day = Calendar(now).working_day(activity.day).isoformat()
        when = f"{day} {activity.time}" if activity.time else day
        found["due" if activity.kind == TASK else "start"] = when
    return found


def put(changes: "RecordChanges", records: "RecordService", now: datetime) -> None:
    """Write them into the records of the sample, which are there already."""
    for activity in ACTIVITIES:
        about = []
        for key in activity.about:
            person = PEOPLE.get(key)
            kind, text = (CONTACT, person.address) if person else (DEAL, key)
            found = records.find(text, (kind, LEAD) if person else (kind,), 1)
            about += [one.id for one in found]
        changes.create(activity.kind, values(activity, now), about=about)
