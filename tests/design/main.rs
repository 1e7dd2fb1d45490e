//! Designs from end to end on a small catalogue made here, with a generator that was trained for a moment: its
//! shoes are no shoes, but codes, files, paths and messages are the real thing.

mod adapt;
mod command_line;
mod designs;
mod fixture;
