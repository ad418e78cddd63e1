"""Networks: one description from which kernels, features and models are made."""

from __future__ import annotations

import json
import math
from typing import Any

from . import _core

# For each name of neural_tangents.stax that of sketchntk, and the names of its options.
_ACTIVATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "Relu": ("relu", {}),
    "LeakyRelu": ("leaky_relu", {"alpha": "alpha"}),
    "ABRelu": ("abrelu", {"a": "a", "b": "b"}),
    "Abs": ("abs", {}),
    "Erf": ("erf", {}),
    "Gelu": ("gelu", {}),
    "Sin": ("sin", {}),
    "Cos": ("cos", {}),
    "Sign": ("sign", {}),
    "Gaussian": ("gaussian", {}),
    "Exp": ("exponential", {}),
    "Identity": ("identity", {}),
    "Polynomial": ("polynomial", {"coef": "coefficients"}),
    "Hermite": ("hermite", {"degree": "degree"}),
    "RectifiedMonomial": ("rectified_power", {"degree": "power"}),
}
_POOLED = {"GlobalAvgPool": "global_avg_pool", "Flatten": "flatten", "LayerNorm": "layer_norm"}


class Network:
    """The layers of a network, as both kernels and feature maps read them.

    Parameters
    ----------
    text : str
        The notation of the command line, for example ``'fc(depth=3)'`` or
        ``'2*(conv(3) relu) gap dense'``, or JSON.

    Examples
    --------
    >>> from sketchntk import Network
    >>> network = Network('dense relu dense(b_std=0.1)')
    >>> str(network)
    'dense relu dense(b_std=0.1)'
    >>> len(network.layers)
    3
    >>> Network.from_layers(network.to_layers()) == network
    True
    """

    def __init__(self, text: str | Network) -> None:
        if isinstance(text, Network):
            self._core: _core.Network = text._core
        else:
            self._core = _core.Network.parse(text)

    @classmethod
    def parse(cls, text: str) -> Network:
        """Read a network from text or JSON.

        Raises
        ------
        ValueError
            With the position in the text, what was expected and, for a misspelt word, the nearest
            known one.

        Examples
        --------
        >>> from sketchntk import Network
        >>> Network.parse('fc(depth=1)')
        Network('fc(depth=1)')
        """
        return cls(text)

    @classmethod
    def from_layers(cls, layers: list[Any]) -> Network:
        """Make a network from layers by the names and conventions of ``neural_tangents.stax``.

        Parameters
        ----------
        layers : list
            Pairs ``(name, options)``, or names alone: ``'Dense'`` and ``'Conv'`` (``W_std``, 1 if
            left out, ``b_std``, 0 if left out; ``filter_shape``, ``strides``, ``padding``),
            ``'AvgPool'`` (``window_shape``, ``strides``), ``'GlobalAvgPool'``, ``'Flatten'``,
            ``'LayerNorm'``, activations such as ``'Relu'``, and ``'Residual'`` (``branch`` and
            ``shortcut``, lists of layers). Widths (``out_dim``, ``out_chan``) are infinite and may
            be left out.

        Examples
        --------
        >>> from sketchntk import Network
        >>> Network.from_layers([('Dense', {'W_std': 1.5}), 'Relu', 'Dense'])
        Network('dense(w_std=1.5) relu dense(w_std=1)')
        """
        return cls(json.dumps({"layers": [_layer_from(layer) for layer in layers]}))

    def to_layers(self) -> list[tuple[str, dict[str, Any]]]:
        """The layers by the names and conventions of ``neural_tangents.stax``.

        Examples
        --------
        >>> from sketchntk import Network
        >>> Network('dense(w_std=1) relu').to_layers()
        [('Dense', {'W_std': 1.0, 'b_std': 0.0}), ('Relu', {})]
        """
        return [_layer_to(layer) for layer in self.layers]

    @property
    def layers(self) -> list[dict[str, Any]]:
        """The layers as the JSON notation has them."""
        layers: list[dict[str, Any]] = json.loads(self._core.to_json())["layers"]
        return layers

    @property
    def serves_rows(self) -> bool:
        """Whether the network looks at rows (dense layers and activations only), not at images."""
        return self._core.serves_rows

    def to_json(self) -> str:
        """The JSON notation; ``parse`` gives the same network back."""
        return self._core.to_json()

    def __str__(self) -> str:
        return self._core.to_text()

    def __repr__(self) -> str:
        return f"Network({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self._core == other._core

    def __hash__(self) -> int:
        return hash(str(self))


