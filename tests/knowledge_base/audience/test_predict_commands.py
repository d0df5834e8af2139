"""`audience predict next` on an invented shop: what it says, writes, refuses, and what forgetting takes out again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import cli
from knowledge_base.audience.sequences import keep
from knowledge_base.audience.sequences.choose import train_next
from knowledge_base.audience.sequences.steps import OWN, steps
from knowledge_base.audience.store import AudienceStore, Import
from knowledge_base.workspace import Workspace
from tests.knowledge_base.audience.shop_store import shop_store


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A shop of 250 people with a model and the true segments as its groups; read only."""
    folder = tmp_path_factory.mktemp("next")
    made = shop_store(folder, 250, days=120)
    with made.store as store:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("knowledge_base.audience.sequences.gru_training.installed", lambda: False)
            keep.keep(store, train_next(steps(store.events())))
        members = pl.DataFrame({"user": list(made.segment), "segment": list(made.segment.values())})
        (store.folder / "segments").mkdir()
        members.write_parquet(store.folder / "segments" / "segments.parquet")
    return folder, made.segment


@pytest.fixture
def shop(trained: tuple[Path, dict[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private copy."""
    import shutil

    shutil.copytree(trained[0], tmp_path / "店")
    monkeypatch.setenv("WENAN_HOME", str(tmp_path / "店"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return cli.run(["audience", *words])


def test_everybody_and_each_segment(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("predict", "next") == 0
    text = capsys.readouterr().out
    for said in ("模型：梯度提升", "数据到 2026-11-", "猜中", "全猜最常见的", "segment:1", "在店里"):
        assert said in text
    assert run("predict", "next", "--format", "json") == 0
    body = json.loads(capsys.readouterr().out)
    assert body["model"]["kind"] == "boosting"
    assert {one["id"] for one in body["segments"]} <= {f"segment:{number}" for number in range(1, 6)}
    assert all(one["people"] >= 20 for one in body["segments"])
    assert run("predict", "next", "--segment", "2", "--format", "json") == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["segments"]] == ["segment:2"]


def test_before_there_are_segments(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "店" / ".wenan" / "audience" / "segments" / "segments.parquet").unlink()
    assert run("predict", "next") == 0
    text = capsys.readouterr().out
    assert "人：要是没走，接着最可能购买" in text
    assert "还没有分群" in text


def test_a_card_of_an_earlier_version(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AudienceStore.open(Workspace.find()) as store:
        new = {"at", "purpose", "data_until", "over_common", "going_on", "returning", "returning_chained"}
        store.save_card("next", {name: value for name, value in store.cards()["next"].items() if name not in new})
    assert run("predict", "next") == 0
    told = capsys.readouterr()
    assert "旧版训练的" in told.err
    assert "每一步：猜中" in told.out


def test_segments_differ_as_they_truly_do(
    shop: Path, trained: tuple[Path, dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What a group is said to do more of than others is what its people did more of."""
    assert run("predict", "next", "--format", "json") == 0
    body = json.loads(capsys.readouterr().out)
    segment = trained[1]
    with AudienceStore.open(Workspace.find()) as store:
        events = store.events().select("user", pl.col("action").cast(pl.String)).collect()
    events = events.filter(pl.col("action").is_in(OWN))
    own = events.with_columns(segment=pl.col("user").replace_strict(segment, return_dtype=pl.Int64))
    checked = 0
    for one in body["segments"]:
        number = int(one["id"].removeprefix("segment:")) - 1
        for action in ("收藏", "评论", "转发", "点赞"):
            here, others = one["in_visit"][action], one["elsewhere"][action]
            if not 0.5 <= here / others <= 2:
                mine = (own.filter(pl.col("segment") == number)["action"] == action).mean()
                theirs = (own.filter(pl.col("segment") != number)["action"] == action).mean()
                assert isinstance(mine, float)
                assert isinstance(theirs, float)
                assert (mine > theirs) == (here > others), (one["id"], action)
                checked += 1
    assert checked >= 3


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_a_table_of_people_and_forgetting(shop: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = shop / f"预测.{suffix}"
    assert run("predict", "next", "--out", str(path)) == 0
    before = _rows(path)
    assert {len(one["user"]) for one in before} == {16}
    user = before[3]["user"]
    assert run("forget", user, "--yes") == 0
    text = capsys.readouterr().out
    assert "导出的预测表：删除 1 处" in text
    assert "next.training.parquet 里 1 行" in text
    assert "副本" in text
    assert _rows(path) == [one for one in before if one["user"] != user]
    assert run("predict", "next", "--user", user) == 3
    assert run("predict", "next") == 0
    assert "模型过期" in capsys.readouterr().err


def _rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).to_dicts()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        assert text.startswith("\ufeff")
        return pl.read_csv(path, infer_schema=False).to_dicts()
    found = json.loads(text) if path.suffix == ".json" else [json.loads(one) for one in text.splitlines()]
    assert isinstance(found, list)
    return found


def test_another_file_in_its_place_is_left_alone(shop: Path) -> None:
    path = shop / "预测.csv"
    assert run("predict", "next", "--out", str(path)) == 0
    user = _rows(path)[0]["user"]
    path.write_text(f"user,别的\n{user},1\n", encoding="utf-8")
    assert run("forget", user, "--yes") == 0
    assert path.read_text(encoding="utf-8") == f"user,别的\n{user},1\n"


def test_one_person(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AudienceStore.open(Workspace.find()) as store:
        moment = datetime(2026, 11, 1)  # noqa: DTZ001 - UTC without a zone, as in the store
        row = {"user": [store.pseudonyms.of_id("U-4711")], "time": [moment], "action": ["加购"]}
        store.put_events(pl.DataFrame(row))
        pseudonym = store.pseudonyms.of_id("U-4711")
    assert run("predict", "next", "--user", "U-4711") == 0
    text = capsys.readouterr().out
    assert "U-4711" not in text
    assert f"{pseudonym}：最后加购，2026-11-01 08:00，已经离开" in text
    assert "下次来先：阅读" in text
    assert "要是那时没走，接着最可能：购买" in text
    assert run("why", "U-4711") == 0
    assert "下一步动作" in capsys.readouterr().out


def test_old_data_and_later_imports_are_told(shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    with AudienceStore.open(Workspace.find()) as store:
        done = Import(
            id="i", file="新.csv", sha256="0" * 64, kind="events", purpose="营销", basis="同意记录",
            at=datetime.now(UTC) + timedelta(minutes=1), options={}, report={},
        )  # fmt: skip
        store.record([], done=done)
    monkeypatch.setattr(keep, "now", lambda: datetime(2027, 3, 1, tzinfo=UTC))
    assert run("predict", "next", "--format", "json") == 0
    told = capsys.readouterr()
    assert "又导入了 1 个文件" in told.err
    assert "天前" in told.err
    assert len(json.loads(told.out)["old"]) == 2


def test_a_model_of_another_purpose_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AudienceStore.open(Workspace.find(), "研究") as store:
        store.put_events(pl.DataFrame({"user": ["a" * 16], "time": [datetime(2026, 11, 1)], "action": ["阅读"]}))  # noqa: DTZ001
    assert run("predict", "next", "--consent-purpose", "研究") == 3
    assert "用途「营销」的数据训练的" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--user", "没有这个人"], 3, "只有同意了这个用途"),
        (["--segment", "77"], 3, "没有人群 segment:77"),
        (["--out", "a.xls"], 2, ".csv"),
        (["--consent-purpose", "没有"], 3, "还没有数据"),
        (["--timezone", "火星"], 2, "火星"),
    ],
    ids=["user", "segment", "suffix", "purpose", "zone"],
)
def test_refusals(shop: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("predict", "next", *words) == code
    assert said in capsys.readouterr().err


def test_no_model_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WENAN_HOME", str(tmp_path))
    shop_store(tmp_path, 30).store.close()
    assert run("predict", "next") == 3
    assert "wenan audience train next" in capsys.readouterr().err
