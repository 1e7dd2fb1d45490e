//! From a picture to its embedding: EfficientNet-Lite0 in Candle, and the colour and silhouette blocks.
