"""Does the end of a post ask its reader to do something, or does it only go on telling?

Words alone do not say: 群里 stands in 群里接龙 and in 群里又在聊. So a clause that tells of somebody, of a time that is
over or of what goes on is left out first; what remains invites when it speaks to a reader, says who it is for, where
or until when something is to be had, or begins with what is to be done.
"""

from __future__ import annotations

import re

_KIN = (
    r"(?:[我他她咱]?(?:妈妈?|爸爸?|爹|娘|奶奶?|爷爷?|姥姥|姥爷|外[婆公]|婆婆|公公|老[公婆伴妈爸]|儿子|女儿|闺女|孙[子女]|孩子|娃|宝宝|小孩|弟弟?|妹妹?|哥哥?|姐姐?"
    r"|室友|上铺|下铺|同[事学桌]|朋友(?!们)|邻居|阿姨|大[爷妈叔姐哥]|师傅|领导|甲方|老板(?!娘)|老[王李张刘陈]|老师|医生|护士长?|店员|猫|狗)(?![站台室院店])|[他她它](?!人))"
)
_OTHERS = re.compile(rf"^[^，。你您]{{0,8}}?{_KIN}(?!们?[^，。]{{0,4}}(?:价|都在用))")
"""Whose doing is not the reader's."""
_CALLED = re.compile(rf"(?:[^我他她]的|[哪各几]位){_KIN}")
_REPORTED = re.compile(
    r"^(?![来请先想有要去])[^，。你您我]{1,8}?[^里区台间信，。你您我](?:说|问|讲|夸|喊)(?![明清一声说讲问])"
)
_OWN = re.compile(r"^(?:我|咱)(?:[^，。你您给]*[了着过]$|(?:没|又|才|正|总|常|一直)(?!有))")
"""The writer's own doing."""
_GOING_ON = re.compile(r"(?:正|还|又|一直|都)在(?!卖|售|招|接|团|收)")
_OVER = re.compile(r"去年|前年|那[天时年晚会]|当年|小时候|昨[天晚夜]|前[天晚]|上(?:周|礼拜|个?月|次|回)|刚才")
_AT_LAST = re.compile(r"终于|到底还是|后来|总算")
_TO_READER = re.compile(
    r"[你您](?!好)|问我|[找喊加回私叫联]我|我[拿留发带给帮教]|[跟和]我[说讲聊报]|告诉我|来问|谁[要想需家有]|哪位|各位|大家|朋友们|家人们"
)
_WHERE = re.compile(
    r"私信|评论|留言(?![本簿条])|链接|详情|小程序|二维码|主页|公众号|微信|电话|直播间?|群里|接龙|扣\s?[1一]|左下角|右下角|文末|后台|在我(?!心|看来|眼|面)[^，。]{1,5}|[来进到]店|店里|门店|柜台|货架|摊[位上]|就有(?:$|卖)"
)
_UNTIL = re.compile(
    r"截止|收单|截单|开团|成团|拼[单团]|差[^，。]{1,2}[位个人件]|开[抢售卖订]|预[售订]|现货|名额|先到先得|还剩|剩[下最]?[^，。]{0,4}[盒支件个条袋瓶套盏把]|卖完|售完|送完|拿走不?谢?|自取|随便[拿试]|免费[拿领试]"
    r"|摆摊|出摊|代[拿购买]|上架|补货"
)
_LEADING = (
    r"(?:请|就|那就|快|先|直接|可以|尽管|记得|欢迎|不妨|随时|早点|趁[^，。]{0,6}|顺手|顺便|只管|要[^，。]{0,4}就"
    r"|下[次回周]|周[末一二三四五六日][^，。]{0,4}|今[天晚]|明[天早]|有空|路过|照着|自己|都)*"
)
_DO = (
    r"(?:点(?![货数名点灯头])|戳|扫(?!地|[了完])|拍(?![了完])|搜|加(?![班热了])|留(?![了下着言])|发(?![货现芽白干了])|回(?![来家去到头了])|来(?![了回])|去(?![年了世掉])|拿|领(?![导口子带头先队着悟])|取|抢|约"
    r"|报(?!纸)|填|选|挑|买|订|带(?![着了])|问|看看?(?![见到着天表窗手钟他她它了])|试(?![了过])|尝|转发|收藏|关注|联系|登记|预约|下载|打开|复制|截图|下单|进(?![了门货])|逛|排队|抄|存好|收好|备着"
    r"|坐坐|聊聊|认领|拎|搬|过来|过去|报名|参加|预定)"
)
_FOR_WHOM = re.compile(
    r"(?<!比)[要想]的|想要|想[^，。！？]{1,6}的(?![大小多少高低好坏快慢])|感兴趣|需要的?话|有需要|有疑问"
    rf"|^[^，。我他她它这那]{{2,10}}的[^，。]{{0,2}}{_LEADING}(?:{_DO}|可以|欢迎|抓紧|赶[紧快]|[入冲别都]|进来|自己)"
)
"""换季囤货的抓紧: who it is for, without a noun, and what they are to do."""
_IF_SO = re.compile(
    r"^(?![我他她它这那])(?!.*[\d一二三四五六七八九十两几])[^，。]{1,6}就(?!是|[要会能]?[^，。]{0,4}了)[^，。]{1,6}$"
)
"""不放心就对着查: a condition of nobody's in particular, and what to do then."""
_CALL = re.compile(r"^[^，。我他她它这那你您]{1,7}们$")
"""A clause that only calls somebody: 爬山搭子们."""
_BEGINS = re.compile(rf"^{_LEADING}{_DO}(?![^，。]{{0,2}}[了着过])[^，。]*$")
_ANYWHERE = re.compile(
    r"[说讲吱问][一个]?声|报个?名|照着[来做]|自己[定拿试挤挑看选]|去看|先[看试]|过来[^，。]{0,4}[看拿试坐挑搬取]?|来[看拿试坐挑尝]|随时|去逛|戳|领一?[份张个]"
    r"|试试(?!能)|带一|带走|进来|路过|预约|扫码|扫一|备着|[发打留]个|点开|点进|点[击这下]|搜|尝尝|收藏|转发|下单"
)
_SENTENCE = re.compile(r"[^。！？!?\n]+")
_CLAUSE = re.compile(r"[^，；、,;]+")


