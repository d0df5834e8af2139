"""Numbers -> sentences a copywriter can use, by fixed rules (phrasing.yaml). The same numbers give the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.audience.personas.card import PREFIX, Field, Figure, PersonaCard, Statement
from knowledge_base.audience.personas.interests import Interest
from knowledge_base.audience.personas.moments import (
    WEEKENDS,
    WORKDAYS,
    days_meant,
    hours_meant,
    part_of_day,
    peaks,
    spoken,
)  # fmt: skip
from knowledge_base.audience.personas.profile import Profile, Trait
from knowledge_base.audience.segments.describe import WORTH_SAYING
from knowledge_base.audience.timing import LEAST_SENT, NONE
from knowledge_base.records import FIGURES, Product

PATH = Path(__file__).with_name("phrasing.yaml")
FAVOURITES = 3
"""Items named on a card."""
TOPICS = 3
MORE = 1.5
"""How many times as often as others they must ask before it says what they will not put up with."""
THERE = 0.2
"""Share of actions that must fall into the time a product's scene speaks of."""
LINE = "figure."
"""Begins the keys of those lines."""
CHANNELS = {"公众号文章": "公众号文章", "朋友圈": "朋友圈广告", "私聊": "客服回复", "短信": "短信"}
"""Channels of the data as personas name them; others keep their name."""
_CATALOGUE_TALK = re.compile(r"^(?:漏斗：|RFM 的 .：|平均)|[；（：].*$")
"""What the feature catalogue says for those who build models."""


def card(
    profile: Profile,
    products: Mapping[str, Product],
    number: int,
    *,
    k: int,
    brand: str = "",
    picked: Product | None = None,
) -> PersonaCard:
    """`products`: item of the data -> the knowledge base's product. `number`: from 1, as people type it.

    `picked`: the product recommended to the segment; its moments that fall into their hours become scenes.
    """
    names = _Names(products)
    statements = [
        *_name(profile, names, k),
        *_features(profile),
        *_topics(profile),
        *_scenes(profile, products, k, picked),
        *_words(profile, products),
        *_channels(profile, k),
    ]
    known = _with_lines([one for one in statements if one.text])
    return PersonaCard(id=f"{PREFIX}{number}", size=profile.size, share=profile.share, brand=brand, statements=known)


def reworded(card: PersonaCard, texts: Mapping[str, str]) -> PersonaCard:
    """The card with other words for the statements named by key; figures and evidence stay theirs."""
    own = [one for one in card.statements if not one.key.startswith(LINE)]
    return replace(card, statements=_with_lines([replace(one, text=texts.get(one.key, one.text)) for one in own]))


def assumes(text: str) -> str:
    """The first word of a text that takes a reader's life for granted, which behaviour cannot prove; empty for none."""
    found = _rules().assumed.search(text)
    return found.group() if found else ""


