"""How long the copy is, and whether that is a length for its place."""

from __future__ import annotations

from evals.records import Sampled, Score, Tier
from evals.scorers.view import unreadable, view
from knowledge_base.errors import WenanError
from knowledge_base.rules import channel_spec


class Length:
    name = "length"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`length` in 字, neither end better; `length.fit` in [0, 1]: 1 within what reads well there."""
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        low, high = _range(sampled)
        size = seen.length
        fit = 1.0
        why = f"{size} 字"
        if size < low:
            fit, why = size / low, f"{size} 字，这里至少要 {low} 字"
        elif high and size > high:
            fit, why = high / size, f"{size} 字，这里读得完的是 {high} 字"
        return (Score(self.name, float(size), None, f"{size} 字"), Score("length.fit", fit, fit == 1.0, why))


def _range(sampled: Sampled) -> tuple[int, int]:
    """Least and most 字 that read well, from the channel's rules; 0 for no limit."""
    brief = sampled.draft.brief
    try:
        spec = channel_spec(brief.channel, brief.form, brief.format)
    except WenanError:  # a format that rules no longer know must not stop the scoring of its old drafts
        spec = channel_spec(brief.channel, brief.form, "")
    most = [limit for limit in (spec.text_max, spec.text_warn) if limit is not None]
    return spec.text_min or 1, min(most, default=0)
