"""Runs at the terminal: lists, the figures of one run, one case with its drafts and the reason of every score."""

from __future__ import annotations

import json
from typing import Any

from agent.codec import to_plain
from agent.copies import fields
from evals.database import EvalsDb, RunLine
from evals.records import Row, Run, Score
from evals.suite import SHIPPED, load_suite, suite_files
from knowledge_base.console import out
from knowledge_base.errors import BadInputError, UnknownIdError
from knowledge_base.workspace import Workspace

FORM_NAMES = {"article": "文章", "ad": "广告", "post": "员工", "service": "客服", "comment": "评论"}


def figures_text(run: Run) -> None:
    from evals.reports.report import prepare
    from evals.reports.terminal import as_terminal, print_terminal

    report = prepare(run)
    if out().is_terminal:
        print_terminal(report, out())
    else:
        # A file or a pipe has no width of its own; folded at eighty columns the figures come apart.
        out().print(as_terminal(report), end="", markup=False, soft_wrap=True)


def figures_json(run: Run) -> dict[str, Any]:
    from evals.reports.json_report import as_json
    from evals.reports.report import prepare

    figures: dict[str, Any] = json.loads(as_json(prepare(run)))
    return figures


def list_text(*, as_json: bool) -> None:
    workspace = Workspace.find()
    suites = [_suite_line(file.stem, file, workspace) for file in _suites(workspace)]
    with EvalsDb.open(workspace) as db:
        runs = db.runs()
    if as_json:
        _say(json.dumps({"suites": suites, "runs": [_run_plain(line) for line in runs]}, ensure_ascii=False))
        return
    _say("评测集")
    for suite in suites:
        _say("  " + "\t".join(str(suite[name]) for name in ("name", "cases", "forms", "description", "file")))
    _say("跑过的评测" if runs else "还没有跑过评测：wenan eval run 评测集")
    for line in runs:
        state = "完成" if line.finished_at else "没跑完"
        errors = f"，出错 {line.errors}" if line.errors else ""
        counts = f"{line.scored}/{line.planned}{errors}"
        arms = f"{len(line.prompts)} 提示词 × {'、'.join(line.models)}"
        _say("  " + "\t".join((line.id[-8:], line.started_at[:16], line.suite, arms, counts, state)))


def show_text(wanted: str, case: str, *, as_json: bool) -> None:
    workspace = Workspace.find()
    with EvalsDb.open(workspace) as db:
        try:
            id = db.find(wanted)
        except UnknownIdError:
            if case or not _is_suite(wanted, workspace):
                raise
            _show_suite(wanted, workspace)
            return
        if case:
            _show_case(db, id, case, as_json=as_json)
            return
        run = db.run(id, drafts=as_json)
    if as_json:
        _say(json.dumps(figures_json(run), ensure_ascii=False))
    else:
        figures_text(run)


def _show_case(db: EvalsDb, run_id: str, case: str, *, as_json: bool) -> None:
    rows = [kept.row for kept in db.rows(run_id, where="case_id = ?", values=(case,))]
    if not rows:
        known = tuple(id for (id,) in db.store.all("SELECT DISTINCT case_id FROM rows WHERE run_id = ?", (run_id,)))
        near = tuple(id for id in known if case in id)[:5] or known[:5]
        raise UnknownIdError("用例", case, near)
    if as_json:
        _say(json.dumps([to_plain(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        _say(f"—— {row.case_id} · {row.variant.name} · 第 {row.sample + 1} 次 · {_took(row)}")
        if row.error:
            _say(f"出错：{row.error}")
        if row.draft is not None and row.draft.copy is not None:
            for name, text in fields(row.draft.copy).items():
                _say(f"[{name}] {text}")
        for score in row.scores:
            _say("  " + _score_line(score))


def _score_line(score: Score) -> str:
    value = "–" if score.value is None else f"{score.value:.4g}"
    mark = {True: "✓", False: "✗", None: " "}[score.passed]
    return f"{mark} {score.scorer} {value}" + (f"  {score.explanation}" if score.explanation else "")


def _took(row: Row) -> str:
    cost = "" if row.cost is None else f"，{row.cost:f} 元"
    return f"{row.input_tokens}+{row.output_tokens} token{cost}，{row.latency:.2f} 秒"


def _show_suite(wanted: str, workspace: Workspace) -> None:
    suite = load_suite(wanted, workspace)
    _say(f"{suite.name}：{len(suite.cases)} 条用例，{suite.description}")
    for case in suite.cases:
        about = "、".join((*case.wish.products, *filter(None, (case.wish.persona,)))) or case.wish.message[:20]
        _say("  " + "\t".join((case.id, FORM_NAMES[case.form], about, " ".join(case.tags))))


def _is_suite(wanted: str, workspace: Workspace) -> bool:
    from evals.suite import find_suite

    try:
        find_suite(wanted, workspace)
    except BadInputError:
        return False
    return True


def _suites(workspace: Workspace) -> list[Any]:
    return [*suite_files(workspace.root / "evals"), *suite_files(SHIPPED)]


def _suite_line(name: str, file: Any, workspace: Workspace) -> dict[str, Any]:
    try:
        suite = load_suite(file, workspace)
    except BadInputError as error:
        return {"name": name, "cases": 0, "forms": "", "description": f"读不了：{error.message}", "file": str(file)}
    forms = "、".join(FORM_NAMES[form] for form in sorted(suite.forms))
    return {
        "name": name,
        "cases": len(suite.cases),
        "forms": forms,
        "description": suite.description,
        "file": suite.file,
    }


def _run_plain(line: RunLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "suite": line.suite,
        "started_at": line.started_at,
        "finished_at": line.finished_at,
        "planned": line.planned,
        "scored": line.scored,
        "errors": line.errors,
        "cost": None if line.cost is None else str(line.cost),
        "models": list(line.models),
        "prompts": list(line.prompts),
    }


def _say(text: str) -> None:
    out().print(text, markup=False, soft_wrap=True, highlight=False)
