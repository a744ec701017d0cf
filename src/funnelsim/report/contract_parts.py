"""What all contracts are made of: parts that hold what they name and nothing else, and the head of an answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of a contract: keys it does not name are no part of it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class OfCase(Part):
    """What every answer about a case begins with."""

    case: str
    currency: str
    unit: str
    as_of: str
