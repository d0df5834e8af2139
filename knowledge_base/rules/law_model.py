"""Law rules as values: what a compiled rule, an exemption and the whole book look like.

The book is built from plain JSON data (`law_compile.compile_book`), so that a cached one loads without YAML, pydantic
or pinyin tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

Severity = Literal["block", "warn", "info"]
Form = Literal["article", "ad", "post", "service", "comment"]
FORMS: tuple[Form, ...] = ("article", "ad", "post", "comment", "service")
FORM_NAMES: Mapping[str, str] = {
    "article": "公众号文章",
    "ad": "朋友圈广告",
    "post": "员工朋友圈",
    "comment": "评论回复",
    "service": "一对一客服回复",
}
NEVER = "\U0010ffff"
"""Stands for "nothing" in automata that would otherwise be empty."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A context in which the same words are lawful. Every condition given must hold; each is a regular expression."""

    id: str
    name: str
    """Chinese; findings quote it."""
    before: str = ""
    """Must end where the match starts."""
    after: str = ""
    """Must start where the match ends."""
    inside: str = ""
    """Must match a stretch of the sentence that covers the match."""
    sentence: str = ""
    text: str = ""
    absent: str = ""
    """Must match nowhere in the sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    """`area.name`, stable."""
    area: str
    name: str
    """Chinese, two to ten characters."""
    law: str
    """Full title and article, as findings quote it."""
    severity: Mapping[str, Severity]
    status: Literal["violation", "needs_evidence"]
    explain: str
    rewrite: str
    rewrites: Mapping[str, str]
    """Safe replacement by matched term; an empty one deletes the words."""
    industries: tuple[str, ...]
    """Applies to these only; empty means all. An unknown industry is taken for any."""
    not_industries: tuple[str, ...]
    needs_industry: bool
    """Says nothing about a text whose industry is unknown."""
    patterns: tuple[str, ...]
    groups: tuple[Group, ...]
    within: int
    """How far apart, in characters, the first and the last word of its groups may stand."""
    likeness: bool
    """Speaks for its area where the likeness model finds what no words were written down for."""
    past_questions: bool
    """A question mark does not end its sentence: a hook (睡不着？) and its answer count as one."""
    when: str
    """The sentence must match."""
    when_text: str
    not_words: tuple[str, ...]
    """Longer ordinary words that merely contain a term."""
    exemptions: tuple[Exemption, ...]
    missing: str
    """A rule about something left out: it stands down when the text matches this."""
    asks: str
    """What evidence would settle it."""
    look: str
    """What such evidence looks like in a product record."""
    settled: str
    """What such evidence looks like in the sentence itself."""
    source: Mapping[str, str]
    as_of: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    origin: str
    """The file it comes from."""
    reason: str = ""
    """Why a workspace changed its severity."""


class Lead(NamedTuple):
    """What an automaton word leads to: a rule's term (pattern -1), one of its patterns, or one of its groups."""

    rule: int
    pattern: int
    """GROUP - n for the n-th group."""


GROUP = -2


@dataclass(frozen=True, slots=True)
class Group:
    """One side of a claim (who, what is said, what comes of it): the rule needs a word of each, in any order."""

    before: str = ""
    """A word does not count where this matches right before it."""
    after: str = ""
    follows: str = ""
    """A word counts only where this matches right before it."""
    not_words: tuple[str, ...] = ()
    """Longer ordinary words that merely contain one."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the likeness model has learned."""

    weights: Mapping[str, float]
    """Character or neighbouring pair -> how much it speaks for a violation."""
    counts: Mapping[str, str]
    """Character or pair -> how often it stands in the violations of each area: a letter and a digit for each."""
    areas: Mapping[str, int]
    """Area -> characters and pairs in its violations, in the order of the letters."""
    bias: float
    threshold: float


