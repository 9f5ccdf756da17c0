"""The sections of the notes, grouped by what they tell. Each is a pure function from a teller to lines."""
