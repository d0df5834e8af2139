"""The predictor of next actions in the workspace: the file, its card with hash, who it learnt from, how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from knowledge_base.audience import parts
from knowledge_base.audience.model_files import SUFFIX
from knowledge_base.audience.sequences import files
from knowledge_base.audience.sequences.choose import NextAction
from knowledge_base.audience.sequences.predictor import Predictor
from knowledge_base.audience.store import now
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

NAME = "next"
MODEL = f"models/{NAME}{SUFFIX}"
TRAINING = f"models/{NAME}.training.parquet"
"""Only who was learnt from: forgetting a person empties their row and marks the card stale."""
OLD = timedelta(days=30)
"""Age of the latest event from which it is said that the data are old."""


def keep(store: AudienceStore, chosen: NextAction) -> dict[str, Any]:
    """Saves all three; returns the card."""
    sha256 = files.save(chosen, store.folder / MODEL)
    parts.write(store.events().select("user").unique(), store.folder / TRAINING)
    data = [f"{one.file} {one.sha256[:12]}" for one in store.imports() if one.purpose == store.purpose]
    span = store.span()
    card = {
        **chosen.as_dict(), "purpose": store.purpose, "data": data, "data_until": span[1].isoformat() if span else None,
        "file": MODEL, "sha256": sha256, "training": TRAINING,
    }  # fmt: skip
    store.save_card(NAME, card)
    return card


def load(store: AudienceStore) -> tuple[Predictor, dict[str, Any]]:
    """The workspace's predictor and card.

    Raises BadInputError when none was trained, or one from data that people gave for another purpose; StorageError for
    a changed file.
    """
    card = store.cards().get(NAME)
    if card is None:
        raise BadInputError("还没有训练下一步动作模型", hint=f"先运行 {files.COMMAND}。")
    # Cards of before purposes were noted cannot be told apart.
    purpose = card.get("purpose", store.purpose)
    if purpose != store.purpose:
        raise BadInputError(
            f"模型是用用途「{purpose}」的数据训练的，不能拿来预测用途「{store.purpose}」的人",
            hint=f"用这个用途的数据重新训练：{files.COMMAND} --consent-purpose {store.purpose}。",
        )
    return files.load(store.folder / MODEL, str(card["sha256"])), card


def age(store: AudienceStore, card: Mapping[str, Any]) -> tuple[str, ...]:
    """In Chinese: what is old about the model or the data, with the next step; empty when nothing is."""
    found = []
    again = f"重新训练：{files.COMMAND}"
    if card.get("stale"):
        found.append(f"模型过期：{card['stale']}：{files.COMMAND}")
    later = [one for one in store.imports() if one.purpose == store.purpose and one.at > _moment(card["at"])]
    if later:
        found.append(f"训练之后又导入了 {len(later)} 个文件，模型没有学过它们；{again}")
    span = store.span()
    if span and now().replace(tzinfo=None) - span[1] > OLD:
        days = (now().replace(tzinfo=None) - span[1]).days
        found.append(f"行为数据停在 {days} 天前，说的是那时候的人；先导入新的：wenan audience import 文件…")
    if "returning" not in card:
        found.append(f"模型是旧版训练的，说不出离开的人下次来先做什么；{again}")
    return tuple(found)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
