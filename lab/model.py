"""The model: a decoder Transformer on bytes, in about sixty lines."""

import math

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # its usual name

from lab.design import CONTEXT, VOCAB, Run


class Layer(nn.Module):
    """Attention and a feed-forward net, each behind a LayerNorm and beside a residual path."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.mlp_out = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the residual path after the layer, shape (sequences, bytes, width)."""
        b, t, d = x.shape
        q, k, v = (
            part.view(b, t, self.heads, d // self.heads).transpose(1, 2)
            for part in self.qkv(self.norm_attention(x)).split(d, dim=2)
        )
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attention_out(seen.transpose(1, 2).reshape(b, t, d))
        return x + self.mlp_out(F.gelu(self.up(self.norm_mlp(x))))


class ByteGPT(nn.Module):
    """A GPT on bytes: learned positions, and one matrix that reads bytes in and out."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCAB, run.width)
        self.position = nn.Embedding(CONTEXT, run.width)
        self.layers = nn.ModuleList(Layer(run.width, run.heads) for _ in range(run.layers))
        self.norm = nn.LayerNorm(run.width)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                # What is added to the residual path starts smaller the more layers add to it.
                shrink = math.sqrt(2 * run.layers) if "_out" in name else 1
                nn.init.normal_(weight, std=0.02 / shrink)

    def forward(self, text: Tensor) -> Tensor:
        """Return logits of the next byte, shape (sequences, bytes, 256)."""
        x = self.embed(text) + self.position.weight[: text.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.embed.weight.T

    def losses(self, text: Tensor) -> Tensor:
        """Return the loss of each byte after the first, nats, shape (sequences, bytes - 1)."""
        logits = self(text[:, :-1])
        flat = F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten(), reduction="none")
        return flat.view(len(text), -1)
