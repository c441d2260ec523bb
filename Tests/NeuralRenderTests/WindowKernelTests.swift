import Compute
import Testing

@testable import NeuralRender

@Suite struct WindowKernelTests {
  private static let channelCounts = [1, 2, 3, 5, 6, 8, 16, 17, 40]

  @Test(arguments: channelCounts) func poolingMatchesReference(_ channels: Int) {
    for (size, stride, padding, height, width) in [
      (2, 2, 0, 8, 18), (3, 2, 1, 7, 15), (3, 1, 1, 1, 1), (1, 3, 0, 5, 11), (4, 1, 2, 6, 9),
      (11, 4, 5, 12, 40),
    ] {
      // Few different values: ties, and zeros of both signs.
      let values = randomTensor([1, channels, height, width], seed: 7)
      let coarse = Tensor(shape: values.shape, values.elements.map { ($0 * 2).rounded() })
      let largest = Pooling(.maximum, size: size, stride: stride, padding: padding)
        .reference([coarse])
      let maximum = PoolingKernel(.maximum, size: size, stride: stride, padding: padding)
      let result = runWindowKernel(coarse, to: largest.shape) {
        maximum.row($0, $1, from: $2, to: $3)
      }
      #expect(result.problem == nil)
      #expect(haveSameBits(result.output, largest))
      for countsPadding in [false, true] {
        let reference = Pooling(
          .mean(countsPadding: countsPadding), size: size, stride: stride, padding: padding
        ).reference([values])
        let mean = PoolingKernel(
          .mean(countsPadding: countsPadding), size: size, stride: stride, padding: padding)
        let result = runWindowKernel(values, to: reference.shape) {
          mean.row($0, $1, from: $2, to: $3)
        }
        #expect(result.problem == nil)
        #expect(errorOverLargest(result.output, reference) <= 1e-5)
      }
    }
  }

  /// The mean of many nearly equal numbers keeps single precision; an infinite one stays infinite.
  @Test(arguments: [3, 17]) func largeMeansAreAccurate(_ channels: Int) {
    let size = 90
    let noise = randomTensor([1, channels, size, size], seed: 8)
    var values = noise.elements.map { 1000 + $0 }
    let mean = PoolingKernel(.mean(countsPadding: true), size: size, stride: 1)
    func results() -> (Tensor, Tensor) {
      let x = Tensor(shape: noise.shape, values)
      let result = runWindowKernel(x, to: [1, channels, 1, 1]) {
        mean.row($0, $1, from: $2, to: $3)
      }
      let operation = Pooling(.mean(countsPadding: true), size: size, stride: 1)
      return (result.output, operation.reference([x]))
    }
    let (result, reference) = results()
    #expect(errorOverLargest(result, reference) <= 0x1p-22)
    values[5] = -.infinity
    #expect(results().0[0] == -.infinity)
  }

  @Test(arguments: channelCounts) func resizingMatchesReference(_ channels: Int) {
    for (height, width, toHeight, toWidth) in [
      (1, 1, 3, 5), (4, 7, 8, 14), (9, 12, 4, 5), (5, 6, 5, 6), (3, 10, 1, 1), (7, 8, 10, 31),
      (4, 38, 2, 19),
    ] {
      let x = randomTensor([1, channels, height, width], seed: 9)
      let size = ImageSize(height: toHeight, width: toWidth)
      let shape = [1, channels, toHeight, toWidth]
      for step in [nil, SIMD2<Float>(0.37, 1.9), SIMD2<Float>(3, 0.2)] {
        let nearest = NearestResizeKernel(
          input: x.imageSize, output: size, channels: channels, step: step)
        let result = runWindowKernel(x, to: shape) { nearest.row($0, $1, from: $2, to: $3) }
        let operation = NearestResize(height: toHeight, width: toWidth, step: step)
        #expect(result.problem == nil)
        #expect(haveSameBits(result.output, operation.reference([x])))
      }
      for (alignsCorners, step) in [
        (true, nil), (false, nil), (false, SIMD2<Double>(0.37, 1.9)),
        (false, SIMD2<Double>(3, 0.2)),
      ] {
        let bilinear = BilinearResizeKernel(
          input: x.imageSize, output: size, channels: channels, alignsCorners: alignsCorners,
          step: step)
        let result = runWindowKernel(x, to: shape) { bilinear.row($0, $1, from: $2, to: $3) }
        let operation = BilinearResize(
          height: toHeight, width: toWidth, alignsCorners: alignsCorners, step: step)
        #expect(result.problem == nil)
        #expect(errorOverLargest(result.output, operation.reference([x])) <= 1e-5)
      }
    }
  }

