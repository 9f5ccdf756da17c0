"""What the journeys in real browsers stand on: painted pictures, tones, browsers with a role, a server to kill.

Knows: Chromium's fake capture devices, and nothing of the pages under test.
"""
