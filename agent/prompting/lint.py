"""What is wrong with a template, found without calling a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.brief import ANGLES
from agent.model import Prompt
from agent.parse import KEYS
from agent.prompting.sample import BARE, FINDING, RICH, sample_brief, sample_jobs
from agent.prompting.strict_schema import schema_problems
from agent.prompting.template import SUFFIX, Library, Template
from agent.prompting.values import prompt_values
from agent.render import fill, variable_problems
from agent.tokens import EstimateCounter
from knowledge_base.errors import BadInputError, WenanError
from knowledge_base.rules import formats

BLOCKS: dict[str, str] = {
    "brief": "任务",
    "spec": "版位限制",
    "product": "商品",
    "persona": "人设",
    "brand": "品牌",
    "coupon": "优惠券",
    "policy": "政策问答",
    "passage": "资料段落",
    "exemplar": "范文",
    "message": "顾客的话",
    "history": "之前的对话",
    "past": "旧稿开头",
    "findings": "上一稿的问题",
    "part": "要改的部分",
}
_EXPECTED = {"article": ("brief", "spec", "product"), "moments": ("brief", "spec", "product")}
_EXPECTED["reply"] = ("brief", "spec", "message")


@dataclass(frozen=True, slots=True)
class Problem:
    severity: Literal["error", "warn"]
    file: str
    message: str
    row: int | None = None


def lint(shelf: Library, names: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Problems of the named templates (paths under prompts/), or of all. Never raises for a broken template."""
    return tuple(problem for name in names or shelf.names() for problem in _lint_file(shelf, name))


def _lint_file(shelf: Library, name: str) -> Iterator[Problem]:
    try:
        template = shelf.load(name)
    except BadInputError as error:
        yield Problem("error", error.file or name, error.message.removeprefix(f"{error.file}"), error.row)
        return
    yield from lint_template(template, name.removesuffix(SUFFIX).partition("@")[0])


def lint_template(template: Template, ident: str = "") -> Iterator[Problem]:
    """Problems of one loaded template. `ident` is what its path says its id should be; empty for loose files."""
    file, matter = template.path.as_posix(), template.matter
    errors = variable_problems(template)
    if ident and matter.id != ident:
        errors.append(f"id 写的是 {matter.id}，按路径应当是 {ident}")
    if unknown := sorted(template.blocks - BLOCKS.keys()):
        errors.append(f"不认识的资料块 {'、'.join(unknown)}；可用：{'、'.join(BLOCKS)}")
    errors += [f"{matter.schema}：{text}" for text in schema_problems(template.schema)]
    errors += _schema_fields(template)
    yield from (Problem("error", file, message) for message in errors)
    if unused := sorted(set(matter.variables) - template.needs):
        yield Problem("warn", file, f"声明了但没有用到的变量：{'、'.join(unused)}")
    if absent := [name for name in _EXPECTED.get(matter.channel, ()) if name not in template.blocks]:
        yield Problem("warn", file, f"没有资料块 {'、'.join(absent)}，离线模板和检查会缺少依据")
    if not errors:
        yield from _render_problems(template)


def _schema_fields(template: Template) -> list[str]:
    """The reader of answers knows certain fields; others would be lost. Templates outside their channel's folder, such
    as those for revising, have a reader of their own.
    """
    if not template.matter.id.startswith(f"{template.matter.channel}/"):
        return []
    known = KEYS[template.matter.channel]
    strange = [name for name in template.schema.get("properties", {}) if name not in known]
    return [f"schema 里的 {'、'.join(strange)} 不会被读取；可用：{'、'.join(known)}"] if strange else []


def _render_problems(template: Template) -> Iterator[Problem]:
    file, seen = template.path.as_posix(), set()
    for values in sample_values(template):
        try:
            prompt = fill(template, values, EstimateCounter())
        except WenanError as error:
            row = error.row if isinstance(error, BadInputError) else None
            problem = Problem("error", file, f"用示例渲染不出来：{error.message}", row)
        else:
            if not (loose := loose_texts(prompt)):
                continue
            problem = Problem("warn", file, f"印在资料块外面、会被当成指令的外来文字：{'、'.join(loose)}")
        if problem not in seen:
            seen.add(problem)
            yield problem


def sample_values(template: Template) -> Iterator[Mapping[str, Any]]:
    """Values of the sample jobs in every angle and format of the template's form."""
    form = template.form
    for brief, context, findings, parts in sample_jobs(form):
        yield prompt_values(brief, context, findings, parts)
    for angle in ANGLES:
        yield prompt_values(sample_brief(form, angle=angle), RICH, (), None)
    for name in formats(template.matter.channel, form):
        brief = sample_brief(form, rich=False, format=name)
        yield prompt_values(brief, BARE, (FINDING,), {"text": "x"})


def loose_texts(prompt: Prompt) -> list[str]:
    """Sample texts by outsiders that a prompt shows outside its data blocks."""
    shown = "\n".join(message.content for message in prompt.messages)
    for block in prompt.blocks:
        shown = shown.replace(block.text, "")
    outside = {
        "顾客的话": (sample_brief("service").message, *(turn.text for turn in sample_brief("service").history)),
        "资料段落": tuple(line for passage in RICH.passages for line in passage.text.splitlines()),
        "政策": tuple(policy.answer for policy in RICH.policies),
        "商品资料": tuple(p.name for p in RICH.products) + tuple(s for p in RICH.products for s in p.selling_points),
        "人设": tuple(RICH.persona.scenes) if RICH.persona else (),
        "范文": tuple(exemplar.text for exemplar in RICH.exemplars),
    }
    return [name for name, texts in outside.items() if any(text in shown for text in texts)]
