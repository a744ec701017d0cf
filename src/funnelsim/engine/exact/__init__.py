"""The exact counterpart of the walk: laws worked out by transforms and quadrature, nothing drawn (M11)."""

from funnelsim.engine.exact.engine import ExactLaw, exact
from funnelsim.engine.exact.law import LatticeLaw

__all__ = ["ExactLaw", "LatticeLaw", "exact"]
