"""The text of the link under a Moments ad: one of the menu's, fitting what the reader is asked to do."""

from __future__ import annotations

from agent.models.offline.job import Job

# Words of an asked-for action -> menu texts that do it, best first. Only pages that any record has come by default.
_FITS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("券", ("领取优惠", "立即领取")),
    ("领", ("立即领取", "领取优惠")),
    ("买", ("立即购买", "去逛逛")),
    ("购", ("立即购买", "去逛逛")),
    ("下单", ("立即购买", "去逛逛")),
    ("预约", ("立即预约", "立即预定")),
    ("咨询", ("立即咨询",)),
    ("问", ("立即咨询", "了解更多")),
    ("直播", ("观看直播",)),
    ("小程序", ("进入小程序",)),
    ("试", ("立即体验", "了解更多")),
    ("体验", ("立即体验",)),
    ("逛", ("去逛逛",)),
    ("详情", ("查看详情",)),
    ("看", ("查看详情", "了解更多")),
    ("了解", ("了解更多",)),
)
_SAFE = ("了解更多", "去逛逛", "查看详情")


def link_text(job: Job, angle: str) -> str:
    """A menu text of the spec block; empty when the format has no menu."""
    menu = job.spec.many("链接文案")
    if not menu:
        return ""
    if job.action in menu:
        return job.action
    for word, texts in _FITS:
        if word in job.action and (found := next((text for text in texts if text in menu), "")):
            return found
    has_coupon = bool(job.brief.first("coupon"))
    if angle == "优惠" and has_coupon and "领取优惠" in menu:
        return "领取优惠"
    return next((text for text in _SAFE if text in menu), menu[0])
