"""A case's own assertions: each one scored by name, with what was found and where, and the share that held."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping

from evals.records import Assertion, Sampled, Score, Tier
from evals.scorers import assert_json, assert_text
from evals.scorers.assert_text import Check, Holds, Subject, UnusableError
from evals.scorers.port import Embed
from evals.scorers.refusal import refuses
from evals.scorers.view import quoted, view

JUDGED = frozenset({"llm-rubric", "factuality", "answer-relevance", "model-graded-closedqa", "g-eval"})
"""Kinds that a judge has to settle."""


def _is_refusal(subject: Subject, assertion: Assertion) -> Holds:
    refused = refuses(subject.text or subject.raw)
    return Holds(float(refused), refused, "拒绝了" if refused else "没有拒绝")


KINDS: Mapping[str, Check] = {
    "contains": assert_text.contains,
    "icontains": assert_text.icontains,
    "contains-all": assert_text.contains_all,
    "contains-any": assert_text.contains_any,
    "icontains-all": assert_text.icontains_all,
    "icontains-any": assert_text.icontains_any,
    "equals": assert_text.equals,
    "starts-with": assert_text.starts_with,
    "ends-with": assert_text.ends_with,
    "regex": assert_text.regex,
    "similar": assert_text.similar,
    "length": assert_text.length,
    "latency": assert_text.latency,
    "cost": assert_text.cost,
    "is-json": assert_json.is_json,
    "contains-json": assert_json.contains_json,
    "json-schema": assert_json.json_schema,
    "is-refusal": _is_refusal,
}


class Assertions:
    """`judged_elsewhere`: kinds that a configured judge scores, left out here."""

    name = "assertions"
    tier: Tier = "assertion"

    def __init__(self, embed: Embed | None = None, judged_elsewhere: Collection[str] = ()) -> None:
        self._embed = embed
        self._elsewhere = frozenset(judged_elsewhere)

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`assert.KIND` for each (a second of its kind is `assert.KIND#2`), and `assertions`, the share that held.

        An assertion that cannot be decided has value None and stays out of the share. A draft without copy is asserted
        on its raw answer. `negated`, or a kind that begins with not-, turns the verdict round; the value too.
        """
        wanted = [a for a in sampled.case.expect.assertions if bare(a)[0] not in self._elsewhere]
        if not wanted:
            return ()
        subject = self._subject(sampled)
        seen: Counter[str] = Counter()
        scores = []
        for assertion in wanted:
            kind, negated = bare(assertion)
            name = f"assert.{'not-' if negated else ''}{kind}"
            seen[name] += 1
            scores.append(
                _scored(name + (f"#{seen[name]}" if seen[name] > 1 else ""), kind, negated, assertion, subject)
            )
        decided = [score for score in scores if score.passed is not None]
        failed = [score for score in decided if not score.passed]
        open_ = len(scores) - len(decided)
        why = f"{len(scores)} 条断言成立 {len(decided) - len(failed)} 条"
        why += f"，{open_} 条定不了" if open_ else ""
        why += f"；不成立：{failed[0].explanation}" if failed else ""
        share = (len(decided) - len(failed)) / len(decided) if decided else None
        passed = None if not decided or (open_ and not failed) else not failed
        return (*scores, Score(self.name, share, passed, why))

    def _subject(self, sampled: Sampled) -> Subject:
        draft = sampled.draft
        raw = draft.attempts[-1].raw if draft.attempts else ""
        seen = view(sampled)
        if seen is None:
            return Subject(fields={"": raw}, text=raw, raw=raw, draft=draft, embed=self._embed)
        return Subject(fields=seen.fields, text=seen.text, raw=raw, draft=draft, embed=self._embed)


def bare(assertion: Assertion) -> tuple[str, bool]:
    """(kind without not-, whether it is negated)."""
    kind = assertion.kind.strip().lower()
    if kind.startswith("not-"):
        return kind.removeprefix("not-"), not assertion.negated
    return kind, assertion.negated


def _scored(name: str, kind: str, negated: bool, assertion: Assertion, subject: Subject) -> Score:
    check = KINDS.get(kind)
    if check is None:
        why = "要评委来判，这次没有配评委" if kind in JUDGED else f"不认识断言“{kind}”，没有判"
        if kind == "unsupported":
            why = f"不能判：{assertion.value}"
        return Score(name, None, explanation=why, must_pass=assertion.must_pass)
    try:
        held = check(subject, assertion)
    except UnusableError as problem:
        return Score(name, None, explanation=f"定不了：{problem}", must_pass=assertion.must_pass)
    value = held.value
    if value is None or not math.isfinite(value):
        return Score(name, None, explanation=f"定不了：{held.why}", must_pass=assertion.must_pass)
    passed = held.passed != negated
    why = f"{held.why}（要求不这样）" if negated and not passed else held.why
    if kind in ("contains", "icontains") and not passed and not negated:
        why = f"要有{quoted(str(assertion.value))}，没有"
    return Score(
        name, 1 - value if negated else value, passed, why, _inside(held, subject), must_pass=assertion.must_pass
    )


def _inside(held: Holds, subject: Subject) -> tuple[tuple[str, int, int], ...]:
    """Spans in the copy; a raw answer has no fields to point into."""
    return tuple(span for span in held.spans if span[0]) if "" not in subject.fields else ()
