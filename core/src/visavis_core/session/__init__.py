"""The live session inside an act: who is in the room, what is shown, how good it is, what is said over the wire.

Knows: presence, published sources, passing gestures, measured quality, plan B.
Refuses to know: HTTP and pages (the web package), packets (the media package), and what may be done (the acts package).
"""
