import CSIMD
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct QuantizedKernelTests {
  @Test func fourProductsAreExact() {
    var generator = SeededGenerator(state: 3)
    for round in 0..<64 {
      let bytes: [UInt8] = (0..<64).map { _ in
        round == 0 ? 255 : UInt8.random(in: 0...255, using: &generator)
      }
      let weights: [Int8] = (0..<64).map { _ in
        round == 0 ? -128 : Int8.random(in: -128...127, using: &generator)
      }
      var (values, factors, sums) = (
        SIMD16<Int32>.zero, SIMD16<Int32>.zero, SIMD16<Int32>(repeating: -9)
      )
      withUnsafeMutableBytes(of: &values) { $0.copyBytes(from: bytes) }
      withUnsafeMutableBytes(of: &factors) {
        $0.copyBytes(from: weights.map { UInt8(bitPattern: $0) })
      }
      sums = csimd_dot4_u8s8(sums, values, factors)
      for lane in 0..<16 {
        var expected: Int32 = -9
        for index in 4 * lane..<4 * lane + 4 {
          expected += Int32(bytes[index]) * Int32(weights[index])
        }
        #expect(sums[lane] == expected)
      }
    }
  }

  @Test func bytesAreTheNearest() {
    let values: [Float] = [
      0, 0.5, 1.5, -0.5, 2.49, 127, 254.6, 255.4, 1e9, -1e9, -130, -127.6, .infinity, -.infinity,
      100.5, 101.5,
    ]
    var vector = SIMD16<Float>.zero
    for (lane, value) in values.enumerated() { vector[lane] = value }
    let target = AlignedBuffer<UInt8>(count: 32, filledWith: 9)
    csimd_store_bytes(target.pointer, vector, SIMD16(repeating: 128), 16)
    let expected: [UInt8] = [
      128, 128, 130, 128, 130, 255, 255, 255, 255, 0, 0, 0, 255, 0, 228, 230,
    ]
    #expect((0..<16).map { target[$0] } == expected)
    csimd_store_bytes(target.pointer + 16, vector, SIMD16(repeating: 0), 3)
    #expect((16..<20).map { target[$0] } == [0, 0, 2, 9])
  }

  /// A value comes back within half a step where its channel reaches, else as the nearest end.
  @Test func quantizationRoundTrips() {
    let quantization = ChannelQuantization(scale: [0.5, 0.01], zero: [0, 200])
    var generator = SeededGenerator(state: 4)
    for _ in 0..<500 {
      for channel in 0..<2 {
        let scale = quantization.scale[channel]
        let zero = Float(quantization.zero[channel])
        let value = Float.random(in: -4...140, using: &generator)
        let reachable = min(max(value, -zero * scale), (255 - zero) * scale)
        let found = quantization.value(
          quantization.byte(value, channel: channel), channel: channel)
        #expect(abs(found - reachable) <= scale * 0.50001)
      }
    }
    for byte in UInt8.min...UInt8.max {
      #expect(quantization.byte(quantization.value(byte, channel: 1), channel: 1) == byte)
    }
  }

  /// Without an epilogue every value is its whole number times the output's step, to the bit.
  @Test(arguments: directCases) func directSumsAreExact(_ test: KernelCase) {
    let quantized = QuantizedCase(test)
    let values = inner(runQuantized(quantized, isPlain: true).floats, test)
    let sums = quantized.sums()
    for (place, value) in values.enumerated() {
      let expected = Float(sums[place]) * quantized.steps[place % test.outputs]
      if value != expected {
        Issue.record("\(value) for \(expected) at \(place)")
        return
      }
    }
  }

  /// Sums of a tap below 2^24 are exact floats; blending them adds six roundings.
  @Test(arguments: upsampledCases) func upsampledSumsAreBlended(_ test: KernelCase) {
    let quantized = QuantizedCase(test)
    let values = inner(runQuantized(quantized, isPlain: true).floats, test)
    let sums = quantized.sums()
    let magnitude = Double(test.channels * 9 * 255 * 127)
    for (place, value) in values.enumerated() {
      let step = Double(quantized.steps[place % test.outputs])
      let error = abs(Double(value) - sums[place] * step)
      if !(error <= magnitude * step * 8 * 0x1p-24) {
        Issue.record("\(value) for \(sums[place] * step) at \(place)")
        return
      }
    }
  }

  /// Scale, bias, activation and residual as in float32, and bytes of the same floats.
  @Test(arguments: directCases + upsampledCases) func epilogueWritesBoth(_ test: KernelCase) {
    let quantized = QuantizedCase(test)
    let data = quantized.data
    let result = runQuantized(quantized)
    let sums = quantized.sums()
    let floatStride = test.outputs + 2 * outputMargin
    for (index, value) in result.floats.enumerated() {
      let channel = index % floatStride - outputMargin
      guard (0..<test.outputs).contains(channel) else {
        if value != untouched { Issue.record("wrote outside its channels at \(index)") }
        continue
      }
      let place = index / floatStride * test.outputs + channel
      let product = sums[place] * Double(quantized.steps[channel]) * Double(data.scale[channel])
      let expected =
        test.activation.twin(product + Double(data.bias[channel]))
        + (test.residual ? Double(data.residual[place]) : 0)
      // The activation's polynomial, and a rounding a step.
      let bound = 1e-6 * (abs(product) * 2 + 4) + (test.upsampled ? 2e-4 : 0)
      if !(abs(Double(value) - expected) <= bound) {
        Issue.record("\(value) for \(expected) at \(place)")
        return
      }
    }
    let byteStride = (test.outputs + 2 * byteMargin + 3) & ~3
    for (index, byte) in result.bytes.enumerated() {
      let channel = index % byteStride - byteMargin
      let value = result.floats[
        index / byteStride * floatStride + outputMargin + min(max(channel, 0), test.outputs - 1)]
      let expected =
        (0..<test.outputs).contains(channel)
        ? quantized.output.byte(value, channel: channel) : untouchedByte
      if byte != expected {
        Issue.record("byte \(byte) for \(expected) at \(index)")
        return
      }
    }
  }

  /// A pixel's bits depend neither on the list it is in nor on the number of threads.
  @Test(arguments: directCases + upsampledCases) func sameInPieces(_ test: KernelCase) {
    let quantized = QuantizedCase(test)
    let all = runQuantized(quantized)
    #expect(runQuantized(quantized, threads: 2) == all)
    let pieces =
      test.upsampled
      ? somePieces(height: test.height, width: test.width, seed: 5)
      : somePieces(height: test.outputHeight, width: test.outputWidth, seed: 5)
    let some = runQuantized(quantized, pieces: pieces, threads: 5)
    let active = Set(
      pieces.flatMap { piece in (piece.x0..<piece.x1).map { [Int(piece.y), Int($0)] } })
    let floatStride = test.outputs + 2 * outputMargin
    let byteStride = (test.outputs + 2 * byteMargin + 3) & ~3
    let factor = test.upsampled ? 2 : 1
    for y in 0..<test.outputHeight {
      for x in 0..<test.outputWidth {
        let pixel = y * test.outputWidth + x
        let floats = pixel * floatStride..<(pixel + 1) * floatStride
        let bytes = pixel * byteStride..<(pixel + 1) * byteStride
        let isActive = active.contains([y / factor, x / factor])
        let expected =
          isActive
          ? (Array(all.floats[floats]), Array(all.bytes[bytes]))
          : (
            [Float](repeating: untouched, count: floatStride),
            [UInt8](repeating: untouchedByte, count: byteStride)
          )
        if Array(some.floats[floats]) != expected.0 || Array(some.bytes[bytes]) != expected.1 {
          Issue.record("pixel (\(y), \(x)) differs")
          return
        }
      }
    }
  }
}
