import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct DinarCompositionTests {
  /// The opacity of a pixel is what the graph's operations give, in all its ways and at all its edges.
  @Test(arguments: [
    DinarComposition(threshold: 0.5), DinarComposition(threshold: 0),
    DinarComposition(threshold: 0.3, isExponential: false),
    DinarComposition(addsUVMask: false, threshold: 0.25),
    DinarComposition(hasBackground: false, threshold: 0.5),
  ])
  func opacityIsTheGraphs(composition: DinarComposition) throws {
    var values = (0...200).map { Float($0) / 200 }
    values += [0.5, Float(0.5).nextUp, Float(0.5).nextDown, 0.7, Float(0.7).nextDown, 0.66]
    let width = values.count
    let mask = (0..<2 * width).map { Float($0 / width) }
    var graph = Graph()
    let shape = [1, 1, 2, width]
    let rgb = graph.input("rgb_head", shape: [1, 3, 2, width])
    let segm = graph.input("segm_head", shape: shape)
    let uvMask = graph.input("uv_mask", shape: shape)
    try composition.append(rgb: rgb, segm: segm, uvMask: uvMask, to: &graph)
    var random = SeededGenerator(state: 5)
    let colours = (0..<6 * width).map { _ in Float.random(in: -1...1, using: &random) }
    var inputs = [
      "rgb_head": Tensor(shape: [1, 3, 2, width], colours),
      "segm_head": Tensor(shape: shape, values + values), "uv_mask": Tensor(shape: shape, mask),
    ]
    if composition.hasBackground {
      inputs["background"] = Tensor(shape: [1, 3, 2, width], repeating: 1)
    }
    let outputs = try ReferenceExecutor(graph, parameters: Parameters()).run(inputs)
    let golden = try #require(outputs["segm"])
    let pictures = try #require(outputs["rgb"])
    for pixel in 0..<2 * width {
      let opacity = composition.opacity(segm: values[pixel % width], uvMask: mask[pixel])
      #expect(abs(opacity - golden[pixel]) < 2e-5, "\(values[pixel % width]), \(mask[pixel])")
      guard composition.hasBackground else { continue }
      for channel in 0..<3 {
        let index = channel * 2 * width + pixel
        let byte = DinarComposition.byte(colours[index], opacity: opacity, background: 1)
        let exact = (pictures[index] + 1) / 2 * 255
        #expect(abs(Float(byte) + 0.5 - exact) < 0.502, "\(exact) became \(byte)")
      }
    }
  }
}
