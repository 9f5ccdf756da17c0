"""Wounds seen from afar: the form, PUSH 3.0, the second look and the section of the note.

A vendor could have written this package: it imports `visavis_sdk` and nothing else of visavis.
"""
