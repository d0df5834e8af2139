"""What the answer took: seconds, yuan, tokens and attempts, as the draft's attempts record them."""

from __future__ import annotations

from decimal import Decimal

from evals.records import Sampled, Score, Tier


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
        """`cost` in yuan, None while the profile has no price; `tokens` in and out; `attempts`."""
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
        )
