"""What the answer took, as its attempts record it: seconds, yuan, tokens, attempts, and whether the first sufficed."""

from __future__ import annotations

from decimal import Decimal

from evals.records import Sampled, Score, Tier
from evals.scorers.refusal import refuses


class Latency:
    name = "latency"
    tier: Tier = "cost"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """Seconds of all attempts together; None when no attempt was made."""
        attempts = sampled.draft.attempts
        if not attempts:
            return (Score(self.name, None, explanation="没有记下任何一次生成"),)
        total = sum(attempt.latency for attempt in attempts)
        return (Score(self.name, total, None, f"{len(attempts)} 次生成共 {total:.2f} 秒"),)


class Cost:
    name = "cost"
    tier: Tier = "cost"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`cost` in yuan, None while the profile has no price; `tokens` in and out; `attempts`;
        `attempts.first_try` 1 when the first answer could be read, 0 when it was unreadable or a refusal."""
        attempts = sampled.draft.attempts
        if not attempts:
            return (Score(self.name, None, explanation="没有记下任何一次生成"),)
        spent, came = sum(a.input_tokens for a in attempts), sum(a.output_tokens for a in attempts)
        prices = [a.cost for a in attempts]
        known = [price for price in prices if price is not None]
        if len(known) < len(prices):
            cost = Score(self.name, None, explanation="模型档案没有写价格，算不出花费")
        else:
            total = sum(known, Decimal(0))
            cost = Score(self.name, float(total), None, f"{len(attempts)} 次生成共 {total} 元")
        return (
            cost,
            Score("tokens", float(spent + came), None, f"输入 {spent}，输出 {came}"),
            Score("attempts", float(len(attempts)), None, f"写了 {len(attempts)} 稿"),
            _first_try(sampled),
        )


def _first_try(sampled: Sampled) -> Score:
    first, used = sampled.draft.attempts[0], sampled.draft.copy is not None
    unread = next((f.message for f in first.findings if f.status == "unparsable" and f.severity == "block"), "")
    if not unread:
        return Score("attempts.first_try", 1.0, None, "第一次回答就读得出")
    why = "第一次拒绝了" if refuses(first.raw) else "第一次读不出"
    after = "，重写后能用" if used else "，重写也没用"
    return Score("attempts.first_try", 0.0, None, f"{why}{after}：{unread}")
