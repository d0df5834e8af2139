"""Past texts -> a proposed tone bank, with every figure it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from statistics import median_low, quantiles

from knowledge_base.brand_learn.avoid import Avoidance, avoidance
from knowledge_base.brand_learn.habits import (
    Address,
    Habit,
    address,
    closings,
    emoji_use,
    exclamations,
    openings,
    rhythm,
    sign_off,
)
from knowledge_base.brand_learn.quotes import choose_quotes
from knowledge_base.brand_learn.texts import PastText, sentence_chars
from knowledge_base.brand_learn.voice import describe_voice
from knowledge_base.brand_learn.words import Phrase, distinctive_phrases
from knowledge_base.records import CHANNELS, Channel, ChannelTone

LINES = 5
"""Openings and closings proposed at most, each."""
WORDS = 8
EMOJI = 6
AVOIDED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMeasure:
    """What was counted in one channel."""

    channel: Channel
    texts: int
    sentences: int
    chars: int
    """Letters, digits and Chinese characters in all."""
    sentence_quartiles: tuple[int, int, int]
    """Sentence length in 字: lower quartile, median, upper quartile."""
    rhythm: float
    """Mean difference of neighbouring sentences' lengths, in 字."""
    exclamations: float
    """Exclamation marks in a thousand 字."""
    address: Address
    openings: tuple[Habit, ...]
    closings: tuple[Habit, ...]
    emoji: tuple[tuple[str, int], ...]
    emoji_per_text: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What `wenan brand learn` proposes for brand.yaml."""

    voice: tuple[str, ...]
    address: str
    words_use: tuple[str, ...]
    words_avoid: tuple[str, ...]
    sign_off: str
    tones: tuple[ChannelTone, ...]
    measures: tuple[ChannelMeasure, ...]
    phrases: tuple[Phrase, ...]
    avoidance: Avoidance
    files: tuple[str, ...]


def propose(texts: Sequence[PastText]) -> Proposal:
    """The same texts always give the same proposal. Raises ValueError when there is no text at all."""
    if not texts:
        raise ValueError("no texts")
    phrases = distinctive_phrases(texts)
    signed = sign_off(texts)
    tones, measures = [], []
    for channel in CHANNELS:
        chosen = [index for index, text in enumerate(texts) if text.channel == channel]
        if chosen:
            own = [texts[index] for index in chosen]
            measure = _measure(channel, own, signed.text if signed else "")
            words = [p.text for p in phrases if len(p.texts.intersection(chosen)) >= min(2, len(chosen))]
            measures.append(measure)
            tones.append(_tone(measure, own, words))
    avoided = avoidance(texts)
    return Proposal(
        voice=describe_voice(measures),
        address=address(texts).word,
        words_use=tuple(phrase.text for phrase in phrases[:WORDS]),
        words_avoid=tuple(one.word for one in avoided.avoided[:AVOIDED]),
        sign_off=signed.text if signed else "",
        tones=tuple(tones),
        measures=tuple(measures),
        phrases=phrases,
        avoidance=avoided,
        files=tuple(dict.fromkeys(text.file for text in texts)),
    )


def _measure(channel: Channel, texts: Sequence[PastText], signed: str) -> ChannelMeasure:
    lengths = [sentence_chars(sentence.text) for text in texts for sentence in text.sentences()]
    emoji, rate = emoji_use(texts)
    return ChannelMeasure(
        channel=channel,
        texts=len(texts),
        sentences=len(lengths),
        chars=sum(lengths),
        sentence_quartiles=_quartiles(lengths),
        rhythm=rhythm(texts),
        exclamations=exclamations(texts),
        address=address(texts),
        openings=openings(texts),
        closings=closings(texts, signed),
        emoji=emoji,
        emoji_per_text=rate,
    )


def _tone(measure: ChannelMeasure, texts: Sequence[PastText], words: Sequence[str]) -> ChannelTone:
    begin = tuple(habit.text for habit in measure.openings[:LINES])
    end = tuple(habit.text for habit in measure.closings[:LINES])
    median = measure.sentence_quartiles[1]
    return ChannelTone(
        channel=measure.channel,
        sentence_chars=median,
        address=measure.address.word,
        openings=begin,
        closings=end,
        emoji=tuple(text for text, _ in measure.emoji[:EMOJI]),
        emoji_per_text=measure.emoji_per_text,
        favourite_words=tuple(words[:WORDS]),
        quotes=choose_quotes(texts, words, median, (*begin, *end)),
    )


def _quartiles(lengths: Sequence[int]) -> tuple[int, int, int]:
    if len(lengths) < 2:
        return (lengths[0],) * 3 if lengths else (0, 0, 0)
    middle = median_low(lengths)
    low, _, high = quantiles(lengths, n=4, method="inclusive")
    # With two lengths the low median lies below the interpolated lower quartile.
    return min(floor(low), middle), middle, ceil(high)
