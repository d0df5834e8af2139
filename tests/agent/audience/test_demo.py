"""`wenan audience demo`: exports to a draft in an empty folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.conftest import Ran


def test_the_demo_goes_from_exports_to_a_draft(workspace_dir: Path, wenan: Callable[..., Ran]) -> None:
    ran = wenan("audience", "demo", "--users", "400")
    assert ran.code == 0, ran.err
    steps = re.findall(r"^ *[\d.]+ 秒  (.+?)：", ran.err, re.M)
    assert steps == [
        "造店，写导出文件",
        "店里的商品进知识库",
        "导入",
        "特征",
        "分群",
        "画像，放进知识库",
        "写一条朋友圈",
    ]
    assert "推荐" in ran.err
    assert ran.out.strip()
    home = workspace_dir / "wenan-audience-demo"
    assert {path.name for path in (home / "导出").iterdir()} >= {"events.csv", "orders.xlsx", "users.jsonl"}
    assert len(yaml.safe_load((home / "资料" / "人群画像.yaml").read_text(encoding="utf-8"))) >= 3
    again = wenan("audience", "demo", "wenan-audience-demo", "--users", "400")
    assert again.code == 2
    assert "换一个文件夹名" in again.err
