//! The Bevy explorer.
