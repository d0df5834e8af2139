"""YAML rule files -> one JSON-able book: placeholders expanded, words indexed, readings looked up.

`{name}` in a term or pattern stands for a word list. Terms become automaton words one by one; in patterns a list
becomes an alternation, and `{name}` may also stand for a macro, a named piece of pattern that may use others. Slow
parts (YAML, pydantic, pypinyin) are paid once per content; `law` keeps the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import yaml

from knowledge_base.errors import BadInputError
from knowledge_base.rules.law_model import GROUP
from knowledge_base.rules.law_schema import AreaData, GroupData, RuleData, SharedData, parse_area, parse_shared

_SLOT = re.compile(r"\{([a-z_][a-z_0-9]*)\}")
_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]+")
_SHORTEST_SOUND, _LONGEST_SOUND = 2, 8
_FIRST_CODE = 0xE000
SHARED_NAME = "_shared.yaml"


def compile_book(files: Mapping[str, str], version: str) -> dict[str, Any]:
    """The book's JSON form from file name -> YAML text. Raises BadInputError naming file, rule and reason."""
    shared = parse_shared(_yaml(files[SHARED_NAME], SHARED_NAME), SHARED_NAME)
    areas = {
        name: parse_area(_yaml(text, name), name)
        for name, text in files.items()
        if name != SHARED_NAME and name.endswith(".yaml")
    }
    book = _Book(shared)
    for file, area in areas.items():
        for rule in area.rules:
            book.add(rule, area, file)
    likeness: Any = next((json.loads(text) for name, text in files.items() if name.endswith(".json")), {})
    return {**book.data(version), "likeness": likeness}


class _Slots(NamedTuple):
    """What `{name}` may stand for in a pattern."""

    lists: Mapping[str, Sequence[str]]
    macros: Mapping[str, str]


class _Book:
    """Collects what the areas give."""

    def __init__(self, shared: SharedData) -> None:
        self.shared = shared
        common = _Slots(shared.lists, shared.macros)
        self.rules: list[dict[str, Any]] = []
        self.exemptions: list[dict[str, str]] = []
        self.words: dict[str, list[tuple[int, int]]] = {}
        self.sounding: set[str] = {*shared.sound_words, *shared.homophones}
        self._shared_at = {
            name: self._exemption(name, entry.model_dump(), common) for name, entry in shared.exemptions.items()
        }

    def add(self, rule: RuleData, area: AreaData, file: str) -> None:
        number, lists = len(self.rules), {**self.shared.lists, **area.lists}
        slots = _Slots(lists, {**self.shared.macros, **area.macros})
        name = f"{area.area}.{rule.id}"
        if any(other["id"] == name for other in self.rules):
            raise BadInputError(f"规则 {name} 写了两遍", file=file, hint="给其中一条换个 id。")
        try:
            terms = list(dict.fromkeys(_flat(rule.terms, lists)))
            patterns = [_pattern(p.match, slots) for p in rule.patterns]
            groups = [_group(g, slots) for g in rule.groups]
            grouped = [list(dict.fromkeys(_flat(g.words, lists))) for g in rule.groups]
            anchors = [list(dict.fromkeys(_flat(p.anchors, lists))) for p in rule.patterns]
            exemptions = [self._shared_at[e] for e in dict.fromkeys((*rule.unless, *area.unless))]
            exemptions += [self._exemption(f"{name}.{e.name}", e.model_dump(), slots) for e in rule.exempt]
            source = self.shared.sources[rule.source or area.source]
        except KeyError as error:
            raise BadInputError(
                f"规则 {name} 引用了不存在的 {error}", file=file, hint="看 _shared.yaml 里有哪些。"
            ) from error
        except RecursionError as error:
            raise BadInputError(
                f"规则 {name} 用的片段绕回了自己", file=file, hint="macros 里的片段不能直接或间接用到自己。"
            ) from error
        except re.error as error:
            raise BadInputError(
                f"规则 {name} 的正则写错了：{error}", file=file, hint="改好后再跑 wenan rules lint。"
            ) from error
        for term in terms:
            self.words.setdefault(term, []).append((number, -1))
        for i, words in enumerate(anchors):
            for word in words:
                self.words.setdefault(word, []).append((number, i))
        for i, words in enumerate(grouped):
            for word in words:
                self.words.setdefault(word, []).append((number, GROUP - i))
        if rule.sound if rule.sound is not None else area.sound:
            self.sounding |= set(terms)
        self.rules.append(
            {
                "id": name, "area": area.area, "name": rule.name,
                "law": f"《{source.law}》{rule.article}",
                "severity": dict(rule.severity or area.severity), "status": rule.status,
                "explain": rule.explain, "rewrite": rule.rewrite, "rewrites": _rewrites(rule.rewrites, lists),
                "industries": rule.industries or area.industries,
                "not_industries": [*area.not_industries, *rule.not_industries],
                "needs_industry": rule.needs_industry, "patterns": patterns, "past_questions": rule.past_questions,
                "groups": groups, "within": rule.within, "likeness": rule.likeness,
                "when": _pattern(rule.when, slots), "when_text": _pattern(rule.when_text, slots),
                "missing": _pattern(rule.missing, slots), "not_words": _flat(rule.not_words, lists),
                "exemptions": exemptions,
                "asks": rule.asks, "look": _pattern(rule.look, slots), "settled": _pattern(rule.settled, slots),
                "source": {"law": source.law, "issuer": source.issuer, "date": str(source.date)},
                "as_of": f"{rule.as_of or area.as_of}", "bad": rule.bad, "good": rule.good, "origin": file,
            }
        )  # fmt: skip

    def _exemption(self, name: str, entry: dict[str, str], slots: _Slots) -> int:
        ends = {"before": "{}$", "after": "{}"}
        built = {key: _pattern(value, slots) for key, value in entry.items() if key != "name"}
        built |= {key: form.format(f"(?:{built[key]})") for key, form in ends.items() if built[key]}
        self.exemptions.append({"id": name, "name": entry["name"], **built})
        return len(self.exemptions) - 1

    def data(self, version: str) -> dict[str, Any]:
        sounds = _sounds(self.sounding)
        return {
            "version": version,
            "rules": self.rules,
            "exemptions": self.exemptions,
            "words": self.words,
            "disguises": self.shared.disguises,
            "homophones": self.shared.homophones,
            "industry_words": self.shared.industries,
            "industry_names": {name: id for id, names in self.shared.industry_names.items() for name in names},
            **sounds,
        }


