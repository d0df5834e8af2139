"""`wenan audience recommend`: products for users; products, articles and coupons for a persona; each with a reason."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from knowledge_base.audience.command_parts import Json, opened, show
from knowledge_base.chinese_cli import App

app = App()


@app.command()
def recommend(
    user: Annotated[list[str] | None, typer.Option("--user", help="给谁（化名或原来的编号），可以写几次。")] = None,
    persona: Annotated[str, typer.Option("--persona", help="给哪个画像：商品、文章、券。")] = "",
    k: Annotated[int, typer.Option("--top", "-n", min=1, max=50, help="几样。")] = 5,
    out_of_stock: Annotated[list[str] | None, typer.Option("--out-of-stock", help="缺货的商品，可以写几次。")] = None,
    as_json: Json = False,
) -> None:
    """给人推荐商品，或给画像配商品、文章和券；每样都说明原因。不写给谁，就给没有历史的新客。"""
    from knowledge_base.audience.recommend.catalogue import excluded
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    records = KnowledgeBase.open(workspace).all()
    gone = frozenset(out_of_stock or ())
    closed = {one.item: one.reason for one in excluded(records, date.today(), out_of_stock=gone)}
    closed |= dict.fromkeys(gone, "缺货")
    if persona:
        return _for_persona(workspace, records, persona, k, closed, as_json)
    return _for_users(list(user or ()), records, k, closed, as_json)


def _for_persona(workspace: Any, records: Any, wanted: str, k: int, closed: dict[str, str], as_json: bool) -> None:
    from knowledge_base.audience.recommend.catalogue import for_persona
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.codec import record_name
    from knowledge_base.embedders import open_embedder
    from knowledge_base.labels import KIND_LABELS
    from knowledge_base.records import Coupon, Exemplar, Passage, Persona, Product

    card = KnowledgeBase.open(workspace).resolve("persona", wanted)
    assert isinstance(card, Persona)
    embedder = open_embedder(workspace)
    body, lines = [], []
    for kind in (Product, Exemplar, Passage, Coupon):
        some = [
            one
            for one in records
            if isinstance(one, kind) and not (isinstance(one, Coupon) and one.segments and card.id not in one.segments)
        ]
        for one in for_persona(card, some, embedder, k, allowed=lambda id: id not in closed):
            name = record_name(one.record)
            body.append({"kind": one.record.kind, "id": one.record.id, "score": one.score, "reason": one.reason})
            lines.append(f"{KIND_LABELS[one.record.kind]}\t{name}\t{one.reason}")
    show(body, lines or ["知识库里没有可推荐的"], as_json)


def _for_users(users: list[str], records: Any, k: int, closed: dict[str, str], as_json: bool) -> None:
    import polars as pl

    from knowledge_base.audience.recommend.catalogue import item_vectors
    from knowledge_base.audience.recommend.choose import choose, split_by_time
    from knowledge_base.audience.recommend.interactions import from_triples, weighed
    from knowledge_base.audience.recommend.recommender import Recommender
    from knowledge_base.embedders import open_embedder
    from knowledge_base.errors import BadInputError
    from knowledge_base.records import Product

    workspace, store = opened()
    frame = weighed(store.events(), store.orders()).collect()
    if not frame.height:
        raise BadInputError("导入的行为里没有商品", hint="行为文件要有「商品」一列。")
    train, later, whole = split_by_time(frame)
    known = {one.id: one for one in records if isinstance(one, Product)}
    pairs = store.events().select("item", "category").drop_nulls().unique("item").collect()
    vectors = item_vectors(whole.items, known, dict(pairs.iter_rows()), open_embedder(workspace))
    choice = choose(train, later, whole, vectors)
    bought = store.orders().select("user", "item").drop_nulls().unique().collect()
    bought = bought.filter(pl.col("item").is_in(list(whole.items)), pl.col("user").is_in(list(whole.users)))
    owned = _aligned_owned(
        from_triples(bought["user"].to_list(), bought["item"].to_list(), [1.0] * bought.height, all_items=whole.items),
        whole,
    )
    names = {id: one.name for id, one in known.items()}
    recommender = Recommender(whole, choice, closed, vectors if vectors.any() else None, names)
    ids = [one if one in whole.user_rows else store.pseudonyms.of_id(one) for one in users] or [""]
    found = recommender.for_users(ids, k, owned=owned)
    lines = [f"方法：{choice.name}；{choice.reason}"]
    for one, row in zip(users or ["新客"], found, strict=True):
        lines.append(f"{one}：" if row else f"{one}：没有可推荐的")
        lines += [f"  {names.get(each.item, each.item)}　{each.reason}" for each in row]
    with store:
        store.save_report("recommend", _quality(choice))
    shown = {one: [asdict(each) for each in row] for one, row in zip(users or ["新客"], found, strict=True)}
    body = {"method": choice.name, "reason": choice.reason, "validation": dict(choice.scores), "users": shown}
    show({**body, "quality": recommender.quality(found)}, lines, as_json)


def _quality(choice: Any) -> dict[str, Any]:
    """How each way of recommending did on what people turned to later; no person in it."""
    from knowledge_base.audience.recommend.choose import CUT

    return {
        "chosen": choice.name,
        "reason": choice.reason,
        "scores": dict(choice.scores),
        "coverages": dict(choice.coverages),
        "users": choice.users,
        "cut": CUT,
    }


def _aligned_owned(part: Any, whole: Any) -> Any:
    from knowledge_base.audience.recommend.choose import aligned

    return aligned(part, whole)