def invites(text: str) -> bool:
    """Whether a clause of it asks the reader, not somebody in the story, to do something."""
    return any(_sentence_invites(m.group()) for m in _SENTENCE.finditer(text))


def tells_on(text: str) -> bool:
    """Whether the text is of somebody else, or of a time that is over: the opposite of an invitation."""
    clauses = [m.group().strip() for m in _CLAUSE.finditer(text)]
    return bool(_OVER.search(text) or _AT_LAST.search(text)) or any(
        _OTHERS.search(one) or _REPORTED.search(one) for one in clauses
    )


def _is_of_others(clause: str, addressed: bool) -> bool:
    """感兴趣的朋友加我 calls the reader a friend; 我的朋友加班 has one."""
    found = _OTHERS.search(clause)
    return found is not None and not (addressed and _CALLED.search(clause))


def _sentence_invites(sentence: str) -> bool:
    over = _OVER.search(sentence) is not None and not re.search("[你您]", sentence)
    somebody = False
    for m in _CLAUSE.finditer(sentence):
        clause = m.group().strip()
        if not clause:
            continue
        # What follows 她看看天 without a subject of its own is her doing, too.
        addressed = _TO_READER.search(clause) is not None
        somebody = (somebody and not addressed) or _is_of_others(clause, addressed)
        told = over or somebody or any(one.search(clause) for one in (_REPORTED, _OWN, _GOING_ON, _AT_LAST))
        if not told and (
            addressed
            or any(one.search(clause) for one in (_FOR_WHOM, _IF_SO, _CALL, _WHERE, _UNTIL, _BEGINS, _ANYWHERE))
        ):
            return True
    return False