  @Test(arguments: channelCounts) func paddingMatchesReference(_ channels: Int) {
    for padding in [
      Padding(0), Padding(2), Padding(left: 3, right: 0, top: 1, bottom: 4, mode: .reflect),
      Padding(left: 9, right: 7, top: 0, bottom: 8, mode: .replicate),
      Padding(left: -2, right: 3, top: 1, bottom: -3),
      Padding(left: 1, right: -8, top: -4, bottom: 9),
      Padding(left: -3, right: -2, top: -1, bottom: -2),
      Padding(left: 8, right: -8, top: 0, bottom: 0),
    ] {
      let x = randomTensor([1, channels, 5, 8], seed: 10)
      let reference = Pad(padding).reference([x])
      let kernel = PadKernel(top: padding.top, left: padding.left, border: padding.borderMode)
      let result = runWindowKernel(x, to: reference.shape) { kernel.row($0, $1, from: $2, to: $3) }
      #expect(result.problem == nil)
      #expect(haveSameBits(result.output, reference), "\(padding)")
    }
  }

  @Test(arguments: channelCounts) func shufflingMatchesReference(_ channels: Int) {
    for factor in 1...5 {
      let x = randomTensor([1, channels * factor * factor, 2, 5], seed: 11)
      let wide = DepthToSpace(factor: factor).reference([x])
      let toSpace = DepthToSpaceKernel(factor: factor)
      let result = runWindowKernel(x, to: wide.shape) { toSpace.row($0, $1, from: $2, to: $3) }
      #expect(result.problem == nil)
      #expect(haveSameBits(result.output, wide))
      let toDepth = SpaceToDepthKernel(factor: factor)
      let back = runWindowKernel(wide, to: x.shape) { toDepth.row($0, $1, from: $2, to: $3) }
      #expect(back.problem == nil)
      #expect(haveSameBits(back.output, x))
      #expect(haveSameBits(SpaceToDepth(factor: factor).reference([wide]), x))
    }
  }

  @Test(arguments: channelCounts) func blocksMatchReference(_ channels: Int) {
    for factor in 1...3 {
      let x = randomTensor([1, channels * factor * factor, 2, 5], seed: 12)
      let wide = DepthToSpace(factor: factor, order: .blockFirst).reference([x])
      let kernel = BlockToSpaceKernel(factor: factor)
      let result = runWindowKernel(x, to: wide.shape) { kernel.row($0, $1, from: $2, to: $3) }
      #expect(result.problem == nil)
      #expect(haveSameBits(result.output, wide))
    }
  }

  /// What `tf.nn.depth_to_space` gives for channels 0 to 7 of one pixel: two for each pixel of the block.
  @Test func blocksAreTensorFlows() {
    let x = Tensor(shape: [1, 8, 1, 1], (0..<8).map(Float.init))
    let result = DepthToSpace(factor: 2, order: .blockFirst).reference([x])
    #expect(result.elements == [0, 2, 4, 6, 1, 3, 5, 7])
  }

  /// What `torch.nn.functional.pixel_shuffle` gives for channels 0 to 7 of one pixel.
  @Test func depthToSpaceIsPyTorchs() throws {
    let x = Tensor(shape: [1, 8, 1, 1], (0..<8).map(Float.init))
    let result = DepthToSpace(factor: 2).reference([x])
    #expect(result.shape == [1, 2, 2, 2])
    #expect(result.elements == [0, 1, 2, 3, 4, 5, 6, 7])
    var graph = Graph()
    let odd = graph.input("odd", shape: [1, 6, 3, 3])
    #expect(throws: ProgramError.self) { try graph.depthToSpace(odd, factor: 2) }
    #expect(throws: ProgramError.self) { try graph.spaceToDepth(odd, factor: 2) }
    #expect(try graph.spaceToDepth(odd, factor: 3).shape == [1, 54, 1, 1])
  }
}
