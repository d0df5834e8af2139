"""The shape of a suite file, checked strictly; docs/schemas/suite.schema.json is made from these classes.

`python -m evals.suite_file` rewrites that file; a test fails while the two differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.brief import ANGLE_NAMES
from evals.suite_read import Document
from knowledge_base.errors import BadInputError

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "docs" / "schemas" / "suite.schema.json"
MOST_SAMPLES, MOST_ATTEMPTS = 100, 10
Strings = tuple[str, ...]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


class TurnFile(Strict):
    """One earlier message, written {customer: …} or {staff: …}."""

    customer: str = ""
    staff: str = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> TurnFile:
        if bool(self.customer) == bool(self.staff):
            raise ValueError("一轮对话写 customer 或 staff 其中一个")
        return self


class BriefFile(Strict):
    """What to write. Names are resolved against the suite's knowledge; what a case leaves out comes from `defaults`."""

    channel: Literal["article", "moments", "reply"] | None = Field(default=None, description="渠道")
    form: str | None = Field(default=None, description="形式：article、ad、post、service、comment")
    product: str | tuple[str, ...] | None = Field(default=None, description="商品编号或名字，一个或几个")
    persona: str | None = Field(default=None, description="人设编号或名字")
    brand: str | None = Field(default=None, description="品牌；能从商品看出来时不用写")
    goal: str | None = Field(default=None, description="目标")
    angle: Literal["", *tuple(ANGLE_NAMES), *tuple(ANGLE_NAMES.values())] | None = Field(  # type: ignore[valid-type]
        default=None, description="角度"
    )
    format: str | None = Field(default=None, description="朋友圈广告的版位编号")
    cta: str | None = Field(default=None, description="行动")
    coupon: str | None = Field(default=None, description="优惠券编号或名字")
    message: str | None = Field(default=None, description="顾客说的话（只有 reply）")
    history: tuple[TurnFile, ...] | None = Field(default=None, description="之前的对话")
    notes: str | None = Field(default=None, description="别的要求")
    seed: int | None = Field(default=None, ge=0, lt=2**31, description="随机种子；第 k 次采样用 seed + k")
    today: date | None = Field(default=None, description="按哪一天核对优惠")


class AssertionFile(Strict):
    """One expectation. Short form: `{contains: 39 元}`, `{not-contains: 最}`; evals/scorers names the kinds."""

    kind: str = Field(min_length=1)
    value: Any = None
    threshold: float | None = None
    negated: bool = Field(default=False, alias="not")
    must_pass: bool = False

    @model_validator(mode="before")
    @classmethod
    def _long_form(cls, data: Any) -> Any:
        if isinstance(data, str):
            data = {data: None}
        if not isinstance(data, dict) or "kind" in data:
            return data
        rest = {key: value for key, value in data.items() if key in ("threshold", "must_pass", "not", "value")}
        kinds = [key for key in data if key not in rest]
        if len(kinds) != 1 or not isinstance(kinds[0], str):
            raise ValueError("一条断言写一个种类，例如 contains: 39 元")
        kind = kinds[0]
        value = rest.get("value", data[kind])
        if kind.startswith("not-"):
            return {**rest, "kind": kind.removeprefix("not-"), "value": value, "not": True}
        return {**rest, "kind": kind, "value": value}


class ExpectFile(Strict):
    """What a good answer has. Everything is optional; what is not said is not scored."""

    selling_points: Strings = Field(default=(), description="必须写到的卖点或事实")
    policies: Strings = Field(default=(), description="回复必须依据的政策编号")
    handover: bool | None = Field(default=None, description="该不该转人工")
    refusal: bool | None = Field(default=None, description="该不该拒绝")
    forbidden: Strings = Field(default=(), description="不许出现的词")
    references: Strings = Field(default=(), description="人写的好答案")
    relevant: Strings = Field(default=(), description="检索该找到的记录编号")
    assertions: tuple[AssertionFile, ...] = ()


class DocumentFile(Strict):
    title: str = ""
    text: str = Field(min_length=1)


class CaseFile(Strict):
    id: str = Field(min_length=1, max_length=200)
    brief: BriefFile = BriefFile()
    expect: ExpectFile = ExpectFile()
    tags: Strings = ()
    note: str = ""
    must_pass: bool = False
    documents: tuple[DocumentFile, ...] = Field(default=(), description="不可信的资料，当作检索到的段落")
    group: str = Field(default="", description="同组的用例互相比较，例如同一商品写给几个人设")


