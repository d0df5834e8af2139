"""`wenan audience` as people type it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import Ran
from tests.knowledge_base.audience.conftest import USERS, Made

Wenan = Callable[..., Ran]


@pytest.fixture
def shop_dir(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the imported shop, and the current folder."""
    shutil.copytree(made.home, tmp_path / "店")
    monkeypatch.chdir(tmp_path / "店")
    return tmp_path / "店"


def test_from_nothing_to_status(wenan: Wenan, workspace_dir: Path) -> None:
    assert "还没有导入过数据" in wenan("audience", "status").out
    made = wenan("audience", "synth", "店", "--users", "40", "--days", "60", "--until", "2026-11-20")
    files = made.out.split()
    assert [Path(name).name for name in files] == [
        "users.jsonl", "events.csv", "orders.xlsx", "messages.csv", "truth.json",
    ]  # fmt: skip
    done = wenan("audience", "import", *files[:4])
    assert done.code == 0
    assert "丢弃 像机器人" in done.out
    assert "含个人信息的列没有存：昵称、手机号" in done.out
    assert wenan("audience", "import", *files[:4]).out.count("这次什么都没有改") == 4
    status = wenan("audience", "status").out
    assert "同意记录：同意" in status
    assert "导入过 4 个文件" in status


def test_status_shows_what_was_chosen(wenan: Wenan, workspace_dir: Path) -> None:
    (workspace_dir / "a.csv").write_text("谁,time,action\nu,2026-11-01,扫码\n", encoding="utf-8")
    wish = ("--map", "谁=user", "--action", "扫码=点击", "--assume-consent", "会员协议第 3 条", "--kind", "events")
    assert wenan("audience", "import", "a.csv", *wish).code == 0
    status = wenan("audience", "status").out
    assert "依据 默认同意：会员协议第 3 条" in status
    assert "--map 谁=user --action 扫码=点击" in status
    found = json.loads(wenan("audience", "status", "-f", "json").out)
    assert found["imports"][0]["options"]["actions"] == {"扫码": "点击"}


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["import", "没有.csv"], 3, "没有这个文件"),
        (["import", "a.csv", "--timezone", "火星"], 2, "没有时区「火星」"),
        (["import", "a.csv", "--map", "x"], 2, "看不懂"),
        (["import", "a.csv", "--action", "x=吃"], 2, "没有动作「吃」"),
        (["import", "a.csv", "--kind", "orders"], 3, "缺少"),
        (["forget", "u", "-y"], 2, "还没有人群数据"),
        (["why", "u"], 3, "没有「u」的数据"),
        (["features", "-o", "f.csv"], 3, "还没有行为或订单数据"),
        (["features", "-o", "f.doc"], 2, ".csv 或 .parquet"),
        (["synth", "x", "--until", "明天"], 2, "不是日期"),
        (["segment"], 2, "没有命令"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else None,
)
def test_mistakes_are_explained(wenan: Wenan, workspace_dir: Path, args: list[str], code: int, says: str) -> None:
    (workspace_dir / "a.csv").write_text("user,time,action\nu,2026-11-01,阅读\n", encoding="utf-8")
    ran = wenan("audience", *args)
    assert ran.code == code
    assert says in ran.err


def test_forget_then_why(wenan: Wenan, made: Made, shop_dir: Path) -> None:
    out = {*made.truth["consent"]["refused"], *made.truth["consent"]["unlisted"]}
    user = next(id for id in made.truth["users"] if id not in out)
    known = wenan("audience", "why", user)
    assert "和其他人最不一样的地方" in known.out
    assert user not in known.out
    gone = wenan("audience", "forget", user, "--yes")
    assert gone.code == 0
    assert "都找不到了" in gone.out
    assert wenan("audience", "why", user).code == 3
    assert "可以再导入" in wenan("audience", "forget", user, "--readmit").out


def test_forget_that_leaves_something_fails(wenan: Wenan, made: Made, shop_dir: Path) -> None:
    user = next(iter(made.truth["users"]))
    (shop_dir / ".wenan" / "笔记.txt").write_text(user, encoding="utf-8")
    ran = wenan("audience", "forget", user, "-f", "json")
    assert ran.code == 1
    assert json.loads(ran.out)["remaining"] == ["笔记.txt"]


def test_features_file_and_catalogue(wenan: Wenan, shop_dir: Path) -> None:
    assert wenan("audience", "features", "-o", "f.parquet", "--at", "2026-10-01").code == 0
    frame = pl.read_parquet("f.parquet")
    assert 0 < frame.height <= USERS + 4
    assert "tags_count" not in frame.columns
    assert "RFM 的 R" in wenan("audience", "features").out
    assert json.loads(wenan("audience", "features", "-f", "json").out)[0]["name"] == "events_total"


def test_help_loads_no_data_libraries() -> None:
    code = (
        "import sys, cli\ncli.run(['audience', '--help'])\n"
        "print([name for name in ('polars', 'sklearn', 'scipy', 'numpy', 'yaml') if name in sys.modules])"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_missing_library_says_how_to_get_it(
    wenan: Wenan, workspace_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge_base.audience import extra

    monkeypatch.setattr(extra, "find_spec", lambda _: None)
    ran = wenan("audience", "status")
    assert ran.code == 2
    assert 'pip install "wenan[audience]"' in ran.err
