# ruff: noqa: E501 - pages of markup
"""Ugly pages as editors, Word and the platform itself leave them: whole ones, and pieces to be nested, cut and mixed."""

from __future__ import annotations

from hypothesis import strategies as st

_HUGE = "-webkit-tap-highlight-color:transparent;outline:0px;visibility:visible;max-width:100%;box-sizing:border-box!important;overflow-wrap:break-word!important;"
_DEEP = (
    "<section style='margin:0;padding:0;box-sizing:border-box;' powered-by='xiumi.us'>" * 14
    + "<p style='white-space:normal;margin:0;'><span leaf=''>最里面的一句</span></p>"
    + "</section>" * 14
)
_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

PIECES = {
    "xiumi": f'<section class="_editor"><section style="text-align:center;{_HUGE}display:inline-flex;flex-flow:row" powered-by="xiumi.us"><section style="display:inline-block;width:50%;vertical-align:top;flex:0 0 auto;align-self:stretch"><p style="line-height:2"><strong style="{_HUGE}">左边</strong></p></section><section style="display:inline-block;width:50%"><p>右边&nbsp;&nbsp;&nbsp;有空</p></section></section><section><svg viewBox="0 0 1 1" style="float:left;line-height:0;width:0;vertical-align:top"></svg></section></section>',
    "135": '<section data-role="outer" label="edit by 135editor" data-tools="135编辑器" data-id="94573" style="position:relative"><section class="135brush" data-autoskip="1" style="font-size:14px;letter-spacing:1.5px;background:url(&quot;https://bexp.135editor.com/files/1.png&quot;) no-repeat;transform:rotateZ(0deg)"><p><span style="caret-color:rgb(255,0,0);color:#333" class="autonum" data-original-title="">01</span>小标题</p></section></section>',
    "word": '<p class="MsoNormal" align="left" style="mso-pagination:widow-orphan;text-indent:24.0pt;mso-char-indent-count:2.0;margin:0cm 0cm .0001pt"><!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]--><b><span lang="EN-US" style=\'font-size:12.0pt;font-family:"Times New Roman","serif"\'>Word&nbsp;2010<o:p></o:p></span></b><span style="mso-spacerun:\'yes\';font-family:宋体">贴来的段落</span></p><![if !supportLists]><span style="mso-list:Ignore">1.<span style="font:7.0pt &quot;Times New Roman&quot;">&nbsp;&nbsp; </span></span><![endif]>第一条',
    "lazy": '<p style="text-align:center"><img class="rich_pages wxw-img js_insertlocalimg" data-src="https://mmbiz.qpic.cn/sz_mmbiz_jpg/abc/640?wx_fmt=jpeg" data-ratio="0.6" data-type="jpeg" data-w="1080" _width="677px" src="data:image/svg+xml,%3Csvg%3E%3C/svg%3E" crossorigin="anonymous" alt="图片" data-fail="0"></p><p>图<img src="https://mmbiz.qpic.cn/b/0?wx_fmt=webp" style="width:100%!important;height:auto!important;visibility:visible!important">注</p>',
    "video": '<p>视频前<iframe class="video_iframe rich_pages" data-vidtype="2" data-mpvid="wxv_1" data-cover="http%3A%2F%2Fmmbiz.qpic.cn" allowfullscreen="" frameborder="0" src="https://mp.weixin.qq.com/mp/readtemplate?t=pages/video_player_tmpl&vid=wxv_1"></iframe>视频后</p><section><mp-common-videosnap class="js_uneditable" data-url="https://findermp.video.qq.com" data-desc="x"></mp-common-videosnap></section>',
    "own": '<section class="mp_profile_iframe_wrp" nodeleaf=""><mp-common-profile class="js_uneditable custom_select_card mp_profile_iframe" data-pluginname="mpprofile" data-nickname="号" data-id="Mz=="></mp-common-profile></section><p><qqmusic class="rich_pages res_iframe" music_name="歌" singer="人" audiourl="http://music.qq.com/1.m4a"></qqmusic></p><mpvoice class="js_editor_audio" name="音" voice_encode_fileid="M"></mpvoice><p style="display: none;"><mp-style-type data-value="3"></mp-style-type></p>',
    "container": '<div class="rich_media_content js_underline_content autoTypeSetting24psection" id="js_content" style="visibility: hidden; opacity: 0; "><section data-mpa-template="t" mpa-from-tpl="t"><span textstyle="" style="font-weight: bold;">正文</span>在里面</section><script type="text/javascript" nonce="1" reportloaderror>var first_sceen__time = (+new Date());</script></div>',
    "nbsp": "<p>　　全角缩进&nbsp;&nbsp;&nbsp;&nbsp;</p><p>&nbsp;</p><p><br  /></p><p>\u200b零宽\u200d&zwnj;&#8203;&ensp;&emsp;</p><p>&copy;&hellip;&mdash;&#x4e2d;&#20013;&amp;nbsp;&unknown;&lt;不是标签&gt;</p>",
    "base64": f'<p><img src="{_PIXEL}" style="width:1px;height:1px"><img src="{_PIXEL}" data-src="x" onerror="alert(1)"></p>',
    "mathjax": '<p>公式<span style="cursor:pointer;"><span role="presentation" data-formula="E=mc^2" data-formula-type="inline-equation"><svg xmlns="http://www.w3.org/2000/svg" role="img" focusable="false" viewBox="0 -833.9 2363 855.9" aria-hidden="true" style="-webkit-overflow-scrolling:touch;vertical-align:-.05ex;width:5.3ex"><defs><path id="MJX-1" d="M1 1"/></defs><g stroke="currentColor" fill="currentColor" stroke-width="0" transform="matrix(1 0 0 -1 0 0)"><g data-mml-node="math"><use xlink:href="#MJX-1" data-c="1D438"/><text x="0" y="0">E</text></g></g></svg></span></span>后面</p><math display="block"><mrow><mi>a</mi><mo>=</mo><mn>1</mn></mrow></math>',
    "emoji": '<p>好的<img class="icon_emotion_single icon_smiley" src="https://res.wx.qq.com/mpres/zh_CN/htmledition/comm_htmledition/images/pic/common/pic_blank.gif" alt="[微笑]" />🎉👨‍👩‍👧🏻️\u2764\ufe0f</p>',
    "quotes": '<blockquote class="js_blockquote_wrap" data-type="2" data-url=""><section class="js_blockquote_digest"><section>外面<blockquote>中间<blockquote style="border-left:3px solid #ddd">里面</blockquote></blockquote></section></section></blockquote>',
    "table": '<table class="ke-zeroborder" width="677" bgcolor="#fff"><caption>表名</caption><colgroup><col width="100"><col></colgroup><thead><tr class="firstRow"><th colspan="2" valign="top" style="word-break: break-all; mso-width-source:userset">头</th></tr></thead><tbody><tr><td width="300" nowrap>左<p>段</p></td><td><ul><li>格里的<li>列表</ul></td></tr><tr><td rowspan="2">跨行</td></tr></tbody></table>',
    "lists": '<ol class="list-paddingleft-1" style="list-style-type:lower-alpha" start="3"><li><p>三</p><ul style="list-style:none"><li>嵌套<ol><li>再嵌</li></ol>尾巴</li></ul></li><li value=9>九</li></ol><dl><dt>词</dt><dd>义</dd></dl>',
    "broken": "<p>一<div>二</p>三</span></section><b><i>四</b>五</i><a href='x'>六<a href=y>七<td>八</td><p>九</div></div></p><font color=red size=+2>十",
    "svg": '<section style="height:0"><svg width="100%" viewBox="0 0 1080 1440" style="background-image:url(https://mmbiz.qpic.cn/x);pointer-events:none"><foreignObject width="1080" height="100"><section xmlns="http://www.w3.org/1999/xhtml"><p>图里的字</p></section></foreignObject><rect width="9" height="9" opacity="0"><animate attributeName="opacity" begin="click" dur="1s" values="0;1" fill="freeze" restart="never"/><set attributeName="visibility" to="hidden" begin="click+1s"/><animate attributeName="href" to="x"/></rect><image xlink:href="https://e.com/a.png"/><style>rect{fill:red}</style><script>alert(1)</script></svg></section>',
    "links": '<p><a target="_blank" href="https://mp.weixin.qq.com/s?__biz=Mz==&amp;mid=1&amp;idx=1#wechat_redirect" textvalue="往期" linktype="text" data-linktype="2" hasload="1">往期</a><a href="http://e.com/?a=1&b=2">外链</a><a class="weapp_text_link" data-miniprogram-appid="wx1" data-miniprogram-path="p" href="">小程序</a><a href="javascript:void(0)">假的</a></p>',
    "code": '<section class="code-snippet__fix code-snippet__js"><ul class="code-snippet__line-index"><li></li><li></li></ul><pre class="code-snippet__js" data-lang="python"><code><span class="code-snippet_outer">def f():</span></code><code><span>    return 1</span></code>\n\ttab</pre></section>',
    "deep": _DEEP,
    "style": '<style>.a{color:red}@media(max-width:1px){p{display:none}}</style><link rel="stylesheet" href="https://e.com/a.css"><p class="a" style="color:var(--weui-FG-0);--x:1;color:rgb(0 0 0 / 50%);margin:-5px auto;line-height:1.75em!important;">样式<ins>插</ins><del>删</del><mark>标</mark><ruby>字<rt>zì</rt></ruby></p>',
    "forms": '<form action="x"><label>名<input value="不算字"></label><select><option>甲</option><option selected>乙</option></select><textarea>多行\n文字</textarea><button onclick="f()">按钮</button></form><marquee>滚动</marquee><center>居中</center>',
    "footer": '<p class="read-more"><mp-miniprogram class="weapp_element" data-miniprogram-title="店"></mp-miniprogram>点“阅读原文”</p><hr style="border-style:solid;border-width:1px 0 0;border-color:rgba(0,0,0,.1);-webkit-transform-origin:0 0;transform:scale(1,.5)"><noscript>没有脚本</noscript>',
}
"""Each is something that a pasted page may hold, and some of it is broken."""

