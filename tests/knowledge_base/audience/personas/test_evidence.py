"""Every number on a card is the number one gets by counting the shop's rows oneself."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import fmean
from typing import TYPE_CHECKING

import polars as pl
import pytest

from knowledge_base.audience.personas.card import Figure, PersonaCard, card_from, number_of
from knowledge_base.audience.timing import deliveries
from knowledge_base.records import FIGURES

if TYPE_CHECKING:
    from tests.knowledge_base.audience.personas.conftest import Shop

CLOCK = timedelta(hours=8)


def sides(shop: Shop, card: PersonaCard) -> tuple[set[str], set[str]]:
    """People of the card, people of the other cards."""
    rows = shop.members.rows()
    inside = {user for user, segment in rows if segment + 1 == number_of(card.id)}
    return inside, {user for user, segment in rows if segment >= 0} - inside


def figure(card: PersonaCard, key: str, place: int = 0) -> Figure:
    return next(one.figures[place] for one in card.statements if one.key == key)


def test_one_card_for_each_segment_with_its_size(persona_shop: Shop) -> None:
    cards = persona_shop.built.cards
    assert [one.id for one in cards] == [f"segment:{number}" for number in range(1, 6)]
    assert [one.size for one in cards] == [len(sides(persona_shop, one)[0]) for one in cards]
    assert sum(one.share for one in cards) == pytest.approx(1)
    assert len({one.name for one in cards}) == 5


def test_hours_are_means_of_peoples_own_shares(persona_shop: Shop) -> None:
    actions: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for user, time, action in persona_shop.store.events().select("user", "time", "action").collect().iter_rows():
        if action != "未读":
            local = time + CLOCK
            actions[user].append((local.hour, local.isoweekday() > 5))
    for card in persona_shop.built.cards:
        inside, others = sides(persona_shop, card)
        found = figure(card, "hour.1")
        hour = int(found.what.split()[0])
        shares = {user: Counter(at for at, _ in rows)[hour] / len(rows) for user, rows in actions.items()}
        assert found.here == pytest.approx(fmean(shares[user] for user in inside & shares.keys()))
        assert found.elsewhere == pytest.approx(fmean(shares[user] for user in others & shares.keys()))
        assert found.n == sum(shares.get(user, 0) > 0 for user in inside)
        weekend = [f for one in card.of("scenes") for f in one.figures if "周六" in f.what]
        for one in weekend:
            rates = {user: fmean(late for _, late in rows) for user, rows in actions.items()}
            assert one.here == pytest.approx(fmean(rates[user] for user in inside & rates.keys()))


def test_favourites_count_people(persona_shop: Shop) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for user, item, action in persona_shop.store.events().select("user", "item", "action").collect().iter_rows():
        if action != "未读":
            seen[item].add(user)
    items = {product.name: item for item, product in persona_shop.products.items()}
    for card in persona_shop.built.cards:
        inside, others = sides(persona_shop, card)
        [who] = card.of("who")
        favourites = [one for one in who.figures if one.what.startswith("看过")]
        assert len(favourites) == 3
        for found in favourites:
            name = found.what.removeprefix("看过").removesuffix("的人")
            assert name in who.text
            assert found.n == len(seen[items[name]] & inside)
            assert found.here == pytest.approx(found.n / len(inside))
            assert found.elsewhere == pytest.approx(len(seen[items[name]] & others) / len(others))


def test_features_are_means_of_the_feature_table(persona_shop: Shop) -> None:
    from knowledge_base.audience.features.build import compute

    table = compute(persona_shop.store)
    checked = 0
    for card in persona_shop.built.cards:
        inside, others = sides(persona_shop, card)
        for one in card.statements:
            match = re.fullmatch(r"feature\.(\w+)\.(high|low)", one.key)
            if not match:
                continue
            known = [(user, value) for user, value in table.select("user", match[1]).iter_rows() if value is not None]
            here = [value for user, value in known if user in inside]
            away = [value for user, value in known if user in others]
            found = one.figures[0]
            assert found.here == pytest.approx(fmean(here))
            assert found.elsewhere == pytest.approx(fmean(away))
            assert found.n == len(here)
            assert (found.here > found.elsewhere) == (match[2] == "high")
            checked += 1
    assert checked >= 5


def test_channels_count_what_was_sent_and_opened(persona_shop: Shop) -> None:
    """The same deliveries as behind the best hour, of the segment and of everybody else."""
    events = persona_shop.store.events()
    left = events.filter(pl.col("action") == "未读").select("user", "time", "channel").collect().rows()
    truth = {"夜": ("公众号文章", 21), "凌晨": ("私聊", 12), "下午": ("朋友圈", 18), "早上": ("短信", 8)}
    checked = 0
    for card in persona_shop.built.cards:
        inside, others = sides(persona_shop, card)
        for one in (figure for row in card.of("channels") for figure in row.figures):
            channel, *rest = one.what.removesuffix("推送后打开的").split(" ")
            hour = int(rest[0]) if rest else None
            sides_of = [(user, "in") for user in inside] + [(user, "out") for user in others]
            named = pl.DataFrame(sides_of, schema=["user", "segment"], orient="row")
            sent = deliveries(events, named).filter(pl.col("channel") == channel)
            sent = sent.filter(pl.col("hour") == hour) if hour is not None else sent
            for side, rate in (("in", one.here), ("out", one.elsewhere)):
                mine = sent.filter(pl.col("segment") == side)
                opened, unread = float(mine["opened"].sum()), float(mine["unread"].sum())
                # Who comes alone is estimated for each group by itself, so that halves need not add up to the whole.
                assert rate == pytest.approx(opened / (opened + unread), abs=0.05)
            certain = {user for user, time, by in left if by == channel and hour in (None, (time + CLOCK).hour)}
            assert one.n == len(certain & set(inside))
            for word, (best, best_hour) in truth.items():
                if word in card.name:
                    assert channel == best
                    assert hour in (None, best_hour)
            checked += 1
    assert checked >= 5


def test_nothing_rests_on_fewer_than_twenty_people_and_nobody_is_named(persona_shop: Shop) -> None:
    users = set(persona_shop.members["user"])
    for card in persona_shop.built.cards:
        assert all(one.n >= 20 for row in card.statements for one in row.figures)
        text = json.dumps(card.as_dict(), ensure_ascii=False)
        assert not [user for user in users if user in text]
    assert all(row["people"] >= 20 for rows in persona_shop.built.picks.values() for row in rows)


def test_every_statement_of_data_has_a_line_of_evidence(persona_shop: Shop) -> None:
    for card in persona_shop.built.cards:
        lines = [one.text for one in card.of("evidence") if one.text.startswith(FIGURES)]
        for one in card.statements:
            if one.field in ("scenes", "needs", "pains", "objections", "channels", "who"):
                assert one.figures, one
                said = "；".join(figure.said() for figure in one.figures)
                assert any(said in line and (one.field == "who" or one.text in line) for line in lines)


def test_no_gender_age_or_region_is_on_a_card(persona_shop: Shop) -> None:
    """The shop's segments differ most in these; behaviour cards leave them out."""
    for card in persona_shop.built.cards:
        text = json.dumps(card.as_dict(), ensure_ascii=False)
        assert not re.search("女|男|岁|华东|华北|华中|华南|西南|西北|东北", text)


