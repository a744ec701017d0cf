"""The capacity section of a config -> capacity."""

from __future__ import annotations

from funnelsim.config.capacity_forms import CapacityForm
from funnelsim.config.sections import Findings
from funnelsim.errors import InputError
from funnelsim.model.capacity import Capacity, Team

ANY_OWNER = "default"


def read_capacity(form: CapacityForm | None, findings: Findings) -> Capacity | None:
    """Return the capacity, or None if none is stated or it is wrong; then its problems are noted."""
    if form is None:
        return None
    owners = dict(form.owners)
    each_owner = owners.pop(ANY_OWNER, None)
    try:
        team = None if form.team is None else Team(form.team.people, form.team.deals_each, form.team.queue)
    except InputError as error:
        findings.extend(error, "capacity", "team")
        return None
    try:
        return Capacity(owners, each_owner, team, dict(form.stages), form.order, form.open_deals)
    except InputError as error:
        findings.extend(error)
        return None
