"""The inputs of a case whose stages are stated: the figures of its program, and how all of them are set (M14.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from funnelsim.analysis.input import Input, Inputs, Kind
from funnelsim.engine.coupling import Coupling
from funnelsim.engine.kernel.plan import CONVERSION, ELASTICITY, KEEPS, REALISATION, REWORK, RHO, STAY, Plan
from funnelsim.engine.laws import BetaCurve
from funnelsim.engine.lower import lower
from funnelsim.engine.parameters import Parameter, Parameters
from funnelsim.engine.program import Program
from funnelsim.engine.settings import Settings, settable
from funnelsim.errors import InputError
from funnelsim.model.case import Case
from funnelsim.model.opening import Opened, Range, opened

Floats = npt.NDArray[np.float64]
LOW, HIGH = 0.1, 0.9
_KINDS: dict[int, Kind] = {
    CONVERSION: "conversion",
    STAY: "stay",
    RHO: "rho",
    REALISATION: "realisation",
    KEEPS: "keeps",
    ELASTICITY: "elasticity",
    REWORK: "rework",
}


@dataclass(frozen=True)
class StatedInputs(Inputs):
    """The inputs of a stated case and the program they are set in; parameters first, then the rates of sources.

    Parameters
    ----------
    flowing : int array
        Number of the source, for each of the last inputs.
    """

    program: Program
    flowing: npt.NDArray[np.int64]

    @property
    def correlation(self) -> Floats:
        """Return the correlation of the normal scores of all inputs."""
        found = np.eye(len(self))
        n = self.program.parameters.n
        found[:n, :n] = self.program.parameters.correlation
        return found

    def figures(self, u: Floats) -> Floats:
        """Return the figures (n, inputs) below which each input lies with the probabilities `u`, each by itself."""
        n = self.program.parameters.n
        low, high = self.low[n:], self.high[n:]
        drawn = self.program.parameters.exceeded(1.0 - u[:, :n])
        return np.concatenate([drawn, low + (high - low) * u[:, n:]], axis=1)

    def settings(self, figures: Floats) -> Settings:
        """Return figures (n, inputs) as the engines read them."""
        n = self.program.parameters.n
        inflow = np.ones((len(figures), len(self.case.sources)))
        inflow[:, self.flowing] = figures[:, n:]
        return Settings(np.ascontiguousarray(figures[:, :n]), inflow)


def stated_inputs(case: Case, ranges: Mapping[str, Range] | None = None) -> StatedInputs:
    """Return the inputs of a case whose stages are stated.

    Parameters
    ----------
    case : Case
    ranges : mapping of str to (low, high), optional
        Ranges by the name of an input, in place of a belief or a default.

    Raises
    ------
    InputError
        For an unknown input, a range out of bounds, or a case in which nothing can move.

    Examples
    --------
    >>> from datetime import date
    >>> from funnelsim import Case, Deal, Funnel, Pipeline, Step
    >>> from funnelsim.model.money import Money
    >>> case = Case("one", Money("CNY"), date(2026, 10, 1), Funnel.linear([Step("offer", win_rate=0.5)]),
    ...             Pipeline((Deal("a", "offer", 100.0),)))
    >>> [i.name for i in stated_inputs(case, {"stages.offer.conversion": (0.4, 0.6)}).inputs]
    ['stages.offer.conversion', 'realisation', 'shock.rho']
    """
    more = opened(case, ranges)
    program = settable(_as_told(lower(more.case), lower(case)))
    drawn = [_input(parameter, program.parameters, more, case) for parameter in program.parameters.parameters]
    numbers = [i for i, source in enumerate(case.sources) if source.name in more.inflow]
    flows = [_flow(case.sources[i].name, more) for i in numbers]
    found = (*drawn, *flows)
    if not found:
        raise InputError.of("no input can move: all conversions are 0 or 1, and there are no deals")
    return StatedInputs(case, found, program, np.array(numbers, np.int64))


def _input(parameter: Parameter, parameters: Parameters, more: Opened, case: Case) -> Input:
    origin = more.origins.get(parameter.name, "belief")
    low, high = (float(parameter.curve.lower(p)) * parameter.factor for p in (LOW, HIGH))
    base = parameter.curve.mean * parameter.factor
    if origin != "belief":
        base = _stated(parameter, parameters, case)
        if isinstance(parameter.curve, BetaCurve) and parameter.curve.a == parameter.curve.b == 1.0:
            low, high = parameter.curve.low, parameter.curve.high
    name = more.names.get(parameter.name, parameter.name)
    kind = _KINDS[parameter.kind]
    if ".exits." in name:
        return Input(name, "exit", _owner(parameter, case), low, base, high, origin, name.partition(".exits.")[2])
    return Input(name, kind, _owner(parameter, case), low, base, high, origin)


def _owner(parameter: Parameter, case: Case) -> str:
    """Return the stage or the hop that a parameter belongs to, empty if none."""
    chain = case.communication
    if parameter.kind in {CONVERSION, STAY}:
        return case.funnel.names[parameter.stage]
    if chain is None or parameter.kind in {RHO, REALISATION}:
        return ""
    return chain.hops[parameter.stage].name if parameter.kind == KEEPS else list(chain.stages)[parameter.stage]


def _stated(parameter: Parameter, parameters: Parameters, case: Case) -> float:
    """Return the figure that the case states where it believes nothing."""
    if parameter.kind == CONVERSION:
        return float(parameters.probability[parameter.stage, parameter.exit])
    if parameter.kind == RHO:
        return case.shock.rho
    if parameter.name.startswith("communication.") and parameters.coupling is not None:
        return float(parameters.coupling.keeps[parameter.stage])
    return 1.0


def _flow(source: str, more: Opened) -> Input:
    name = f"sources.{source}.rate"
    low, high = more.inflow[source]
    return Input(name, "rate", source, low, 1.0, high, more.origins[name])


def _as_told(program: Program, stated: Program) -> Program:
    """Return the opened program with its coupling solved as the case states it: its ranges are departures from that."""
    mine, told = program.parameters.coupling, stated.parameters.coupling
    if mine is None or told is None:
        return program
    held = replace(mine, shift=told.shift, scale=told.scale, log_baseline=told.log_baseline, keeps=told.keeps)
    return replace(program, parameters=replace(program.parameters, coupling=held), arrays=_held_arrays(program, held))


def _held_arrays(program: Program, held: Coupling) -> Plan:
    return program.arrays._replace(
        coupled_shift=held.shift, coupled_scale=held.scale, log_baseline=held.log_baseline, hop_keeps=held.keeps
    )
