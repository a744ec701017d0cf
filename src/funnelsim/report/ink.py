"""The colours of every chart: one blue in three depths that stay apart in grey print, and ink for what is read."""

from __future__ import annotations

INK = "#1f2933"
LIGHT, MIDDLE, DARK = "#bcd4ee", "#6f9fd0", "#1d5b99"
GREY = "#b8bec6"
