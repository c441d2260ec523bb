/// Weights as torch.save writes them, in a zip container with a pickle of protocol 0.
enum TorchSeed {
  /// - Parameter weights: key, shape and values of each tensor.
  static func checkpoint(_ weights: [(String, [Int], [Float])]) -> [UInt8] {
    var pickle = Array("}".utf8)
    var entries: [(String, [UInt8])] = []
    for (index, (key, shape, values)) in weights.enumerated() {
      let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
      func tuple(_ numbers: [Int]) -> String {
        "(" + numbers.map { "I\($0)\n" }.joined() + "t"
      }
      pickle += Array(
        ("V\(key)\nctorch._utils\n_rebuild_tensor_v2\n"
          + "((S'storage'\nctorch\nFloatStorage\nS'\(index)'\nS'cpu'\nI\(values.count)\ntQI0\n"
          + tuple(shape) + tuple(strides) + "I00\nccollections\nOrderedDict\n(tRtRs").utf8)
      entries.append(("s/data/\(index)", values.withUnsafeBytes { [UInt8]($0) }))
    }
    entries.insert(("s/data.pkl", pickle + Array(".".utf8)), at: 0)
    return StoredZip.bytes(entries)
  }
}