def _scales_from(options: dict[str, Any]) -> dict[str, Any]:
    scales: dict[str, Any] = {"w_std": float(options.pop("W_std", 1.0))}
    b_std = options.pop("b_std", None)
    scales["b_std"] = 0.0 if b_std is None else float(b_std)
    if "trained" in options:
        scales["trained"] = bool(options.pop("trained"))
    return scales


def _layer_from(layer: Any) -> dict[str, Any]:
    name, given = (layer, {}) if isinstance(layer, str) else layer
    options = dict(given)
    result: dict[str, Any]
    if name in ("Dense", "Conv"):
        for width in ("out_dim", "out_chan", "parameterization", "W_init", "b_init"):
            options.pop(width, None)
        result = {"type": name.lower(), **_scales_from(options)}
        if name == "Conv":
            result["filter"] = list(options.pop("filter_shape"))
            result["stride"] = list(options.pop("strides", None) or [1] * len(result["filter"]))
            result["padding"] = str(options.pop("padding", "VALID")).lower()
    elif name == "AvgPool":
        window = list(options.pop("window_shape"))
        # As in stax, windows follow each other pixel by pixel unless strides are given.
        result = {
            "type": "avg_pool",
            "window": window,
            "stride": list(options.pop("strides", None) or [1] * len(window)),
        }
        padding = str(options.pop("padding", "VALID")).upper()
        if padding != "VALID":
            raise ValueError(f"AvgPool: expected padding VALID, got {padding}")
    elif name in _POOLED:
        result = {"type": _POOLED[name]}
    elif name == "Residual":
        result = {"type": "residual"}
        for branch in ("branch", "shortcut"):
            result[branch] = [_layer_from(inner) for inner in options.pop(branch, [])]
    elif name in _ACTIVATIONS:
        ours, renamed = _ACTIVATIONS[name]
        result = {"type": ours}
        for theirs, option in renamed.items():
            if theirs in options:
                result[option] = options.pop(theirs)
    else:
        known = sorted([*_ACTIVATIONS, *_POOLED, "Dense", "Conv", "AvgPool", "Residual"])
        raise ValueError(f"unknown layer {name!r}; expected one of {', '.join(known)}")
    if options:
        raise ValueError(f"{name}: unknown option {next(iter(options))!r}")
    return result


def _scales_to(layer: dict[str, Any]) -> dict[str, Any]:
    scales: dict[str, Any] = {
        "W_std": float(layer.get("w_std", math.sqrt(2))),
        "b_std": float(layer.get("b_std", 0.0)),
    }
    if not layer.get("trained", True):
        scales["trained"] = False
    return scales


def _layer_to(layer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = layer["type"]
    if kind == "dense":
        return "Dense", _scales_to(layer)
    if kind == "conv":
        filter_shape = list(layer["filter"])
        return "Conv", {
            "filter_shape": filter_shape,
            "strides": list(layer.get("stride", [1] * len(filter_shape))),
            "padding": str(layer.get("padding", "same")).upper(),
            **_scales_to(layer),
        }
    if kind == "avg_pool":
        window = list(layer["window"])
        return "AvgPool", {"window_shape": window, "strides": list(layer.get("stride", window))}
    if kind == "residual":
        return "Residual", {
            branch: [_layer_to(inner) for inner in layer.get(branch, [])]
            for branch in ("branch", "shortcut")
        }
    for theirs, ours in _POOLED.items():
        if kind == ours:
            return theirs, {}
    for theirs, (ours, renamed) in _ACTIVATIONS.items():
        if kind == ours:
            options = {name: layer[option] for name, option in renamed.items() if option in layer}
            return theirs, options
    raise ValueError(f"neural_tangents.stax has no layer like {kind!r}")
