"""Keys of what is drawn: 64-bit hashes of names, never row numbers (model page, M9)."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def key(*parts: str | int) -> np.uint64:
    """Return the 64-bit key of an entity, a step or a seed, such as ``key("deal", "A-17", 0)``."""
    digest = blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
