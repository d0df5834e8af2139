"""Tables of one's own: separators, encodings, words for outcomes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cli
from knowledge_base.audience.propensity.table import read_table
from knowledge_base.errors import BadInputError, UsageError


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("words", [("yes", "no"), ("是", "否"), ("TRUE", "FALSE"), ("1", "0")], ids=lambda one: one[0])
def test_usual_tables(tmp_path: Path, sign: str, encoding: str, words: tuple[str, str]) -> None:
    path = tmp_path / "t.csv"
    lines = [sign.join(("城市名", "余额", "买了吗"))]
    lines += [sign.join((("北京市", "上海市")[n % 2], str(n * 1.5), words[n % 3 == 0])) for n in range(30)]
    path.write_text("\n".join(lines), encoding=encoding)
    found = read_table(path, "买了吗")
    assert found.names == ("城市名=上海市", "城市名=北京市", "余额")
    np.testing.assert_array_equal(found.outcome, [n % 3 != 0 for n in range(30)])


def test_times_make_a_split_by_time(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("u,at,x,y\n" + "\n".join(f"u{n % 9},2026-0{1 + n % 4}-01,{n},{n % 2}" for n in range(40)))
    found = read_table(path, "y", user="u", when="at", days=7)
    assert found.when is not None
    assert len(np.unique(found.when)) == 4
    assert found.users.max() == 8


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y,at\n1,0,昨天\n2,1,今天\n", encoding="utf-8")
    with pytest.raises(UsageError, match="没有列 z"):
        read_table(path, "z")
    with pytest.raises(BadInputError, match="时间"):
        read_table(path, "y", when="at")
    with pytest.raises(BadInputError, match="没有这个文件"):
        read_table(tmp_path / "no.csv", "y")
    with pytest.raises(BadInputError, match="是/否"):
        read_table(path, "at")


def test_the_command_names_leaks_and_leaves_protected_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "bank.csv"
    rows = ["age;balance;duration;y"]
    for _ in range(300):
        balance = rng.normal()
        yes = rng.random() < 1 / (1 + np.exp(-2 * balance))
        rows.append(
            f"{rng.integers(20, 60)};{balance:.3f};{100 + 400 * yes + rng.normal(0, 200):.0f};{'yes' if yes else 'no'}"
        )
    path.write_text("\n".join(rows), encoding="utf-8")
    assert cli.run(["audience", "train", "propensity", "--table", str(path), "--outcome", "y"]) == 0
    text = capsys.readouterr().out
    assert "可疑特征 duration" in text
    assert "已排除" in text
    assert "敏感属性没有用：age" in text
    assert cli.run(["audience", "train", "propensity", "--table", str(path)]) == 2
