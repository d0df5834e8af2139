"""How text from outside gets into a prompt without becoming part of the instructions.

A template prints values in four ways, and each is safe whatever the value holds:

    {{ value }}                                  anywhere
    {% line "键", value %}                       one `键：值` line; nothing at all when the value is empty
    {% list "键", values %}                      a `键：` line and one `- item` line each; nothing when there are none
    {% data "product", product.id %}…{% enddata %}    a fence round such lines, recorded as a Block

Guarantee (property-tested): a value never starts a line, so it cannot pose as a key or an item; it never holds a fence
character, so it can neither open nor close a fence. Keys are constants of the template.

How: every printed value loses control characters and fence characters, its line breaks are followed by two spaces, and
it carries an invisible mark. Tags write invisible marks too. `split` turns the marked text into messages and blocks in
one pass; no value can forge a mark, because marks are control characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateRuntimeError
from jinja2.ext import Extension
from jinja2.parser import Parser

from agent.model import Block, Message, Role
from agent.prompting.block_inputs import Kept, inputs_of

OPEN, CLOSE = "⟦", "⟧"
END = f"{OPEN}资料完{CLOSE}"
INDENT = "  "

VALUE, DATA_START, DATA_BODY, DATA_END, MESSAGE_START, MESSAGE_BODY, MESSAGE_END = "\x01\x02\x03\x04\x05\x06\x07"
MARKS = frozenset("\x01\x02\x03\x04\x05\x06\x07")
ROLES = ("system", "user", "assistant")

# str.splitlines breaks at all of these, and so may whoever reads a block.
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters would forge marks; lone surrogates cannot be sent; the tag characters hide text from people.
_DROPPED: dict[int, str | None] = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xE0000, 0xE0080)) if chr(code) not in "\t\n"
}
_DROPPED |= {ord(OPEN): "[", ord(CLOSE): "]"}
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029⟦⟧\ud800-\udfff\U000e0000-\U000e007f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_KEY = re.compile(r"[^\s：:\-⟦⟧][^\s：⟦⟧]{0,11}")


class Rendered(str):
    """Template output that is already safe to print again: what macros and `{% set %}` blocks return."""

    __slots__ = ()


def concat(parts: Iterable[str]) -> Rendered:
    """Stands in for Jinja's own join, so that captured output is told apart from values."""
    return Rendered("".join(parts))


def clean(text: str) -> str:
    """`text` without fence or control characters, every line break followed by the continuation indent."""
    if _ODD.search(text):
        text = _SURROGATES.sub("\ufffd", _BREAKS.sub("\n", text)).translate(_DROPPED)
    return text.replace("\n", "\n" + INDENT) if "\n" in text else text


