//! Principal components: positions in the scene, and the way back from a position to an embedding.