def _with_lines(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    lines = [Statement("evidence", LINE + one.key, _line(one), one.figures) for one in statements if one.figures]
    return (*statements, *lines)


@dataclass(frozen=True, slots=True)
class _Names:
    products: Mapping[str, Product]

    def __getitem__(self, item: str) -> str:
        known = self.products.get(item)
        return known.name if known else item


def unique_names(cards: Sequence[PersonaCard]) -> list[PersonaCard]:
    """Names that two cards share get the segment's number behind them."""
    shared = {name for name in (one.name for one in cards) if sum(name == other.name for other in cards) > 1}
    return [
        replace(
            one,
            statements=tuple(
                replace(s, text=f"{s.text}{one.id.removeprefix(PREFIX)}") if s.field == "name" else s
                for s in one.statements
            ),
        )
        if one.name in shared
        else one
        for one in cards
    ]


def _line(one: Statement) -> str:
    """One line of evidence. The name and the sentence about who they are need no quotation."""
    quoted = "" if one.field in ("name", "who") else f"「{one.text}」"
    return FIGURES + quoted + "；".join(figure.said() for figure in one.figures)


def _name(profile: Profile, names: _Names, k: int) -> Iterator[Statement]:
    rhythm, rules = profile.rhythm, _rules()
    best = peaks(rhythm, k)[:1] if rhythm else ()
    when = f"{rhythm.days if rhythm else ''}{part_of_day(best[0])}" if best else ""
    category = _category(profile)
    habit = max(
        (trait for name, trait in profile.traits.items() if name in rules.habits and trait.effect >= WORTH_SAYING),
        key=lambda trait: trait.effect,
        default=None,
    )
    looks = f"看{category.feature.partition(':')[2]}" if category else "逛店"
    how = rules.habits[habit.feature] if habit else ""
    said = (f"{when}{looks}", how)
    yield Statement("name", "name", "、".join(part for part in said if part))
    favourites = [names[one.value] for one in profile.items[:FAVOURITES] if one.gain > 0]
    hours = "、".join(spoken(hour) for hour in peaks(rhythm, k)) if rhythm else ""
    parts = [
        f"{rhythm.days if rhythm else ''}{hours}前后最活跃" if hours else "",
        f"常看{'、'.join(favourites)}" if favourites else "",
        how,
    ]
    figures = (
        [
            Figure(
                what=f"动作里看「{category.feature.partition(':')[2]}」的占",
                here=category.here,
                elsewhere=category.elsewhere,
                n=category.n,
            )
        ]
        if category
        else []
    )
    figures += [_interest(f"看过{names[one.value]}的人", one) for one in profile.items[:FAVOURITES] if one.gain > 0]
    yield Statement("who", "who", "，".join(part for part in parts if part), tuple(figures))


def _category(profile: Profile) -> Trait | None:
    """The category that is both much of what they look at and more than others look at it."""
    found = [one for name, one in profile.traits.items() if name.startswith("category:") and one.here > one.elsewhere]
    return max(found, key=lambda one: one.here * (one.here - one.elsewhere), default=None)


def _features(profile: Profile) -> Iterator[Statement]:
    from knowledge_base.audience.features.catalogue import describe

    for rule in _rules().features:
        trait: Trait | None = profile.traits.get(rule["feature"])
        sign = 1 if rule["side"] == "high" else -1
        if trait is None or trait.effect * sign < WORTH_SAYING:
            continue
        feature = describe(trait.feature)
        shares = feature.unit == "0 到 1"
        meaning = _CATALOGUE_TALK.sub("", feature.meaning)
        what = meaning if shares or feature.unit == "比率" else f"{meaning}（{feature.unit}）"
        figure = Figure(
            what=f"{what}平均", here=trait.here, elsewhere=trait.elsewhere, n=trait.n,
            unit="share" if shares else "mean",
        )  # fmt: skip
        yield Statement(rule["field"], f"feature.{trait.feature}.{rule['side']}", rule["text"], (figure,))


def _topics(profile: Profile) -> Iterator[Statement]:
    rules = _rules().intents
    for topic in [one for one in profile.topics if one.intent in rules][:TOPICS]:
        from knowledge_base.audience.messages.labels import name

        what = f"发过消息的人里，问过「{name('intent', topic.intent)}」的"
        figure = Figure(what=what, here=topic.here, elsewhere=topic.elsewhere, n=topic.people)
        for field, text in rules[topic.intent].items():
            place: Field = "evidence" if field == "trust" else field
            # The question itself carries the figures; what follows from it need not repeat them.
            figures = (figure,) if field in ("objections", "avoid") else ()
            if field == "avoid" and topic.here < MORE * topic.elsewhere:
                # What everybody asks says nothing of what these people will not believe.
                continue
            yield Statement(place, f"intent.{topic.intent}.{field}", text, figures)


def _scenes(profile: Profile, products: Mapping[str, Product], k: int, picked: Product | None) -> Iterator[Statement]:
    """Their hours, and the moments of the product they will be shown: those of other products would fit it badly."""
    rhythm = profile.rhythm
    if rhythm is None or rhythm.n < k:
        return
    weekend = Figure(
        what="周六周日的动作占", here=rhythm.weekend_here, elsewhere=rhythm.weekend_elsewhere, n=rhythm.n
    )  # fmt: skip
    for place, hour in enumerate(peaks(rhythm, k)):
        figures = [
            Figure(
                what=f"{hour} 点的动作占", here=rhythm.here[hour], elsewhere=rhythm.elsewhere[hour],
                n=rhythm.people[hour],
            )
        ]  # fmt: skip
        # The key names the place and not the hour: another peak is a new version of the same sentence.
        figures += [weekend] if rhythm.days else []
        yield Statement("scenes", f"hour.{place + 1}", f"{rhythm.days}{spoken(hour)}", tuple(figures))
    one = next((one for one in profile.items if picked and products.get(one.value) == picked), None)
    if picked is None or one is None:
        return
    for scene in picked.scenes:
        if found := _fits(scene, profile):
            seen = _interest(f"资料里「{picked.name}」的场景，看过它的人", one)
            yield Statement("scenes", f"scene.{picked.id}.{scene}", scene, (seen, *found))


def _fits(scene: str, profile: Profile) -> tuple[Figure, ...]:
    """The figures that make a product's scene theirs; none when it says nothing of time, or of another time."""
    rhythm = profile.rhythm
    if rhythm is None or _rules().assumed.search(scene):
        return ()
    figures = []
    for hours in hours_meant(scene):
        here, elsewhere = rhythm.share(hours)
        if here < THERE:
            return ()
        figures.append(Figure(what=f"{_span(hours)}的动作占", here=here, elsewhere=elsewhere, n=rhythm.n))
    day = days_meant(scene)
    if (day == "周末" and rhythm.weekend_here <= WEEKENDS) or (day == "工作日" and rhythm.weekend_here >= WORKDAYS):
        return ()
    if day:
        here, elsewhere = rhythm.weekend_here, rhythm.weekend_elsewhere
        figures.append(Figure(what="周六周日的动作占", here=here, elsewhere=elsewhere, n=rhythm.n))
    return tuple(figures)


def _span(hours: frozenset[int]) -> str:
    runs = sorted(hour for hour in hours if (hour - 1) % 24 not in hours)
    ends = [next((first + n) % 24 for n in range(1, 25) if (first + n) % 24 not in hours) for first in runs]
    return "、".join(f"{first}–{end or 24} 点" for first, end in zip(runs, ends, strict=True))


def _words(profile: Profile, products: Mapping[str, Product]) -> Iterator[Statement]:
    """Words of the goods themselves say what they ask about, not how they talk."""
    goods = "".join(f"{one.name}{one.category}{''.join(one.aliases)}" for one in products.values())
    for word in profile.words:
        if word.text not in goods:
            figure = Figure(
                what=f"消息里用过「{word.text}」的人", here=word.here, elsewhere=word.elsewhere, n=word.people
            )
            yield Statement("language", f"word.{word.text}", f"会说“{word.text}”", (figure,))


def _channels(profile: Profile, k: int) -> Iterator[Statement]:
    timing = profile.timing
    if timing is None or timing.channel in ("", NONE):
        return
    text = CHANNELS.get(timing.channel, timing.channel)
    figures: list[Figure] = []
    hours = [int(one.value) for one in timing.hours if one.sent >= LEAST_SENT]
    sent = [hour for hour in hours if (profile.number, timing.channel, hour) in profile.reach]
    # One hour with enough messages is no comparison.
    for hour in (None, *(sent[:1] if len(hours) > 1 else ())):
        found = profile.reach.get((profile.number, timing.channel, hour))
        if found is None or found.people < k:
            break
        what = f"{timing.channel}{'' if hour is None else f' {hour} 点'}推送后打开的"
        figures.append(Figure(what=what, here=found.here, elsewhere=found.elsewhere, n=found.people))
        text += "" if hour is None else f"（{hour} 点前后发）"
    if figures:
        yield Statement("channels", "channel.best", text, tuple(figures))


def _interest(what: str, one: Interest) -> Figure:
    return Figure(what=what, here=one.here, elsewhere=one.elsewhere, n=one.people)


@dataclass(frozen=True, slots=True)
class _Rules:
    features: tuple[Mapping[str, Any], ...]
    intents: Mapping[str, Mapping[Any, str]]
    habits: Mapping[str, str]
    assumed: re.Pattern[str]


@cache
def _rules() -> _Rules:
    body = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return _Rules(tuple(body["features"]), body["intents"], body["habits"], re.compile(body["assumed"]))
