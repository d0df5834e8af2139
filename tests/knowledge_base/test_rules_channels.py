"""channels.yaml says what the gathered facts say, every figure names its source, and wrong data is refused by name."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.rules import ChannelSpec, all_specs, channel_spec, formats
from knowledge_base.rules.channels import CHANNELS_FILE, parse_channels

FIGURES = [
    ("article", "article", "", "title_max", 32),
    ("article", "article", "", "title_cut", 16),
    ("article", "article", "", "digest_max", 120),
    ("article", "article", "", "digest_warn", 54),
    ("article", "article", "", "author_max", 16),
    ("article", "article", "", "content_max", 19_999),
    ("moments", "ad", "single-310", "text_max", 40),
    ("moments", "ad", "single-310", "text_min", 1),
    ("moments", "ad", "card-16x9", "text_max", 30),
    ("moments", "ad", "card-16x9", "emoji_max", 4),
    ("moments", "ad", "showcase", "text_max", 30),
    ("moments", "ad", "showcase", "lines_max", 4),
    ("moments", "ad", "showcase", "breaks_max", 0),
    ("moments", "ad", "showcase", "emoji_max", 4),
    ("moments", "ad", "card-450", "title_max", 10),
    ("reply", "service", "", "bytes_max", 2048),
]
LINK_TEXTS = (
    "了解更多 去逛逛 查看详情 立即体验 立即咨询 立即开通 立即抢购 立即申请 立即秒杀 立即购买 立即预定 立即预约 "
    "立即领取 观看直播 进入小程序 领取优惠"
)


@pytest.mark.parametrize(("channel", "form", "format_", "limit", "value"), FIGURES)
def test_figures_are_the_gathered_ones(channel: str, form: str, format_: str, limit: str, value: int) -> None:
    spec = channel_spec(channel, form, format_)
    assert getattr(spec, limit) == value
    assert spec.limits[limit].value == value


@pytest.mark.parametrize("spec", all_specs(), ids=lambda spec: spec.id)
def test_every_figure_has_a_dated_source(spec: ChannelSpec) -> None:
    for limit in spec.limits.values():
        assert limit.source.title
        assert isinstance(limit.source.as_of, date)


def test_the_link_menu_is_complete_and_only_ads_have_it() -> None:
    assert set(channel_spec("moments", "ad").link_texts) == set(LINK_TEXTS.split())
    assert all((spec.form == "ad") == bool(spec.link_texts) for spec in all_specs())


def test_default_formats_are_current_and_superseded_ones_come_last() -> None:
    assert channel_spec("moments", "ad").format == "single-310"
    assert not any(channel_spec(s.channel, s.form).superseded_by for s in all_specs())
    assert formats("moments", "ad")[-1] == "card-450"
    assert channel_spec("moments", "ad", "card-450").superseded_by == "card-16x9"


@pytest.mark.parametrize(
    ("channel", "form", "format_", "named"),
    [
        ("moments", "ad", "banner", "card-16x9"),
        ("article", "ad", "", "article"),
        ("reply", "post", "", "service"),
        ("letter", "article", "", "moments"),
    ],
)
def test_an_unknown_combination_names_the_valid_ones(channel: str, form: str, format_: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        channel_spec(channel, form, format_)
    assert named in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("text_max: {value: 40, source: ad-310}", "text_maximum: {value: 40, source: ad-310}"),
        ("text_max: {value: 40, source: ad-310}", "text_max: {value: 40, source: hearsay}"),
        ("text_max: {value: 40, source: ad-310}", "text_max: {value: 40}"),
        ("default: single-310", "default: single-999"),
        ("schema: 1", "schema: [1"),
    ],
    ids=["unknown-limit", "unknown-source", "no-source", "no-such-default", "bad-yaml"],
)
def test_wrong_data_is_refused_with_the_file_name(old: str, new: str) -> None:
    text = CHANNELS_FILE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(BadInputError) as caught:
        parse_channels(text.replace(old, new, 1))
    assert "channels.yaml" in caught.value.message or caught.value.file == "channels.yaml"
