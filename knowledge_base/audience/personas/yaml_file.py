"""The persona file that people edit: read and changed in place, so that comments, order and style stay theirs."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge_base.errors import BadInputError

HEADER = (
    "# 人群画像：由 wenan audience personas 从行为数据生成，一条一群人。数字都在 evidence 里以“依据：”开头的行。\n"
    "# 随便改：改过、加上、删掉的句子，以后再生成也不会被盖掉；没动过的跟着数据更新。改完运行 wenan kb add 这个文件。\n"
)
_COMMENT = re.compile(r"(?:^|\s)(#.*)$", re.M)


class PersonaFile:
    """Cards by id, in the order of the file. What is not a card of ours is never touched."""

    def __init__(self, text: str, file: str) -> None:
        """Raises BadInputError for a text that is no YAML list of cards."""
        self._text, self._file = text, file
        self._document = _loaded(text, file)

    def cards(self) -> dict[str, Mapping[str, Any]]:
        """Id -> fields."""
        return {str(card["id"]): card for card in self._document}

    def put(self, id: str, fields: Mapping[str, Any]) -> None:
        """Makes a card read like `fields`; unchanged fields keep style and comments."""
        from ruamel.yaml.comments import CommentedMap

        card = next((one for one in self._document if str(one["id"]) == id), None)
        if card is None:
            card = CommentedMap({"id": id})
            self._document.append(card)
        for name in [name for name in card if name != "id" and name not in fields]:
            del card[name]
        for name, value in fields.items():
            if isinstance(value, list) and isinstance(card.get(name), list):
                if list(card[name]) != value:
                    card[name] = _changed(card[name], value)
            elif name not in card or card[name] != value:
                card[name] = value

    def drop(self, id: str) -> None:
        """Takes a card out; does nothing when it is not there."""
        for place, card in enumerate(self._document):
            if str(card["id"]) == id:
                del self._document[place]
                return

    def text(self) -> str:
        """The whole file. Comments whose place is gone stand at its top: a person wrote them."""
        if not self._document:
            return HEADER + "[]\n"
        out = io.StringIO()
        _yaml(self._text).dump(self._document, out)
        body = out.getvalue()
        if not self._text.strip():
            return HEADER + body
        left = [line for line in _comments(self._text) if line not in body]
        return "".join(f"{line}\n" for line in left) + body


def _comments(text: str) -> list[str]:
    """Comment lines and ends of lines; a # inside of a quoted text may be among them, which does no harm."""
    return [match[1].rstrip() for match in _COMMENT.finditer(text)]


def _changed(old: Any, new: Sequence[str]) -> Any:
    """A list with the new items in the old style; comments go with the items they stand behind."""
    from ruamel.yaml.comments import CommentedSeq

    made = CommentedSeq(new)
    if not isinstance(old, CommentedSeq):
        return made
    made.fa.set_flow_style() if old.fa.flow_style() else made.fa.set_block_style()
    made.ca.comment = old.ca.comment
    places = {str(text): place for place, text in enumerate(old)}
    for place, text in enumerate(new):
        found = places.get(text)
        if found is not None:
            made[place] = old[found]
            if found in old.ca.items:
                made.ca.items[place] = old.ca.items[found]
    return made


def _loaded(text: str, file: str) -> Any:
    from ruamel.yaml.comments import CommentedSeq
    from ruamel.yaml.error import YAMLError

    try:
        document = _yaml(text).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BadInputError(
            f"不是合格的 YAML：{getattr(error, 'problem', '') or error}",
            file=file,
            row=mark.line + 1 if mark else None,
            hint="按提示的行改好缩进和引号后重试。",
        ) from error
    if document is None:
        return CommentedSeq()
    if not isinstance(document, list) or not all(isinstance(one, Mapping) and one.get("id") for one in document):
        raise BadInputError("应当是一张画像一项的列表，每项有 id", file=file, hint="每张画像以“- id: segment:1”开头。")
    ids = [str(one["id"]) for one in document]
    if twice := next((id for id in ids if ids.count(id) > 1), None):
        raise BadInputError(f"编号「{twice}」出现了两次", file=file, field="id", hint="留下一张，或给另一张换个编号。")
    return document


def _yaml(current: str) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 100_000
    yaml.allow_unicode = True
    if re.search(r"^ +- +id:", current, re.M):
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