def words(value: Any) -> str:
    """A printable value as text. Raises TemplateRuntimeError for None and for whole records."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    what = "空值" if value is None else f"整条 {type(value).__name__}"
    raise TemplateRuntimeError(f"不能直接打印{what}：先用 {{% if %}} 判断，或写出具体的字段")


def finalize(value: Any) -> str:
    """What Jinja calls on everything a template prints with `{{ }}`."""
    if type(value) is Rendered:
        return value
    str(value)  # an Undefined raises its own, better message here
    text = clean(words(value))
    return VALUE + text if text else ""


def _line(key: str, value: Any) -> Rendered:
    if value is None or value == "":
        return Rendered()
    text = _inline(value)
    return Rendered(f"{key}：{text}\n") if text else Rendered()


def _list(key: str, values: Iterable[Any]) -> Rendered:
    if isinstance(values, str):
        raise TemplateRuntimeError(f"{{% list “{key}” %}} 要的是一串值，却得到一段文字；单个值用 {{% line %}}")
    items = [text for text in map(_inline, values) if text]
    return Rendered(f"{key}：\n" + "".join(f"- {item}\n" for item in items)) if items else Rendered()


def _inline(value: Any) -> str:
    str(value)
    return clean(words(value)).strip()


class FenceExtension(Extension):
    """The tags `data`, `message`, `line` and `list`."""

    tags = {"data", "message", "line", "list"}  # noqa: RUF012 - Jinja's own declaration

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._numbers = count()
        self._kept = Kept()

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        token = next(parser.stream)
        if token.value in ("line", "list"):
            return self._parse_print(parser, token.value, token.lineno)
        name = self._constant(parser, f"{{% {token.value} %}} 的名字")
        if token.value == "message" and name not in ROLES:
            parser.fail(f"{{% message %}} 只能是 {'、'.join(ROLES)}，不能是「{name}」", token.lineno)
        ident: nodes.Expr = nodes.Const("")
        if token.value == "data" and parser.stream.skip_if("comma"):
            ident = parser.parse_expression()
        body = parser.parse_statements((f"name:end{token.value}",), drop_needle=True)
        if token.value == "message":
            call = self.call_method("_message", [nodes.Const(name)])
        else:
            inputs = inputs_of(body, self.environment)
            number = nodes.Const(next(self._numbers) if inputs is not None else -1)
            call = self.call_method("_data", [nodes.Const(name), ident, number, nodes.Tuple(inputs or [], "load")])
        return nodes.CallBlock(call, [], [], body).set_lineno(token.lineno)

    def _parse_print(self, parser: Parser, tag: str, lineno: int) -> nodes.Node:
        key = self._constant(parser, f"{{% {tag} %}} 的键")
        if not _KEY.fullmatch(key):
            parser.fail(f"键「{key}」要是 12 字以内的一个词，不含空格和冒号", lineno)
        parser.stream.expect("comma")
        call = self.call_method(f"_print_{tag}", [nodes.Const(key), parser.parse_expression()])
        return nodes.Output([call]).set_lineno(lineno)

    @staticmethod
    def _constant(parser: Parser, what: str) -> str:
        """Names and keys are constants, so that data can never choose them."""
        if parser.stream.current.type != "string":
            parser.fail(f"{what}要用引号写死，不能是变量", parser.stream.current.lineno)
        return str(next(parser.stream).value)

    def _data(self, name: str, ident: Any, number: int, inputs: tuple[Any, ...], caller: Callable[[], str]) -> Rendered:
        if number < 0:
            return self._block(name, ident, caller)
        return self._kept.get((number, ident, *inputs), lambda: self._block(name, ident, caller))

    def _block(self, name: str, ident: Any, caller: Callable[[], str]) -> Rendered:
        body = caller()
        if DATA_START in body:
            raise TemplateRuntimeError(f"资料块 {name} 里又开了一个资料块；请并排写")
        shown = " ".join(clean(words(ident)).split())
        return Rendered(f"{DATA_START}{name}{VALUE}{shown}{DATA_BODY}{body}{DATA_END}\n")

    def _message(self, role: str, caller: Callable[[], str]) -> Rendered:
        return Rendered(f"{MESSAGE_START}{role}{MESSAGE_BODY}{caller()}{MESSAGE_END}")

    @staticmethod
    def _print_line(key: str, value: Any) -> Rendered:
        return _line(key, value)

    @staticmethod
    def _print_list(key: str, values: Iterable[Any]) -> Rendered:
        return _list(key, values)


def block_names(tree: nodes.Template) -> set[str]:
    """Names of the data blocks in a parsed template."""
    calls = (
        node.call for node in tree.find_all(nodes.CallBlock) if isinstance(node.call.node, nodes.ExtensionAttribute)
    )
    return {call.args[0].as_const() for call in calls if getattr(call.node, "name", "") == "_data"}


def split(marked: str) -> tuple[tuple[Message, ...], tuple[Block, ...]]:
    """Messages and blocks of a template's marked output, in order. Raises ValueError for text outside every message."""
    messages: list[Message] = []
    blocks: list[Block] = []
    stray, *pieces = marked.split(MESSAGE_START)
    for piece in pieces:
        head, _, rest = piece.partition(MESSAGE_BODY)
        body, _, after = rest.partition(MESSAGE_END)
        stray += after
        messages.append(Message(_role(head), _fenced(body, blocks).strip("\n").rstrip()))
    if stray.strip():
        raise ValueError(f"这些字写在 {{% message %}} 外面，模型看不到：{_unmark(stray).strip()[:40]}")
    return tuple(messages), tuple(blocks)


def _role(head: str) -> Role:
    return "system" if head == "system" else "assistant" if head == "assistant" else "user"


def _fenced(body: str, blocks: list[Block]) -> str:
    plain, *pieces = body.split(DATA_START)
    out = [_unmark(plain)]
    for piece in pieces:
        head, _, rest = piece.partition(DATA_BODY)
        inside, _, after = rest.partition(DATA_END)
        name, _, ident = head.partition(VALUE)
        text = _unmark(inside.lstrip("\n")).rstrip()
        if text:
            blocks.append(Block(name, ident, text))
            title = f"{name} {ident}" if ident else name
            out.append(f"{OPEN}资料 {title}{CLOSE}\n{text}\n{END}")
        else:
            after = after.removeprefix("\n")
        out.append(_unmark(after))
    return "".join(out)


def _unmark(text: str) -> str:
    """Drops the value marks; a value that stands at the start of a line is indented."""
    if text.startswith(VALUE):
        text = INDENT + text
    return text.replace("\n" + VALUE, "\n" + INDENT).replace(VALUE, "")
