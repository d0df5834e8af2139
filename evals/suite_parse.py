"""A suite's file as values: what the schema let through, put together with its defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from agent.brief import Turn
from agent.options import FORMS, Wish
from evals.records import Assertion, Expectation, Variant
from evals.suite import Suite, SuiteCase
from evals.suite_file import BriefFile, CaseFile, ExpectFile, SuiteHead, parse_suite
from evals.suite_read import Document, read_suite_file
from knowledge_base.errors import BadInputError


def read_suite(path: Path, shown: str) -> Suite:
    """`shown` is the path as messages show it. Raises BadInputError naming file, line and field."""
    document = read_suite_file(path, shown)
    if not isinstance(document.data, dict):
        raise document.error("应当是“字段: 值”的形式", hint="第一行写 name: 名字；格式见 docs/evals.md。")
    head, cases = parse_suite(document)
    try:
        return _suite(head, _cases(head, cases, document), document, path)
    except BadInputError:
        # What is no case at all is told first, wherever it stands.
        for _ in cases:
            pass
        raise


def _cases(head: SuiteHead, cases: Iterable[CaseFile], document: Document) -> tuple[SuiteCase, ...]:
    seen: dict[str, int] = {}
    found: list[SuiteCase] = []
    for i, case in enumerate(cases):
        if case.id in seen:
            raise document.error(
                f"编号「{case.id}」写了两次（另一处在第 {document.line(('cases', seen[case.id]))} 行）",
                ("cases", i, "id"),
                "每条用例的编号在一套里只用一次。",
            )
        seen[case.id] = i
        found.append(_case(case, i, head, document))
    return tuple(found)


def _suite(file: SuiteHead, cases: tuple[SuiteCase, ...], document: Document, path: Path) -> Suite:
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


def _case(case: CaseFile, index: int, file: SuiteHead, document: Document) -> SuiteCase:
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


def _wish(said: dict[str, Any], form: str, file: SuiteHead) -> Wish:
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
