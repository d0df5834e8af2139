"""One's own scorers, and the registry: names, directions, defaults, light imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evals.records import Score
from evals.scorers import ABOUT, HIGHER_IS_BETTER, REGISTRY, Options, about, scorers_for
from evals.scorers.python import PythonScorer
from knowledge_base.errors import BadInputError
from tests.evals.scorers.answers import moments

SOURCE = """
from dataclasses import dataclass
from evals.records import Score

@dataclass
class Kept:
    n: int = 0

def number(sampled): return len(sampled.draft.copy.text) / 100
def yes(sampled): return True
def none(sampled): return None
def mapping(sampled): return {"value": 0.5, "passed": True, "explanation": "一半"}
def score(sampled): return Score("mine", 0.25, None, "四分之一")
def several(sampled): return [Score("a", 1.0), Score("python.b", None, explanation="没有")]
def crash(sampled): return 1 / 0
def leave(sampled): raise SystemExit(3)
def text(sampled): return "0.5"
def bad_mapping(sampled): return {"score": 1}
def nan(sampled): return float("nan")
def odd(sampled): return ["x"]
def deep(sampled): return deep(sampled)
def rated(sampled): return 1.0
rated.tier = "compliance"
constant = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "评测 集"
    place.mkdir()
    (place / "我的.py").write_text(SOURCE, encoding="utf-8")
    return place


def run(folder: Path, function: str) -> tuple[Score, ...]:
    return PythonScorer(f"我的.py:{function}", folder).score(moments("水" * 50))


@pytest.mark.parametrize(
    ("function", "value", "passed"),
    [("number", 0.5, None), ("yes", 1.0, True), ("mapping", 0.5, True), ("score", 0.25, None)],
)
def test_what_a_function_may_return(folder: Path, function: str, value: float, passed: bool | None) -> None:
    (found,) = run(folder, function)
    assert (found.value, found.passed) == (value, passed)
    assert found.scorer == ("python.mine" if function == "score" else f"python.{function}")


def test_none_and_several(folder: Path) -> None:
    assert run(folder, "none") == ()
    assert [(one.scorer, one.value) for one in run(folder, "several")] == [("python.a", 1.0), ("python.b", None)]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("crash", "ZeroDivisionError"), ("leave", "SystemExit"), ("text", "str"), ("bad_mapping", "value"),
        ("nan", "nan"), ("odd", "str"), ("deep", "RecursionError"),
    ],
)  # fmt: skip
def test_errors_are_scores_without_value_and_never_zero(folder: Path, function: str, said: str) -> None:
    (found,) = run(folder, function)
    assert (found.value, found.passed) == (None, None)
    assert said in found.explanation
    assert "\n" not in found.explanation


def test_a_crash_names_the_line(folder: Path) -> None:
    (found,) = run(folder, "crash")
    assert f"我的.py 第 {SOURCE.splitlines().index('def crash(sampled): return 1 / 0') + 1} 行" in found.explanation


@pytest.mark.parametrize(
    "spec",
    ["没有.py:f", "我的.py:没有", "我的.py:constant", "我的.py:", ":f", "no.such.module:f", "坏的.py:f", "json:不存在"],
)
def test_what_cannot_be_loaded_is_bad_input(folder: Path, spec: str) -> None:
    (folder / "坏的.py").write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(BadInputError) as problem:
        PythonScorer(spec, folder)
    assert problem.value.hint


def test_a_module_and_an_absolute_path(folder: Path) -> None:
    assert PythonScorer(f"{folder / '我的.py'}:yes").score(moments("水"))[0].passed
    assert PythonScorer("operator:truth").score(moments("水"))[0].value == 1.0
    assert PythonScorer("我的.py:rated", folder).tier == "compliance"


def test_names_scores_and_starts_select_scorers(folder: Path) -> None:
    def names(*wanted: str) -> list[str]:
        found = scorers_for(wanted, forms={"ad"}, options=Options(folder=folder))
        return [scorer.name for scorer in found]

    assert names("hook") == ["hook"]
    assert names("facts") == ["facts.precision", "facts.recall"]
    assert names("persona.fit", "persona.avoid", "hook") == ["persona", "hook"]
    assert names("我的.py:yes", "spec") == ["python.yes", "spec"]
    with pytest.raises(BadInputError, match="没有评分器") as problem:
        names("persna")
    assert "persona" in problem.value.hint


def test_defaults_follow_the_forms() -> None:
    moments_set = {scorer.name for scorer in scorers_for((), forms={"ad"})}
    replies = {scorer.name for scorer in scorers_for((), forms={"service"})}
    assert {"hook", "structure", "persona", "distinct"} <= moments_set - replies
    assert {"reply"} <= replies - moments_set
    assert len(moments_set) >= 10
    assert moments_set | replies == {scorer.name for scorer in scorers_for((), forms={"ad", "service"})}


def test_every_scorer_is_described() -> None:
    for entry in REGISTRY.values():
        assert entry.scores
        for name, described in entry.scores.items():
            assert name.partition(".")[0] == entry.name.partition(".")[0] or entry.name in ("cost", "assertions")
            assert described.label
            assert described.what
    assert HIGHER_IS_BETTER["facts.precision"] is True
    assert HIGHER_IS_BETTER["ai_flavour"] is HIGHER_IS_BETTER["latency"] is False
    assert "length" not in HIGHER_IS_BETTER
    assert ABOUT["facts.precision"].tier == ABOUT["compliance.block"].tier == "compliance"
    assert ABOUT["facts.recall"].tier == "quality"
    assert ABOUT["retrieval.mrr"].tier == "retrieval"
    known = about("assert.contains#2")
    assert known is not None
    assert known.tier == "assertion"
    assert about("python.mine") is not None
    assert about("nonsense") is None


def test_the_default_set_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from tests.evals.scorers.answers import moments, personas\n"
        "from evals.scorers import Options, scorers_for\n"
        "row = moments('图书馆没热水，早八又快到了。撕一条，冷水 3 秒化开。')\n"
        "for scorer in scorers_for((), forms={'ad'}, options=Options(personas=personas())):\n"
        "    scorer.score(row) if hasattr(scorer, 'score') else scorer.score_group([row])\n"
        "heavy = 'openai chromadb langchain langchain_core scipy sacrebleu jsonschema regex rapidfuzz'.split()\n"
        "print([m for m in heavy if m in sys.modules])\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
