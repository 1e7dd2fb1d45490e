//! Designs: shoes that do not exist yet, saved, walked between and steered.
