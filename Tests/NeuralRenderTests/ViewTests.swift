/// Views of values: reshapes, transpositions and slices are the same elements; what plans do with names and
/// nodes that nothing reads.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct ViewTests {
  /// Memory in which the element at each place is its own number.
  private func tensor(_ view: View) -> Tensor {
    Tensor(shape: view.shape) { Float(view.offset + Indexing.offset($0, view.strides)) }
  }

  @Test(arguments: 0..<200) func viewsHoldTheElementsOfTheirOperations(seed: Int) throws {
    var random = SeededGenerator(state: UInt64(seed))
    let rank = Int.random(in: 1...4, using: &random)
    let shape = (0..<rank).map { _ in [1, 2, 3, 4, 6].randomElement(using: &random) ?? 1 }
    var view =
      rank == 4 && seed % 2 == 0 ? View(image: shape, buffer: 0) : View(rows: shape, buffer: 0)
    var expected = tensor(view)
    for _ in 0..<4 {
      switch Int.random(in: 0..<3, using: &random) {
      case 0:
        let order = Array(view.shape.indices).shuffled(using: &random)
        view = view.permuted(order)
        expected = Transpose(order).reference([expected])
      case 1:
        let ranges = view.shape.map { extent in
          let start = Int.random(in: 0..<extent, using: &random)
          return Slice.Range(
            start, Int.random(in: start + 1...extent, using: &random),
            step: Int.random(in: 1...2, using: &random))
        }
        view = view.sliced(ranges, to: ranges.map(\.count))
        expected = Slice(ranges).reference([expected])
      default:
        let shape = Self.reshape(view.shape, &random)
        expected = Reshape(shape).reference([expected])
        guard let result = view.reshaped(shape) else { return }
        view = result
      }
      #expect(tensor(view) == expected)
    }
  }

  /// Axes merged and split at random.
  private static func reshape(_ shape: [Int], _ random: inout SeededGenerator) -> [Int] {
    var result: [Int] = []
    for extent in shape {
      if let last = result.last, Bool.random(using: &random) {
        result[result.count - 1] = last * extent
      } else if extent % 2 == 0 && Bool.random(using: &random) {
        result += [2, extent / 2]
      } else {
        result.append(extent)
      }
    }
    if Bool.random(using: &random) { result.append(1) }
    return result
  }

  /// What has no even strides is no view, and what has them is one.
  @Test func reshapesThatAreViews() {
    let image = View(image: [2, 6, 3, 5], buffer: 0)
    #expect(image.reshaped([2, 6, 15])?.image != nil)
    #expect(image.reshaped([2, 3, 2, 15]) != nil)
    #expect(image.reshaped([2, 90]) == nil)
    #expect(image.permuted([0, 2, 3, 1]).reshaped([30, 6])?.rows?.width == 30)
    #expect(
      View(rows: [2, 15, 6], buffer: 0).permuted([0, 2, 1]).reshaped([2, 6, 3, 5])?.image != nil)
  }

  /// Places as kernels see them name the elements that the view has.
  @Test func placesAreTheirViews() throws {
    let whole = View(image: [2, 7, 3, 4], buffer: 0)
    let part = whole.part(1, from: 2, count: 3)
    let place = try #require(part.image)
    #expect(place.offset == 2 && place.channels == 3 && place.pixelStride == 7)
    #expect(View(place, shape: part.shape) == part)
    #expect(whole.part(3, from: 1, count: 2).image == nil)
    let rows = try #require(View(rows: [5, 4, 3], buffer: 0).part(2, from: 1, count: 2).rows)
    #expect(rows.width == 20 && rows.channels == 2 && rows.pixelStride == 3 && rows.offset == 1)
  }

  @Test func namesAreUniqueAndDeadNodesLeave() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 3, 5, 5])
    try graph.module("block") { g in
      let first = try g.convolution(
        x, weight: g.parameter("a", shape: [3, 3, 3, 3]), padding: Padding(1))
      _ = try g.convolution(first, weight: g.parameter("b", shape: [3, 3, 3, 3]))
      let third = try g.convolution(
        g.elementwise(first, .tanh), weight: g.parameter("c", shape: [3, 3, 1, 1]))
      g.output("y", third)
    }
    let plan = try Plan(
      graph, parameters: PlanTests.parameters(of: [graph], seed: 1), pool: WorkerPool(threads: 1))
    #expect(plan.steps.map(\.name) == ["block convolution", "block convolution 3"])
  }
}

/// Which kernel a convolution gets.
@Suite struct ConvolutionKindTests {
  private func kind(
    _ kernel: Int, _ side: Int, _ channels: Int, _ outputs: Int, stride: Int = 1,
    isUpsampled: Bool = false, hasShortProducts: Bool = false
  ) -> ConvolutionKind {
    ConvolutionKind(
      ConvolutionShape(
        kernelHeight: kernel, kernelWidth: kernel, stride: stride, padding: kernel / 2),
      output: ImageSize(height: side, width: side), outputs: outputs, parts: (channels, 0),
      isUpsampled: isUpsampled, hasShortProducts: hasShortProducts)
  }

  /// The layers of DINAR's renderer.
  @Test func largeLayersAreTransformed() {
    #expect(kind(7, 512, 24, 64) == .longWinograd)
    #expect(kind(3, 64, 512, 512) == .threeTapWinograd)
    #expect(kind(3, 64, 256, 512, stride: 2) == .stridedWinograd)
    #expect(kind(3, 256, 64, 128, stride: 2) == .direct)
    #expect(kind(3, 512, 16, 16) == .direct)
    #expect(kind(3, 512, 16, 3) == .direct)
    #expect(kind(3, 128, 512, 256, isUpsampled: true) == .transformedUpsampling)
    #expect(kind(3, 16, 6, 4, isUpsampled: true) == .upsampled)
  }

  /// Four times the weights are not paid for by a few pixels, however many channels there are: they are
  /// transformed in the cache.
  @Test func smallImagesKeepTheirWeights() {
    #expect(kind(3, 8, 1024, 1024) == .compactWinograd)
    #expect(kind(3, 4, 1024, 1024) == .direct)
    #expect(kind(3, 16, 1024, 1024) == .compactWinograd)
    #expect(kind(7, 4, 64, 64) == .direct)
    #expect(kind(1, 64, 512, 512) == .direct)
  }

  /// Transformed weights of half the size are read for fewer tiles already.
  @Test func shortProductsReadTransformedWeightsSooner() {
    #expect(kind(3, 32, 1024, 1024) == .compactWinograd)
    #expect(kind(3, 32, 1024, 1024, hasShortProducts: true) == .threeTapWinograd)
    #expect(kind(3, 16, 1024, 1024, hasShortProducts: true) == .compactWinograd)
  }
}