PAGES = {
    **PIECES,
    "whole article": "<!DOCTYPE html><html class=''><head><meta charset='utf-8'><title>题目</title><style>#js_content{}</style><script>window.a=1</script></head><body id='activity-detail'><div id='js_article'>"
    + "".join(PIECES.values())
    + "</div><script>1</script></body></html>",
    "all together": "".join(PIECES.values()),
    "cut off": "".join(PIECES.values())[:-40],
    "twice wrapped": "<section>"
    + "".join(f"<div><section>{one}</section></div>" for one in PIECES.values())
    + "</section>",
}

_WRAPS = [
    ("<section>", "</section>"), ('<div class="x" style="padding:1em">', "</div>"), ("<blockquote>", "</blockquote>"), ("<ul><li>", "</li></ul>"),
    ("<table><tr><td>", "</td></tr></table>"), ('<span style="color:red">', "</span>"), ("<p>", "</p>"), ("<a href='http://e.com'>", "</a>"), ("<b>", "</i>"),
]  # fmt: skip


@st.composite
def _page(draw: st.DrawFn) -> str:
    page = ""
    for _ in range(draw(st.integers(1, 4))):
        piece = draw(st.sampled_from(sorted(PIECES.values())))
        if draw(st.booleans()):
            piece = piece[draw(st.integers(0, 40)) : len(piece) - draw(st.integers(0, 40))]
        for _ in range(draw(st.integers(0, 3))):
            before, after = draw(st.sampled_from(_WRAPS))
            piece = f"{before}{piece}{after}"
        page += piece + draw(st.sampled_from(["", "\n", "  ", "&nbsp;", "字"]))
    return page


WILD_PAGES = _page()
