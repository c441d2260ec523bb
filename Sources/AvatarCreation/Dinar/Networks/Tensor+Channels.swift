import Compute

extension Tensor {
  /// Images of one size, (1, C, H, W) each, as the channels of one.
  init(joiningChannelsOf parts: [Tensor]) {
    precondition(
      Set(parts.map { $0.shape.suffix(2) }).count == 1 && parts.allSatisfy { $0.shape[0] == 1 })
    let channels = parts.reduce(0) { $0 + $1.shape[1] }
    self.init(shape: [1, channels] + parts[0].shape.suffix(2)) { buffer in
      var start = 0
      for part in parts {
        part.withUnsafeBuffer { elements in
          _ = UnsafeMutableBufferPointer(rebasing: buffer[start..<start + elements.count])
            .update(fromContentsOf: elements)
        }
        start += part.count
      }
    }
  }
}
