"""Did the search bring what the case needs: apart from the copy, which may be good on poor knowledge."""

from __future__ import annotations

from agent.context import Retrieved
from evals.records import Sampled, Score, Tier

CUTOFFS = (1, 5)


class Retrieval:
    name = "retrieval"
    tier: Tier = "retrieval"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`retrieval.hit@k` (1 when a relevant record is among the first k of its kind), `retrieval.mrr` (1 / its rank)
        and `retrieval.recall` (share of the relevant that came at all); nothing without `expect.relevant`.

        Kinds are searched one by one, so ranks are within a kind. A record named by the brief counts as rank 1 of
        its own, since nothing had to be found.
        """
        wanted = sampled.case.expect.relevant
        if not wanted:
            return ()
        ranks = {id: rank for id in wanted if (rank := rank_of(id, sampled.context.retrieved)) is not None}
        best = min(ranks.values(), default=None)
        missing = [id for id in wanted if id not in ranks]
        why = "、".join(f"{id} 排第 {rank}" for id, rank in ranks.items()) or "一条也没找到"
        why += f"；没找到 {'、'.join(missing)}" if ranks and missing else ""
        hits = tuple(
            Score(f"retrieval.hit@{k}", float(best is not None and best <= k), best is not None and best <= k, why)
            for k in CUTOFFS
        )
        return (
            *hits,
            Score("retrieval.mrr", 1 / best if best else 0.0, None, why),
            Score("retrieval.recall", len(ranks) / len(set(wanted)), None, why),
        )


def rank_of(id: str, retrieved: tuple[Retrieved, ...]) -> int | None:
    """1-based rank among the records of its kind that the search brought; None when it did not come."""
    mine = next((one for one in retrieved if one.id == id), None)
    if mine is None:
        return None
    if mine.dense is None and mine.lexical is None and mine.score == 1.0:
        return 1
    rivals = {
        one.id for one in retrieved
        if one.kind == mine.kind and one.score > mine.score and (one.dense is not None or one.lexical is not None)
    }  # fmt: skip
    return len(rivals) + 1
