import Compute

// Tensors in C order to and from images with channels last.

extension FeatureMap {
  /// Fills the map with one image of an N x C x H x W tensor.
  public func write(_ tensor: Tensor, image: Int) {
    tensor.withUnsafeBuffer { write($0, image: image) }
  }

  /// Fills the map with one image of an N x C x H x W buffer.
  public func write(_ source: UnsafeBufferPointer<Float>, image: Int) {
    for channel in 0..<channels {
      let plane = (image * channels + channel) * height * width
      for y in 0..<height {
        for x in 0..<width { pixel(y, x)[channel] = source[plane + y * width + x] }
      }
    }
  }

  /// Fills the map's pixels with a tensor in C order whose last axis are the channels.
  public func writeRows(_ tensor: Tensor) {
    tensor.withUnsafeBuffer { source in
      for x in 0..<width {
        for channel in 0..<channels { pixel(0, x)[channel] = source[x * channels + channel] }
      }
    }
  }

  /// Copies the map's pixels to a buffer in C order whose last axis are the channels.
  func readRows(into target: UnsafeMutableBufferPointer<Float>) {
    for x in 0..<width {
      for channel in 0..<channels { target[x * channels + channel] = pixel(0, x)[channel] }
    }
  }

  /// Copies the map to one image of an N x C x H x W buffer.
  public func read(into target: UnsafeMutableBufferPointer<Float>, image: Int) {
    for channel in 0..<channels {
      let plane = (image * channels + channel) * height * width
      for y in 0..<height {
        for x in 0..<width { target[plane + y * width + x] = pixel(y, x)[channel] }
      }
    }
  }
}
