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


def bank(path: Path, separator: str, encoding: str, yes: str, no: str) -> None:
    """Numbers with signs, dates of another country, a number of rows, an id, gaps written as ?."""
    rng = np.random.default_rng(1)
    rows = [separator.join(("客户ID", "注册", "余额", "职业", "y"))]
    for number in range(240):
        bought = number % 4 == 0
        balance = rng.integers(100, 400) + 300 * bought
        job = "?" if number % 9 == 0 else "学生"
        day = f"{1 + number % 12}/{1 + number % 28}/2020"
        cells = (f"C{number}", day, f'"￥1,{balance}.00"', job, yes if bought else no)
        rows.append(separator.join(cells))
    path.write_text("\n".join(rows), encoding=encoding)


@pytest.mark.parametrize(
    ("separator", "encoding", "yes", "no", "positive"),
    [
        (";", "utf-8-sig", "yes", "no", ""),
        (",", "gbk", "是", "否", ""),
        ("\t", "utf-8", "TRUE", "FALSE", ""),
        ("|", "utf-8", "1.0", "0.0", ""),
        (",", "utf-8", "1", "-1", ""),
        (",", "utf-8", "Churned", "Stayed", "Churned"),
    ],
)
def test_tables_as_people_have_them(
    tmp_path: Path, separator: str, encoding: str, yes: str, no: str, positive: str
) -> None:
    path = tmp_path / "bank.csv"
    bank(path, separator, encoding, yes, no)
    rows = read_table(path, "y", positive=positive)
    assert rows.outcome.sum() == 60
    kinds = {column.source: column.time for column in rows.encoding.columns}
    assert kinds == {"注册": True, "余额": False, "职业": False}
    balance = rows.matrix[:, [column.source for column in rows.encoding.columns].index("余额")]
    assert 1_000 < balance[~rows.outcome].mean() < balance[rows.outcome].mean() < 2_000
    assert dict(rows.left_out)["客户ID"] == "每行都不一样，是编号"


def test_two_words_nobody_knows_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    bank(path, ",", "utf-8", "Churned", "Stayed")
    with pytest.raises(BadInputError) as caught:
        read_table(path, "y")
    assert "--positive Stayed" in str(caught.value.hint)
    with pytest.raises(UsageError, match="没有这个值"):
        read_table(path, "y", positive="Left")


def test_a_workbook_is_a_table_too(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["visits", "y"])
    for number in range(40):
        sheet.append([number, number % 2])
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx", "y").outcome.sum() == 20
