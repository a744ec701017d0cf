"""Tuples of arrays, lent to compiled code by their address.

numba hands a named tuple over by value. For one of a hundred arrays that is seven hundred words at every call, and as
many loads at every mention of a field before the optimiser takes them away: compiling the walk took a minute. What is
marked `lent` stays on the stack of the caller from Python, and its fields are read where they are mentioned.
"""

from __future__ import annotations

from typing import Any, TypeVar

from numba import types
from numba.core import cgutils
from numba.core.boxing import unbox_tuple
from numba.core.datamodel import models, register_default
from numba.core.imputils import impl_ret_borrowed
from numba.core.pythonapi import NativeValue, unbox
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.core.typing.typeof import typeof_impl
from numba.extending import lower_getattr_generic

_Class = TypeVar("_Class", bound=type)


class Lent(types.Type):
    """The address of a named tuple."""

    def __init__(self, held: types.NamedTuple) -> None:
        self.held = held
        super().__init__(name=f"Lent({held.name})")

    @property
    def key(self) -> types.NamedTuple:
        """Return what makes two of them the same type."""
        return self.held

    def field(self, name: str) -> types.Type:
        """Return the type of a field: of one that is itself a tuple, its address."""
        found = self.held[self.held.fields.index(name)]
        return Lent(found) if isinstance(found, types.NamedTuple) else found


@register_default(Lent)
class LentModel(models.PrimitiveModel):
    """A pointer."""

    def __init__(self, manager: Any, lent: Lent) -> None:
        super().__init__(manager, lent, manager.lookup(lent.held).get_value_type().as_pointer())


def lent(cls: _Class) -> _Class:
    """Mark a class of named tuples as handed over by address."""

    @typeof_impl.register(cls)
    def type_of(value: Any, context: Any) -> Lent:
        return Lent(_held(value, context))

    return cls


def _held(value: Any, context: Any) -> types.NamedTuple:
    found = [typeof_impl(item, context) for item in value]
    return types.NamedTuple([one.held if isinstance(one, Lent) else one for one in found], type(value))


@unbox(Lent)
def take_address(lent: Lent, value: Any, c: Any) -> NativeValue:
    """Lay the fields of a Python tuple on the stack."""
    laid = unbox_tuple(lent.held, value, c)
    return NativeValue(cgutils.alloca_once_value(c.builder, laid.value), cleanup=laid.cleanup, is_error=laid.is_error)


@infer_getattr
class LentAttributes(AttributeTemplate):
    """The fields of what was lent."""

    key = Lent

    def generic_resolve(self, lent: Lent, name: str) -> Any:  # type: ignore[override]
        """Return the type of a field."""
        return lent.field(name) if name in lent.held.fields else None


@lower_getattr_generic(Lent)
def read_field(context: Any, builder: Any, lent: Lent, address: Any, name: str) -> Any:
    """Load a field, or move on to one that is itself a tuple."""
    place, field = cgutils.gep_inbounds(builder, address, 0, lent.held.fields.index(name)), lent.field(name)
    return place if isinstance(field, Lent) else impl_ret_borrowed(context, builder, field, builder.load(place))