def _yaml(text: str, file: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=file, hint=str(error)) from error


def _flat(words: Sequence[str], lists: Mapping[str, Sequence[str]]) -> list[str]:
    """Every word with its placeholders replaced by each member of their lists."""
    return [full for word in words for full in _expand(word, lists)]


def _expand(word: str, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    names = _SLOT.findall(word)
    if not names:
        yield word
        return
    parts = _SLOT.split(word)[::2]
    for chosen in product(*(_flat(lists[name], lists) for name in names)):
        yield parts[0] + "".join(member + part for member, part in zip(chosen, parts[1:], strict=True))


def _pattern(pattern: str, slots: _Slots) -> str:
    """The pattern with lists as alternations, longest first; compiled once here so that errors show early."""
    if not pattern:
        return ""

    def piece(m: re.Match[str]) -> str:
        if m[1] in slots.macros:
            return f"(?:{_SLOT.sub(piece, slots.macros[m[1]])})"
        words = sorted(set(_flat(slots.lists[m[1]], slots.lists)), key=lambda word: (-len(word), word))
        return "(?:" + "|".join(map(re.escape, words)) + ")"

    full = _SLOT.sub(piece, pattern.replace("\n", ""))
    re.compile(full)
    return full


def _group(group: GroupData, slots: _Slots) -> dict[str, Any]:
    before = "|".join(part for part in (group.before, "{negated}" if group.asserts else "") if part)
    built = _pattern(before, slots)
    return {
        "before": f"(?:{built})$" if built else "",
        "after": _pattern(group.after, slots),
        "follows": f"(?:{_pattern(group.follows, slots)})$" if group.follows else "",
        "not_words": _flat(group.not_words, slots.lists),
    }


def _rewrites(rewrites: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {full: safe for term, safe in rewrites.items() for full in _expand(term, lists)}


def _sounds(terms: set[str]) -> dict[str, Any]:
    """Readings of the common characters, and the terms by their reading."""
    codes: dict[str, str] = {}

    def code(character: str) -> str:
        syllable = _syllable(character)
        return codes.setdefault(syllable, chr(_FIRST_CODE + len(codes)))

    common = "".join(_gb2312())
    sound_codes = "".join(code(character) for character in common)
    words: dict[str, list[str]] = {}
    for term in sorted(terms):
        if _SHORTEST_SOUND <= len(term) <= _LONGEST_SOUND and _HAN_ONLY.fullmatch(term):
            words.setdefault("".join(map(code, term)), []).append(term)
    return {"sound_chars": common, "sound_codes": sound_codes, "syllables": codes, "sound_words": words}


def _gb2312() -> Iterator[str]:
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            if not (high == 0xD7 and low > 0xF9):
                yield bytes((high, low)).decode("gb2312")


@cache
def _syllable(character: str) -> str:
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(character)[0]).replace("ü", "v")
