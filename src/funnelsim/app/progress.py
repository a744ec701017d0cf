"""A bar that tells how far a piece of work is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def progress(told: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes steps done and steps in all; the bar goes when the work ends."""
    bar = st.progress(0.0, told)

    def report(done: int, everything: int) -> None:
        bar.progress(min(done / max(everything, 1), 1.0), told)

    try:
        yield report
    finally:
        bar.empty()
