"""Companies that never were, whose true rates are known: what a fit must recover."""

from funnelsim.history.synthetic.company import Company, Regime
from funnelsim.history.synthetic.dated import DatedCompany, DatedTruth
from funnelsim.history.synthetic.salesforce import write_salesforce
from funnelsim.history.synthetic.truth import Truth
from funnelsim.history.synthetic.walk import make

__all__ = ["Company", "DatedCompany", "DatedTruth", "Regime", "Truth", "make", "write_salesforce"]
