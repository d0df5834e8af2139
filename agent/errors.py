"""What can go wrong between a prompt and its answer, as one tree under knowledge_base.errors.ModelError.

ModelError                                  the model or the network failed (exit 4)
└── CallError                               a call to an endpoint failed; carries the platform's words, HTTP status
    ├── BadKeyError                         the key is missing, malformed or not accepted
    ├── NoPermissionError                   the key is good, the account may not use this model or region
    ├── NoBalanceError                      the account has no money or no quota left
    ├── RateLimitError              (again) too many calls at once or a minute
    ├── ContextTooLongError                 the prompt does not fit the model's window
    ├── ContentFilterError                  the platform's own censor stopped the prompt or the answer
    ├── ModelNotFoundError                  no such model, model file, recording or address
    ├── RequestRefusedError                 the endpoint rejects a parameter we sent
    ├── UnreachableError            (again) no connection: host name, refused, broken half-way
    │   └── InsecureConnectionError         TLS could not be verified
    ├── SlowModelError              (again) no answer within the time allowed
    ├── ServerTroubleError          (again) the platform itself failed or is overloaded
    ├── BadAnswerError              (again) an answer came that is none: not JSON, cut off
    │   └── EmptyAnswerError                nothing but thinking, or nothing at all
    └── LocalModelError             (again) the local model server did not start or died
        └── LocalModelMissingError          the extra that runs local models is not installed

(again): `retryable`, the same call may succeed when simply made again. Every message is Chinese, names the
platform and carries the next step in `hint`. Texts that a server sent are redacted before they get here.
"""

from __future__ import annotations

from knowledge_base.errors import ModelError as _ModelError

ModelError = _ModelError
"""Re-exported, so that code about models needs one import."""


class CallError(ModelError):
    """Base of the errors of one call to an endpoint."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        detail: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """`detail`: the platform's own wording, already redacted. `status`: its HTTP status, None when none came.

        `retry_after`: seconds the platform asks us to wait, None when it does not say.
        """
        super().__init__(f"{message}（对方的说法：{detail}）" if detail else message, hint=hint)
        self.detail = detail
        self.status = status
        self.retry_after = retry_after


class BadKeyError(CallError):
    hint = "到平台控制台核对或新建密钥，放进环境变量后重试；wenan models list 看每个档案读哪个环境变量。"


class NoPermissionError(CallError):
    hint = "到平台控制台开通这个模型（有的要实名认证或申请白名单），或用 --model 换一个。"


class NoBalanceError(CallError):
    hint = "到平台控制台充值或买资源包后重试；急用可先加 --model offline。"


class RateLimitError(CallError):
    retryable = True
    hint = "等一分钟再试，或减少同时写的篇数；常遇到就到平台控制台提高限额。"


class ContextTooLongError(CallError):
    hint = "少带几件商品或资料（例如缩小 --history），或用 --model 换上下文更长的模型。"


class ContentFilterError(CallError):
    hint = "看看商品资料、顾客原话里有没有敏感词，改掉再试；或用 --model 换一家。"


class ModelNotFoundError(CallError):
    hint = "核对模型名和 base_url；wenan models list 看预设的默认模型。"


class RequestRefusedError(CallError):
    hint = "用 wenan models check 看这个端点支持什么，再改 wenan.toml 里的档案。"


class UnreachableError(CallError):
    retryable = True
    hint = "检查网络、代理（HTTPS_PROXY）和 base_url 后重试；没有网可加 --model offline。"


class InsecureConnectionError(UnreachableError):
    """TLS could not be verified: trying again does not help."""

    retryable = False
    hint = (
        "多半是公司代理换了证书或电脑时间不对：校准时间；把公司根证书装进系统，或把它的路径放进环境变量 SSL_CERT_FILE。"
    )


class SlowModelError(CallError):
    retryable = True
    hint = "稍后重试；模型本来就慢时，把 wenan.toml 里这个档案的 timeout 调大。"


class ServerTroubleError(CallError):
    retryable = True
    hint = "平台自己出了问题，过几分钟再试，或用 --model 换一家。"


class BadAnswerError(CallError):
    retryable = True
    hint = "重试一次；总是这样就用 wenan models check 检查 base_url 是不是少了 /v1 之类的路径。"


class EmptyAnswerError(BadAnswerError):
    """All tokens went into thinking or the model said nothing: the same call would do so again."""

    retryable = False
    hint = "把 wenan.toml 里这个档案的 max_tokens 调大，或关掉模型的思考模式。"


class LocalModelError(CallError):
    retryable = True
    hint = "看上面 llama.cpp 的原话；内存不够就换小一点的 GGUF，或把 context_window 调小。"


class LocalModelMissingError(LocalModelError):
    """The extra that runs local models is not installed."""

    retryable = False
    hint = 'uv tool install "wenan[local]"，或 pip install "wenan[local]"，装好后重试。'
