import Compute
import Foundation

/// A frame that was observed, to be drawn again.
struct CalibrationFrame {
  /// All images of an input, packed, channels last.
  var inputs: [String: [Float]]
  /// What the exact plan drew, by picture.
  var pictures: [[Float]]
}

extension QuantizationCalibrator {
  /// The lowest PSNR of the pictures, in decibels, over some frames with some layers in bytes; minus
  /// infinity where they are not numbers.
  func psnr(_ quantized: Set<Int>, _ frames: [CalibrationFrame]) -> Double {
    for index in layers.indices { layers[index].isQuantized = quantized.contains(index) }
    var errors = [Double](repeating: 0, count: pictures.count)
    var counts = [Int](repeating: 0, count: pictures.count)
    for frame in frames {
      for (name, values) in frame.inputs { plan.write(values, to: plan.inputPlaces[name]) }
      plan.runSteps()
      for (index, picture) in pictures.enumerated() {
        guard let place = plan.outputPlaces[picture.output] else { continue }
        let (sum, count) = squaredErrors(
          plan.images(place), frame.pictures[index], channels: place.channels,
          mask: picture.mask.flatMap { frame.inputs[$0] })
        errors[index] += sum
        counts[index] += count
      }
    }
    for layer in layers { layer.isQuantized = false }
    return pictures.indices.map { index in
      let peak = Double(pictures[index].peak)
      let ratio = 10 * log10(peak * peak * Double(max(counts[index], 1)) / errors[index])
      return ratio.isNaN ? -.infinity : ratio
    }.min() ?? .infinity
  }

  private func squaredErrors(
    _ found: [Float], _ exact: [Float], channels: Int, mask: [Float]?
  ) -> (sum: Double, count: Int) {
    var (sum, count) = (0.0, 0)
    for pixel in 0..<found.count / channels {
      if let mask, mask[pixel] <= 0 { continue }
      for index in pixel * channels..<(pixel + 1) * channels {
        let error = Double(found[index]) - Double(exact[index])
        sum += error * error
      }
      count += channels
    }
    return (sum, count)
  }

  /// Signal to noise of each layer's output in bytes, its inputs exact, on the last frame.
  func ownErrors(of indices: [Int]) -> [Int: Double] {
    guard let frame = frames.last else { return [:] }
    for (name, values) in frame.inputs { plan.write(values, to: plan.inputPlaces[name]) }
    let kept = KeptOutput(largest: indices.map { layers[$0].output })
    var result: [Int: Double] = [:]
    for (position, step) in plan.steps.enumerated() {
      plan.runWhole(position)
      guard let index = indices.first(where: { layers[$0] === step }) else { continue }
      let layer = layers[index]
      let maps = (0..<layer.output.images).map { plan.memory.map(layer.output, image: $0) }
      kept.keep(maps, pool: pool)
      layer.isQuantized = true
      plan.runWhole(position)
      layer.isQuantized = false
      let (errors, signal) = kept.errors(of: maps, pool: pool)
      result[index] = min(10 * log10(signal / errors), 200)
      kept.restore(maps, pool: pool)
    }
    return result
  }
}

extension Plan {
  /// The images at a place, packed, channels last.
  func images(_ place: Place?) -> [Float] {
    guard let place else { return [] }
    let imageCount = place.pixels * place.channels
    return [Float](unsafeUninitializedCapacity: place.images * imageCount) { buffer, count in
      for image in 0..<place.images {
        let map = memory.map(place, image: image)
        guard let base = buffer.baseAddress else { continue }
        for y in 0..<map.height {
          for x in 0..<map.width {
            let pixel = base + image * imageCount + (y * map.width + x) * map.channels
            pixel.initialize(from: map.pixel(y, x), count: map.channels)
          }
        }
      }
      count = place.images * imageCount
    }
  }

  /// Writes packed images to a place.
  func write(_ values: [Float], to place: Place?) {
    guard let place else { return }
    values.withUnsafeBufferPointer { buffer in
      guard var source = buffer.baseAddress else { return }
      for image in 0..<place.images {
        let map = memory.map(place, image: image)
        for y in 0..<map.height {
          for x in 0..<map.width {
            map.pixel(y, x).update(from: source, count: map.channels)
            source += map.channels
          }
        }
      }
    }
  }
}
