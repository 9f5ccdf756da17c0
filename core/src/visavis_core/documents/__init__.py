"""Documents of an act: the two notes, their annex, and the PDF/A that keeps them.

Knows: how typed blocks become a printed, archived, accessible page.
Refuses to know: who may read or sign a document; the service decides that before anything is printed.
"""
