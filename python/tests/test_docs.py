"""The examples of all docstrings."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest
import sketchntk

MODULES = [
    module.name
    for module in pkgutil.walk_packages(sketchntk.__path__, "sketchntk.")
    if module.name not in ("sketchntk._core", "sketchntk.__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_everything_public_has_an_example() -> None:
    for name in sketchntk.__all__:
        public = getattr(sketchntk, name)
        if not inspect.isclass(public) and not inspect.isfunction(public):
            continue
        if inspect.isclass(public) and issubclass(public, BaseException):
            continue
        if public.__module__ == "sketchntk._core":
            continue
        assert ">>>" in (public.__doc__ or ""), name