class SuiteHead(Strict):
    """All of a suite but its cases: the first line of a JSONL file."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^/\\\x00-\x1f]+$")
    description: str = ""
    knowledge: str | tuple[str, ...] = Field(
        default="workspace",
        description="sample（自带示例品牌）、workspace（当前知识库），或相对本文件的资料文件夹；可写几个",
    )
    today: date = Field(description="整套用例按这一天写，结果才能重复")
    seed: int = Field(default=1, ge=0, lt=2**31)
    defaults: BriefFile = BriefFile()
    prompts: Strings = Field(default=(), description="编号@版本或模板路径；空串是渠道自己的默认模板")
    models: Strings = Field(default=(), description="模型档案名；不写就用 --model 或默认模型")
    samples: int = Field(default=1, ge=1, le=MOST_SAMPLES)
    attempts: int = Field(default=1, ge=1, le=MOST_ATTEMPTS, description="有必改问题时最多写几次")
    scorers: Strings = Field(default=(), description="打分器；不写就用各形式的默认一组")
    judges: tuple[Any, ...] = Field(default=(), description="裁判模型，见 docs/evals.md")
    gates: Strings = Field(default=(), description="门槛，例如 facts.precision < .98")


class SuiteFile(SuiteHead):
    """A whole suite. In JSONL the first line is this without `cases`, and each further line is one case."""

    cases: tuple[CaseFile, ...] = Field(min_length=1)


def parse_suite(document: Document) -> tuple[SuiteHead, Iterator[CaseFile]]:
    """The head, and the cases one after another: those of a large suite would not fit together.

    Both raise BadInputError naming file, line and field of the whole file's first problem, and all others after it.
    """
    if not document.cases:
        raise _problems(document)
    try:
        head = SuiteHead.model_validate({name: value for name, value in document.data.items() if name != "cases"})
    except ValidationError:
        raise _problems(document) from None

    def cases() -> Iterator[CaseFile]:
        for case in document.cases:
            try:
                yield CaseFile.model_validate(case)
            except ValidationError:
                raise _problems(document) from None

    return head, cases()


def _problems(document: Document) -> BadInputError:
    whole = document.whole()
    try:
        SuiteFile.model_validate(whole.data)
    except ValidationError as error:
        found = [(tuple(problem["loc"]), problem["type"], problem) for problem in error.errors(include_url=False)]
        return whole.explain(found, _fields)
    raise AssertionError("a part is wrong, the whole is not")


def _fields(place: tuple[int | str, ...]) -> tuple[str, ...]:
    """Names that are allowed where an unknown one was found."""
    if "brief" in place or place[0] == "defaults":
        return tuple(BriefFile.model_fields)
    if "assertions" in place:
        return ("kind", "value", "threshold", "not", "must_pass")
    if "expect" in place:
        return tuple(ExpectFile.model_fields)
    if "documents" in place:
        return tuple(DocumentFile.model_fields)
    return tuple((CaseFile if place[0] == "cases" else SuiteFile).model_fields)


def suite_schema() -> dict[str, Any]:
    """JSON Schema of a suite in YAML."""
    schema = SuiteFile.model_json_schema(by_alias=True)
    long = schema["$defs"]["AssertionFile"]
    long["properties"].pop("kind")
    short = {"type": "object", "minProperties": 1, "description": "简写：{contains: 39 元}、{not-contains: 最}"}
    schema["$defs"]["AssertionFile"] = {
        "description": long["description"],
        "anyOf": [
            {**long, "properties": {"kind": {"type": "string", "minLength": 1}, **long["properties"]}},
            {**short, "not": {"required": ["kind"]}},
            {"type": "string"},
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "wenan suite", **_numbers_too(schema)}


def _numbers_too(schema: Any) -> Any:
    """Text may be written as a bare number: 618, 39.9."""
    if isinstance(schema, list):
        return [_numbers_too(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {name: _numbers_too(value) for name, value in schema.items()}
    if loose.get("type") == "string" and "format" not in loose and "enum" not in loose:
        loose["type"] = ["string", "number"]
    return loose


def schema_text() -> str:
    return json.dumps(suite_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8", newline="\n")