def test_cards_survive_being_kept(persona_shop: Shop) -> None:
    for card in persona_shop.built.cards:
        assert card_from(json.loads(json.dumps(card.as_dict()))) == card


def test_picks_are_products_of_their_segment(persona_shop: Shop) -> None:
    """Each invented segment has three products of its own; its recommendation is one of them."""
    from knowledge_base.audience.synthetic.plan import plan

    own = {frozenset(one.items) for one in plan().segments}
    for card in persona_shop.built.cards:
        [who] = card.of("who")
        favourites = {item for item, product in persona_shop.products.items() if product.name in who.text}
        truth = max(own, key=lambda items: len(items & favourites))
        first = persona_shop.built.picks[card.id][0]
        assert first["item"] in truth
        assert first["share"] == pytest.approx(first["people"] / first["asked"])


def test_scenes_of_goods_are_those_of_the_pick_at_their_hours(persona_shop: Shop) -> None:
    for card in persona_shop.built.cards:
        picked = persona_shop.products[persona_shop.built.picks[card.id][0]["item"]]
        for one in card.of("scenes"):
            if one.key.startswith("scene."):
                assert one.text in picked.scenes
                assert all(figure.here >= 0.2 for figure in one.figures)


def test_items_the_knowledge_base_does_not_know_are_not_picked(persona_shop: Shop) -> None:
    from knowledge_base.audience.personas.picks import picks
    from knowledge_base.embedders import open_embedder

    some = {item: one for item, one in persona_shop.products.items() if item != "p-oat"}
    embedder = open_embedder(persona_shop.store.workspace)
    found, why = picks(persona_shop.store, persona_shop.members, {}, some, embedder, k=20)
    assert why
    assert found
    assert not [one for rows in found.values() for one in rows if one.item == "p-oat"]
