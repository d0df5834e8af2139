"""Are the texts of one group unlike each other: the same product for several personas, or several samples of a case."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from evals.records import Case, Sampled, Score, Tier
from evals.scorers.port import Embed, Key, key_of
from evals.scorers.view import View, quoted, unreadable, view
from evals.text_metrics import cosine, grams, opening, overlap, self_bleu

if TYPE_CHECKING:
    from evals.suite import SuiteCase

N = 3
"""Characters in an n-gram of `distinct.jaccard`: long enough that shared words alone are no likeness."""

BATCHES = 32


class Distinctness:
    """`embed`, where configured, must not be the retriever's embedder."""

    name = "distinct"
    tier: Tier = "quality"

    def __init__(self, embed: Embed | None = None) -> None:
        self._embed = embed

    def among(self, case: Case | SuiteCase) -> str:
        """The case's group; a case without one is compared with its own samples, and comes in one of a few batches."""
        return f"g:{case.group}" if case.group else f"c:{crc32(case.id.encode('utf-8', 'replace')) % BATCHES}"

    def together(self, sampled: Sampled) -> str:
        return self.among(sampled.case)

    def score_group(self, rows: Sequence[Sampled]) -> Mapping[Key, tuple[Score, ...]]:
        """Each in [0, 1], against the other texts of the group: `distinct.jaccard` the likest by character triples,
        `distinct.self_bleu` BLEU against the others, `distinct.opening` 1 when no other begins alike, else 0, and
        `distinct.embedding` the highest cosine (negative ones count 0). Nothing for a text without companions."""
        groups: dict[str, list[Sampled]] = defaultdict(list)
        for row in rows:
            groups[f"g:{row.case.group}" if row.case.group else f"c:{row.case.id}"].append(row)
        found: dict[Key, tuple[Score, ...]] = {}
        for group in groups.values():
            if len(group) > 1:
                found |= self._group(group)
        return found

    def _group(self, group: list[Sampled]) -> dict[Key, tuple[Score, ...]]:
        readable = [(row, seen) for row in group if (seen := view(row)) is not None]
        found = {key_of(row): unreadable("distinct.jaccard", row) for row in group if view(row) is None}
        if len(readable) < 2:
            why = "同组没有别的文案可比"
            return found | {key_of(row): (Score("distinct.jaccard", None, explanation=why),) for row, _ in readable}
        views = [seen for _, seen in readable]
        ids = [row.case.id for row, _ in readable]
        bleus = self_bleu([seen.text for seen in views])
        near = _nearest([grams(seen.letters, N) for seen in views], ids)
        opened = _openings(views)
        cosines = self._cosines(views)
        for i, (row, _) in enumerate(readable):
            scores = [
                near[i],
                Score("distinct.self_bleu", bleus[i], None, f"和同组 {len(views) - 1} 篇比"),
                opened[i],
            ]
            if cosines:
                scores.append(Score("distinct.embedding", cosines[i], None, "和同组意思最近的一篇的余弦"))
            found[key_of(row)] = tuple(scores)
        return found

    def _cosines(self, views: list[View]) -> list[float]:
        if self._embed is None:
            return []
        vectors = self._embed([seen.text for seen in views])
        return [
            max(0.0, *(cosine(vectors[i], vectors[j]) for j in range(len(views)) if j != i)) for i in range(len(views))
        ]


def _nearest(sets: list[frozenset[str]], ids: list[str]) -> list[Score]:
    found = []
    for i, mine in enumerate(sets):
        likeness, j = max((overlap(mine, other), -k) for k, other in enumerate(sets) if k != i)
        found.append(Score("distinct.jaccard", likeness, None, f"最像 {ids[-j]}：{likeness:.0%}"))
    return found


def _openings(views: list[View]) -> list[Score]:
    openings = [opening(seen.text) for seen in views]
    counts = Counter(openings)
    found = []
    for seen, start in zip(views, openings, strict=True):
        again = counts[start] - 1 if start else 0
        shown = quoted(seen.text, 8)
        why = f"{shown}这样开头的还有 {again} 篇" if again else f"开头{shown}没有和别的重复"
        name, text = next(((n, t) for n, t in seen.fields.items() if t.strip()), ("", ""))
        evidence = ((name, 0, min(len(text), 8)),) if again else ()
        found.append(Score("distinct.opening", 0.0 if again else 1.0, not again, why, evidence))
    return found
