"""Kept drafts as cases: the brief that led to a draft, and what was wrong with it as expectations to start from."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.draft import Draft
from agent.finding import blocking
from agent.ids import handle
from agent.journal import Journal
from agent.storage.files import write_pieces
from agent.storage.queries import Filters
from agent.storage.reviews import Review
from evals.suite import load_suite
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace

QUOTED = 12
"""Findings that are told in a case's note."""
HEAD = """\
# 由 wenan eval new 从稿件库生成。格式见 docs/evals.md。
# 每条的 note 说原稿哪里不好；expect 只是起点，请按“好稿该怎样”改一改：
#   selling_points: 必须写到的卖点   forbidden: 不许出现的词   assertions: - contains: 39 元
"""


def chosen_drafts(journal: Journal, wanted: Sequence[str], *, blocked: bool, limit: int) -> list[Draft]:
    """The drafts named, or the newest. Raises UnknownIdError or BadInputError for a name that fits none or many."""
    if wanted:
        return [journal.get(name) for name in wanted]
    found = []
    for row in journal.list(Filters()):
        if not blocked or row.status != "ok":
            found.append(journal.get(row.id))
        if len(found) == limit:
            break
    return found


def case_of(
    draft: Draft, reviews: Sequence[Review] = (), *, id: str = "", tags: Sequence[str] = (), must_pass: bool = False
) -> dict[str, Any]:
    """A case as a suite file holds it. Words that checks blocked are forbidden; what reviewers said is in the note."""
    brief = draft.brief
    turns = [{turn.role: turn.text} for turn in brief.history]
    said = {
        "channel": brief.channel,
        "form": brief.form,
        "product": list(brief.products) if len(brief.products) > 1 else next(iter(brief.products), None),
        "persona": brief.persona,
        "brand": brief.brand,
        "goal": brief.goal,
        "angle": brief.angle,
        "format": brief.format,
        "cta": brief.cta,
        "coupon": brief.coupon,
        "message": brief.message,
        "history": turns,
        "notes": brief.notes,
        "seed": brief.seed,
        "today": brief.today.isoformat(),
    }
    blocked = blocking(draft.findings)
    forbidden = list(dict.fromkeys(one.text for one in blocked if one.text and one.status == "violation"))
    expect: dict[str, Any] = {}
    if forbidden:
        expect["forbidden"] = forbidden
    if brief.channel == "reply" and draft.context.policies:
        expect["policies"] = []
    notes = [f"原稿 {draft.id}"]
    notes += [f"{one.rule_id}：{one.message}" for one in blocked[:QUOTED]]
    notes += [f"{one.name}：{one.comment}" for one in reviews if one.comment]
    case: dict[str, Any] = {
        "id": id or f"d-{handle(draft.id)}",
        "brief": {name: value for name, value in said.items() if value not in (None, "", [])},
        "expect": expect,
        "tags": list(dict.fromkeys((*tags, *(["原稿未过"] if blocked or draft.copy is None else [])))),
        "note": "\n".join(notes),
        "must_pass": must_pass,
    }
    return {name: value for name, value in case.items() if name == "expect" or value not in ([], {}, "", False)}


def suite_text(name: str, drafts: Sequence[Draft], reviews: Mapping[str, Sequence[Review]], today: str = "") -> str:
    """A whole suite file in YAML."""
    cases = _unique([case_of(draft, reviews.get(draft.id, ())) for draft in drafts], set())
    head = {
        "name": name,
        "description": "从写过的稿子来的用例",
        "knowledge": "workspace",
        "today": today or drafts[0].brief.today.isoformat(),
        "seed": 1,
    }
    return HEAD + _yaml({**head, "cases": cases})


def add_cases(path: Path, cases: Sequence[dict[str, Any]], workspace: Workspace) -> list[str]:
    """Appends cases to a suite file, comments and order kept; returns their ids. The result must be a good suite."""
    suite = load_suite(path, workspace)
    added = _unique(list(cases), {case.id for case in suite.cases})
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".jsonl":
        lines = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in added)
        changed = text + ("" if text.endswith("\n") else "\n") + lines
    else:
        from ruamel.yaml import YAML

        yaml = YAML(typ="rt")
        yaml.preserve_quotes = True
        yaml.width = 10_000
        yaml.indent(mapping=2, sequence=4, offset=2)
        data = yaml.load(text)
        data["cases"].extend(added)
        stream = io.StringIO()
        yaml.dump(data, stream)
        changed = stream.getvalue()
    write_pieces(path, [changed])
    try:
        load_suite(path, workspace)
    except BadInputError:
        write_pieces(path, [text])
        raise
    return [case["id"] for case in added]


def _unique(cases: Sequence[dict[str, Any]], taken: set[str]) -> list[dict[str, Any]]:
    found = []
    for case in cases:
        id, number = case["id"], 2
        while id in taken:
            id, number = f"{case['id']}-{number}", number + 1
        taken.add(id)
        found.append({**case, "id": id})
    return found


def _yaml(data: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Text of several lines as a block, lists indented under their key."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=10_000)
