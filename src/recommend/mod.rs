//! Which shoes are like this one, and why.
