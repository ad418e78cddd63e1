"""Neural tangent kernels on large data.

`NTKRegressor` and `NTKClassifier` are what to try first; `NTKFeatures` is the feature map alone,
`kernel` and `ExactNTKRegressor` the exact kernel that all of it is measured against.
"""

from __future__ import annotations

from . import sketches
from ._classifier import NTKClassifier
from ._core import build_information, feature_map_names
from ._core import version as __version__
from ._errors import (
    DimensionMismatch,
    Error,
    FormatError,
    Interrupted,
    InvalidArgument,
    IoError,
    NotAvailable,
    NumericalError,
    ResourceError,
)
from ._exact import ExactNTKRegressor
from ._features import NTKFeatures
from ._files import load
from ._kernel import kernel
from ._network import Network
from ._progress import progress_bar
from ._regressor import NTKRegressor
from ._streaming_ridge import StreamingRidge

__all__ = [
    "DimensionMismatch",
    "Error",
    "ExactNTKRegressor",
    "FormatError",
    "Interrupted",
    "InvalidArgument",
    "IoError",
    "NTKClassifier",
    "NTKFeatures",
    "NTKRegressor",
    "Network",
    "NotAvailable",
    "NumericalError",
    "ResourceError",
    "StreamingRidge",
    "__version__",
    "build_information",
    "feature_map_names",
    "kernel",
    "load",
    "progress_bar",
    "sketches",
]
