"""CONFIG: files <-> words. Every problem of a file is told at once, as file:line:column, with the remedy."""

from funnelsim.config.document import json_schema
from funnelsim.config.history import load_history
from funnelsim.config.load import load, load_any, load_briefing, scenario_names
from funnelsim.config.starter import starter

__all__ = ["json_schema", "load", "load_any", "load_briefing", "load_history", "scenario_names", "starter"]
