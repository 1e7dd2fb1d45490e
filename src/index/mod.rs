//! Photos to a catalogue: import, embed, fit and write, joined; used by both faces.
