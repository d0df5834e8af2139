"""The commands on an invented shop: what they print, keep and refuse."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

import cli
from knowledge_base.audience.privacy.forget import forget
from knowledge_base.audience.propensity import keep
from knowledge_base.audience.sequences import files
from knowledge_base.audience.store import AudienceStore
from knowledge_base.workspace import Workspace
from tests.knowledge_base.audience.shop_store import shop_store


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WENAN_HOME", str(tmp_path))
    shop_store(tmp_path, 400).store.close()
    return tmp_path


def run(*words: str) -> int:
    return cli.run(["audience", *words])


def test_segments_are_printed_and_kept(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("segments", "--method", "kmeans", "-k", "5", "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in report["segments"]] == [f"segment:{number}" for number in range(1, 6)]
    with AudienceStore.open(Workspace.find()) as store:
        assert store.report("segments") == report
        kept = pl.read_parquet(store.folder / "segments" / "segments.parquet")
        assert kept.columns == ["user", "segment"]
        user = kept["user"][0]
        assert forget(store, user).remaining == ()
        assert user not in pl.read_parquet(store.folder / "segments" / "segments.parquet")["user"]
    assert run("segments", "--method", "kmeans", "-k", "5") == 0
    text = capsys.readouterr().out
    assert "K-means" in text
    assert "常做" in text


def test_propensity_keeps_a_card_and_forgets(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "propensity", "--days", "21", "--format", "json") == 0
    card = json.loads(capsys.readouterr().out)
    assert card["split"] == "time"
    assert set(card["compared"]) == {"logistic", "bayes", "svm", "tree", "forest", "boosting", "network"}
    with AudienceStore.open(Workspace.find()) as store:
        model, kept = keep.load(store)
        assert {name: value for name, value in kept.items() if name != "at"} == card
        assert (store.folder / keep.PREDICTIONS).is_file() == card["use"]
        user = pl.read_parquet(store.folder / keep.TRAINING)["user"][0]
        assert len(keep.predict(store, model, {})) > 300
        assert "propensity" in forget(store, user).models
        assert "stale" in store.cards()["propensity"]


def test_next_action_is_kept(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "next") == 0
    text = capsys.readouterr().out
    assert "二阶马尔可夫" in text
    assert "循环网络" in text
    with AudienceStore.open(Workspace.find()) as store:
        card = store.cards()["next"]
        path = store.folder / card["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == card["sha256"]
        files.load(path, card["sha256"])


def test_traits_and_lifetime_speak_chinese(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("traits", "--use", "gender=检查") == 0
    text = capsys.readouterr().out
    assert "标签：会员" in text
    assert "不是原因" in text
    assert run("lifetime") == 0
    assert "BG/NBD" in capsys.readouterr().out


def test_an_unfair_list_exits_with_1(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AudienceStore.open(Workspace.find()) as store:
        users = store.users().collect()
    women = users.filter(pl.col("gender") == "女")
    women.select("user").write_csv(shop / "women.csv")
    users.select("user").write_parquet(shop / "all.parquet")
    assert run("fairness", str(shop / "women.csv")) == 1
    assert "越界" in capsys.readouterr().out
    assert run("fairness", str(shop / "all.parquet")) == 0
    (shop / "wenan.toml").write_text("[audience.fairness]\nblock = false\n", encoding="utf-8")
    assert run("fairness", str(shop / "women.csv")) == 0


def test_a_model_that_is_not_used_need_not_be_trained_again(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AudienceStore.open(Workspace.find()) as store:
        store.save_card(keep.NAME, {"use": False})
    assert run("fairness") == 3
    said = capsys.readouterr().err
    assert "没有赢过简单规则" in said
    assert "名单.csv" in said
    assert "train propensity" not in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["segments", "--use", "gender"], 2, "理由"),
        (["train", "propensity", "--use", "income=想看看"], 2, "income"),
        (["train", "propensity", "--days", "200"], 3, "天"),
        (["fairness"], 3, "购买意向"),
        (["fairness", "none.csv"], 3, "没有这个文件"),
        (["traits", "--consent-purpose", "研究"], 3, "研究"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_refusals(shop: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == code
    assert said in capsys.readouterr().err
