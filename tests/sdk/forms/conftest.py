"""Makes `sample` importable: the tests are collected with importlib, which puts nothing on the path."""

from __future__ import annotations

import importlib.util
import pathlib
import sys

spec = importlib.util.spec_from_file_location("visavis_sample_form", pathlib.Path(__file__).parent / "sample.py")
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
sys.modules["visavis_sample_form"] = module
spec.loader.exec_module(module)
