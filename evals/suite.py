"""A suite as the lab knows it: cases not yet resolved against knowledge, and how they are to be run and judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from agent.brief import Form, Turn
from agent.options import FORMS, Wish
from evals.records import Assertion, Expectation, Variant
from evals.suite_file import BriefFile, CaseFile, ExpectFile, SuiteFile, parse_suite
from evals.suite_read import Document, read_suite_file
from knowledge_base.errors import BadInputError
from knowledge_base.records import Channel
from knowledge_base.workspace import Workspace

SHIPPED = Path(__file__).resolve().parent / "suites"
SUFFIXES = (".yaml", ".yml", ".jsonl", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCase:
    """A case as written; `evals.snapshots` turns it into a `Case` with a resolved brief."""

    id: str
    channel: Channel
    wish: Wish
    expect: Expectation = field(default_factory=Expectation)
    tags: tuple[str, ...] = ()
    note: str = ""
    must_pass: bool = False
    documents: tuple[tuple[str, str], ...] = ()
    group: str = ""
    line: int | None = None

    @property
    def form(self) -> Form:
        return FORMS[self.channel][self.wish.form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    name: str
    path: Path
    file: str
    """The path as messages show it."""
    sha256: str
    """Of the file's bytes, 64 hex digits."""
    cases: tuple[SuiteCase, ...]
    knowledge: tuple[str, ...] = ("workspace",)
    variants: tuple[Variant, ...] = ()
    """Prompts x models; the model is empty where the suite leaves it to the command line."""
    samples: int = 1
    attempts: int = 1
    scorers: tuple[str, ...] = ()
    """Names; empty for the default set of the forms."""
    judges: tuple[Any, ...] = ()
    """As written; evals/judges reads them."""
    gates: tuple[str, ...] = ()
    seed: int = 1
    description: str = ""
    tags: tuple[str, ...] = field(default=())
    """Every tag of the cases, sorted."""

    @property
    def forms(self) -> frozenset[Form]:
        return frozenset(case.form for case in self.cases)


def load_suite(path: Path | str, workspace: Workspace) -> Suite:
    """The suite in a file, or the one of this name in the workspace's `evals/` or among the shipped ones.

    Nothing is resolved against knowledge yet. Raises BadInputError naming file, line and field.
    """
    found = find_suite(path, workspace)
    document = read_suite_file(found, shown_path(found, workspace))
    if not isinstance(document.data, dict):
        raise document.error("应当是“字段: 值”的形式", hint="第一行写 name: 名字；格式见 docs/evals.md。")
    return _suite(parse_suite(document), document, found)


def find_suite(wanted: Path | str, workspace: Workspace) -> Path:
    """The file that a path or name means. Raises BadInputError listing what there is."""
    path = Path(wanted)
    if path.is_file():
        return path.resolve()
    places = [workspace.root / "evals", SHIPPED]
    for folder in (workspace.root, *places):
        for suffix in ("", *SUFFIXES):
            candidate = folder / f"{wanted}{suffix}"
            if candidate.is_file():
                return candidate.resolve()
    names = "、".join(sorted({file.stem for folder in places for file in suite_files(folder)}))
    raise BadInputError(f"没有评测集「{wanted}」", hint=f"写文件路径，或用现有的：{names or '（一个也没有）'}。")


def suite_files(folder: Path) -> list[Path]:
    """Suite files directly in a folder, sorted."""
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())


def shown_path(path: Path, workspace: Workspace) -> str:
    if path.is_relative_to(SHIPPED):
        return f"evals/suites/{path.relative_to(SHIPPED).as_posix()}"
    return workspace.relative(path)


def _suite(file: SuiteFile, document: Document, path: Path) -> Suite:
    seen: dict[str, int] = {}
    for i, case in enumerate(file.cases):
        if case.id in seen:
            raise document.error(
                f"编号「{case.id}」写了两次（另一处在第 {document.line(('cases', seen[case.id]))} 行）",
                ("cases", i, "id"),
                "每条用例的编号在一套里只用一次。",
            )
        seen[case.id] = i
    cases = tuple(_case(case, i, file, document) for i, case in enumerate(file.cases))
    prompts, models = file.prompts or ("",), file.models or ("",)
    knowledge = (file.knowledge,) if isinstance(file.knowledge, str) else file.knowledge
    return Suite(
        name=file.name,
        path=path,
        file=document.file,
        sha256=hashlib.sha256(document.text).hexdigest(),
        cases=cases,
        knowledge=knowledge or ("workspace",),
        variants=tuple(dict.fromkeys(Variant(prompt, model) for prompt in prompts for model in models)),
        samples=file.samples,
        attempts=file.attempts,
        scorers=file.scorers,
        judges=file.judges,
        gates=file.gates,
        seed=file.seed,
        description=file.description,
        tags=tuple(sorted({tag for case in cases for tag in case.tags})),
    )


def _case(case: CaseFile, index: int, file: SuiteFile, document: Document) -> SuiteCase:
    said = {
        name: value
        for source in (file.defaults, case.brief)
        for name in BriefFile.model_fields
        if (value := getattr(source, name)) is not None
    }
    place = ("cases", index, "brief")
    channel = said.get("channel")
    if channel is None:
        raise document.error("没有写渠道", place, "在 brief 或 defaults 里写 channel: article、moments 或 reply。")
    form = said.get("form", "")
    if form not in FORMS[channel]:
        allowed = "、".join(sorted(set(FORMS[channel].values())))
        raise document.error(f"{channel} 没有形式「{form}」", (*place, "form"), f"可选：{allowed}。")
    if channel == "reply" and not said.get("message", "").strip():
        raise document.error("没有顾客的话可回", place, "写 message: 顾客说的话。")
    if channel != "reply" and not said.get("product"):
        raise document.error("没有说写哪个商品", place, "写 product: 商品编号。")
    return SuiteCase(
        id=case.id,
        channel=channel,
        wish=_wish(said, form, file),
        expect=_expectation(case.expect),
        tags=case.tags,
        note=case.note,
        must_pass=case.must_pass,
        documents=tuple((one.title, one.text) for one in case.documents),
        group=case.group,
        line=document.line(("cases", index)),
    )


def _wish(said: dict[str, Any], form: str, file: SuiteFile) -> Wish:
    product = said.get("product", ())
    today: date = said.get("today") or file.today
    history = tuple(
        Turn("customer", turn.customer) if turn.customer else Turn("staff", turn.staff)
        for turn in said.get("history", ())
    )
    return Wish(
        products=(product,) if isinstance(product, str) else product,
        form=form,
        history=history,
        seed=said.get("seed", file.seed),
        today=today.isoformat(),
        **{
            name: said.get(name, "")
            for name in ("persona", "brand", "goal", "angle", "format", "cta", "coupon", "message", "notes")
        },
    )


def _expectation(file: ExpectFile) -> Expectation:
    return Expectation(
        selling_points=file.selling_points,
        policies=file.policies,
        handover=file.handover,
        refusal=file.refusal,
        forbidden=file.forbidden,
        references=file.references,
        relevant=file.relevant,
        assertions=tuple(
            Assertion(one.kind, one.value, one.threshold, one.negated, one.must_pass) for one in file.assertions
        ),
    )
