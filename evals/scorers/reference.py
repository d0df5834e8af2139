"""Likeness to good answers by people: character ROUGE-L, chrF and BLEU. The best of several references counts."""

from __future__ import annotations

from evals.records import Sampled, Score, Tier
from evals.scorers.view import unreadable, view
from evals.text_metrics import MAX_CHARS, bleu, chrf, rouge_l


class Reference:
    name = "reference"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`reference.rouge_l`, `.chrf`, `.bleu`, each in [0, 1], 1 for a copy of a reference; nothing without any."""
        references = tuple(one for one in sampled.case.expect.references if one.strip())
        if not references:
            return ()
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        text = seen.text
        why = f"和 {len(references)} 篇参考里最像的一篇比"
        if max(len(text), *map(len, references)) > MAX_CHARS:
            why += f"（只比前 {MAX_CHARS} 个字符）"
        return (
            Score("reference.rouge_l", max(rouge_l(text, one) for one in references), None, why),
            Score("reference.chrf", max(chrf(text, one) for one in references), None, why),
            Score("reference.bleu", bleu(text, references), None, why),
        )
