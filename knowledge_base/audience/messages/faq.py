"""Old customer-service talks to candidate FAQ entries, for a person to confirm. Nothing is added by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from knowledge_base.audience.messages.labels import RISK
from knowledge_base.audience.messages.words import words

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import Classifier
    from knowledge_base.embedding import Embedder
    from knowledge_base.workspace import Workspace

LIKENESS = 0.75
"""Average cosine at which two questions are one."""
LEAST_ASKED = 3
SHORTEST_QUESTION, SHORTEST_ANSWER = 4, 6
MOST_QUESTIONS = 8_000
"""Distinct questions that are clustered, the commonest first: the table of distances takes 8 bytes a pair."""
QUESTION = re.compile(r"[?？吗呢么]|怎|什么|多少|多久|几|哪|能不能|可不可以|有没有|是不是|可以")
THANKS = re.compile(r"谢谢|好的|明白|知道了|收到|可以了|解决了|清楚了")
CATEGORIES = {"price": "价格", "stock": "库存", "logistics": "物流", "returns": "退换", "usage": "用法", RISK: "人工"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a talk; turns of one session in the order of time."""

    session: str
    staff: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What `wenan kb add` would take as a policy, once a person has looked at it."""

    id: str
    question: str
    answer: str
    category: str
    keywords: tuple[str, ...]
    handover: bool
    """Medical or legal risk: a person must answer."""
    asked: int
    sessions: int
    accepted: int
    """Times the customer thanked after this answer."""
    variants: tuple[str, ...]


def mine(
    turns: Iterable[Turn],
    embedder: Embedder,
    *,
    intents: Classifier | None = None,
    least: int = LEAST_ASKED,
    names: Sequence[str] = (),
) -> tuple[Candidate, ...]:
    """Most asked first. Personal data is hidden first; texts in which any was found are not quoted as answers.

    Questions of different intents are never one question. `names`: of products; two questions are compared without
    them, or everything asked of one product would be alike.
    """
    asked = _pairs(turns)
    questions = [text for text, _ in Counter(pair[1] for pair in asked).most_common(MOST_QUESTIONS)]
    if len(questions) < 1:
        return ()
    groups = _groups(questions, embedder, intents, names)
    known = {text: group for text, group in zip(questions, groups, strict=True)}
    found = []
    for group in sorted(set(groups)):
        rows = [pair for pair in asked if known.get(pair[1]) == group]
        if len({session for session, _, _, _ in rows}) >= least and (one := _candidate(rows, embedder, intents)):
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.asked, one.question)))


def yaml_of(candidates: Sequence[Candidate]) -> str:
    """A file for `wenan kb add`; evidence and the mark 候选 stand in comments, since records have no such fields."""
    import yaml

    parts = ["# 候选问答：从客服记录里挑出来的，还没有人确认。逐条看过、改好、删掉不要的，再用 wenan kb add 加进去。\n"]
    for one in candidates:
        accepted = f"，{one.accepted} 次之后客户表示满意" if one.accepted else ""
        shown = "；".join(" ".join(text.split()) for text in one.variants[:3])
        parts.append(f"# 候选：{one.sessions} 个会话问过{accepted}。问法：{shown}\n")
        record = {
            "id": one.id, "question": one.question, "answer": one.answer, "category": one.category,
            "keywords": list(one.keywords), "handover": one.handover,
        }  # fmt: skip
        parts.append(yaml.safe_dump([record], allow_unicode=True, sort_keys=False, width=1000))
    return "".join(parts)


def product_names(workspace: Workspace) -> list[str]:
    """Names of the products in the knowledge base."""
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.records import Product

    return [one.name for one in KnowledgeBase.open(workspace).all() if isinstance(one, Product)]


def _pairs(turns: Iterable[Turn]) -> list[tuple[str, str, str, bool]]:
    """(session, question, answer, thanked), personal data hidden."""
    sessions: dict[str, list[Turn]] = {}
    for turn in turns:
        sessions.setdefault(turn.session, []).append(turn)
    found = []
    for session, talk in sessions.items():
        for place, turn in enumerate(talk[:-1]):
            answer = talk[place + 1]
            if turn.staff or not answer.staff:
                continue
            question, said = _masked(turn.text), _masked(answer.text)
            if len(question) < SHORTEST_QUESTION or len(said) < SHORTEST_ANSWER or not QUESTION.search(question):
                continue
            after = next((one for one in talk[place + 2 :] if not one.staff), None)
            found.append((session, question, said, bool(after and THANKS.search(after.text))))
    return found


def _groups(questions: list[str], embedder: Embedder, intents: Classifier | None, names: Sequence[str]) -> list[int]:
    """A number for each question, the same for those that are one."""
    bare = [_without(text, names) for text in questions]
    kinds = [one.best for one in intents.judge(bare)] if intents else [""] * len(questions)
    found, first = [0] * len(questions), 0
    for kind in sorted(set(kinds)):
        places = [place for place, one in enumerate(kinds) if one == kind]
        groups = _clusters([bare[place] for place in places], embedder)
        for place, group in zip(places, groups, strict=True):
            found[place] = first + group
        first += max(groups) + 1
    return found


def _without(text: str, names: Sequence[str]) -> str:
    """`text` with the products it names as 它; itself when nothing else is left."""
    for name in sorted(names, key=lambda one: -len(one)):
        text = text.replace(name, "它") if name else text
    return text


def _clusters(questions: list[str], embedder: Embedder) -> list[int]:
    if len(questions) == 1:
        return [0]
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1 - LIKENESS, metric="cosine", linkage="average"
    )
    return [int(group) for group in model.fit_predict(embedder.embed(questions))]


def _candidate(
    rows: list[tuple[str, str, str, bool]], embedder: Embedder, intents: Classifier | None
) -> Candidate | None:
    """The middle question of the group; of the answers the one thanked most, then said most, then in the middle."""
    variants = [text for text, _ in Counter(question for _, question, _, _ in rows).most_common()]
    said = Counter(answer for _, _, answer, _ in rows if "〔" not in answer)
    clean = [text for text in variants if "〔" not in text]
    if not said or not clean:
        return None
    thanked = Counter(answer for _, _, answer, ok in rows if ok)
    middle = _central(list(said), embedder)
    answer = max(said, key=lambda text: (thanked[text], said[text], middle[text], text))
    weights = _central(clean, embedder)
    question = max(clean, key=lambda text: (weights[text], text))
    intent = intents.judge([question])[0].label if intents else ""
    return Candidate(
        id=f"faq-{sha256(question.encode()).hexdigest()[:10]}",
        question=question,
        answer=answer,
        category=CATEGORIES.get(intent, ""),
        keywords=tuple(word for word, _ in Counter(w for text in variants for w in set(words(text))).most_common(5)),
        handover=intent == RISK,
        asked=len(rows),
        sessions=len({session for session, _, _, _ in rows}),
        accepted=thanked[answer],
        variants=tuple(variants[:5]),
    )


def _central(texts: list[str], embedder: Embedder) -> dict[str, float]:
    """Cosine of each text to the mean of all."""
    vectors = embedder.embed(texts)
    likeness = vectors @ vectors.mean(axis=0)
    return {text: round(float(value), 6) for text, value in zip(texts, likeness, strict=True)}


def _masked(text: str) -> str:
    from knowledge_base.pii import Vault

    return Vault().mask(" ".join(text.split()))
