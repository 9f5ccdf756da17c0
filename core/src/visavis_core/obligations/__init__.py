"""Duties judged on an act: `evaluate` and the conformity sheet. Pure."""
