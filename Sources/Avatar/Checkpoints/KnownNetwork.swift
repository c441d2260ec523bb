import NeuralRender

/// A network that a checkpoint holds, recognised by its keys.
public typealias KnownNetwork = NeuralRender.KnownNetwork