@dataclass(frozen=True)
class RuleBook:
    """Every rule in force, with what the matcher needs. Immutable; the automata are built on first use."""

    version: str
    """Hash of the rules' content, workspace rules and switches included."""
    rules: tuple[Rule, ...]
    words: Mapping[str, tuple[Lead, ...]]
    disguises: Mapping[str, str]
    sound_chars: str
    sound_codes: str
    syllables: Mapping[str, str]
    """Pinyin syllable without tone -> its one-character code."""
    sound_words: Mapping[str, tuple[str, ...]]
    """Codes of a term -> the terms that sound so."""
    homophones: frozenset[str]
    """Terms found even when a common character stands for another."""
    industry_words: Mapping[str, tuple[str, ...]]
    """Industry -> words that give a product's category away."""
    industry_names: Mapping[str, str]
    """What people call an industry -> industry."""
    likeness: Likeness

    def industry(self, called: str) -> str:
        """The book's industry for what people call it (房产 -> property); an unknown one stays as it is."""
        name = called.strip()
        return self.industry_names.get(name, name)

    def rule(self, wanted: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == wanted), None)

    @cached_property
    def likeness_rules(self) -> Mapping[str, Rule]:
        """The rule that speaks for each area."""
        return {rule.area: rule for rule in self.rules if rule.likeness}

    @cached_property
    def matcher(self) -> Any:
        """Automaton over words; each value is (length, leads)."""
        return automaton({word: (len(word), leads) for word, leads in self.words.items()})

    @cached_property
    def disguise_matcher(self) -> Any:
        return automaton({word: (len(word), true) for word, true in self.disguises.items()})

    @cached_property
    def sound_matcher(self) -> Any:
        return automaton({code: (len(code), terms) for code, terms in self.sound_words.items()})

    @cached_property
    def sounds(self) -> dict[int, str]:
        """Table for `str.translate`: character -> code of its usual reading."""
        return dict(zip(map(ord, self.sound_chars), self.sound_codes, strict=True))


def automaton(words: Mapping[str, Any]) -> Any:
    """Aho-Corasick over `words`; iterating yields (index of the last character, value)."""
    import ahocorasick

    built = ahocorasick.Automaton()
    for word, value in words.items():
        built.add_word(word, value)
    if not words:
        built.add_word(NEVER, (1, ()))
    built.make_automaton()
    return built


def book_from_data(data: Mapping[str, Any]) -> RuleBook:
    """The book from its JSON form."""
    exemptions = [Exemption(**entry) for entry in data["exemptions"]]
    rules = []
    for entry in data["rules"]:
        changed = dict(entry)
        for name in ("industries", "not_industries", "patterns", "not_words", "bad", "good"):
            changed[name] = tuple(changed[name])
        changed["exemptions"] = tuple(exemptions[i] for i in changed["exemptions"])
        changed["groups"] = tuple(Group(**{**g, "not_words": tuple(g["not_words"])}) for g in changed["groups"])
        rules.append(Rule(**changed))
    return RuleBook(
        version=data["version"],
        rules=tuple(rules),
        words={word: tuple(Lead(*lead) for lead in leads) for word, leads in data["words"].items()},
        disguises=data["disguises"],
        sound_chars=data["sound_chars"],
        sound_codes=data["sound_codes"],
        syllables=data["syllables"],
        sound_words={code: tuple(terms) for code, terms in data["sound_words"].items()},
        homophones=frozenset(data["homophones"]),
        industry_words={name: tuple(words) for name, words in data["industry_words"].items()},
        industry_names=data["industry_names"],
        likeness=_likeness(data["likeness"]),
    )


def _likeness(data: Mapping[str, Any]) -> Likeness:
    if not data:
        return Likeness({}, {}, {}, 0.0, 0.0)
    return Likeness(
        weights=dict(zip(data["grams"], data["weights"], strict=True)),
        counts=dict(zip(data["grams"], data["counts"], strict=True)),
        areas=data["areas"],
        bias=data["bias"],
        threshold=data["threshold"],
    )
