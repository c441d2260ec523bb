/// Sizes and errors of DINAR's renderer.
import Compute
import Testing

@testable import NeuralRender

@Suite struct DinarRendererTests {
  /// Zero weights for every parameter of a renderer.
  private static func source(_ sizes: DinarRendererSizes) throws -> [String: Tensor] {
    let renderer = DinarRenderer(sizes)
    let unit = 2 << sizes.downsamplings
    let graphs = [
      try renderer.textureGraph(height: 8, width: 8),
      try renderer.frameGraph(
        height: unit, width: unit, texture: nil, composition: DinarComposition()),
    ]
    var tensors: [String: Tensor] = [:]
    for (key, value) in graphs.flatMap(\.parameters) {
      tensors[DinarRenderer.checkpointPrefix + key] = Tensor(shape: value.shape)
    }
    return tensors
  }

  private static let small = DinarRendererSizes(
    textureChannels: 5, uvChannels: 3, maskChannels: 2, baseChannels: 4, downsamplings: 2,
    blocks: 1, borderSize: 5, trunkChannels: 6, rgbHeadConvolutions: 1, segmHeadConvolutions: 3)

  @Test(arguments: [small, .released]) func sizesComeFromTheWeights(sizes: DinarRendererSizes)
    throws
  {
    #expect(try DinarRendererSizes(of: Self.source(sizes)) == sizes)
  }

  @Test func releasedNetworkHasItsParameters() throws {
    let source = try Self.source(.released)
    let trained = source.filter { !$0.key.contains(".running_") }
    #expect(trained.values.reduce(0) { $0 + $1.count } == 18_994_818)
    #expect(source["first_stage.renderer.model.start.1.weight"]?.shape == [64, 33, 7, 7])
    #expect(source["first_stage.renderer.model.upsamples.0.1.weight"]?.shape == [256, 1024, 3, 3])
    #expect(source["first_stage.renderer.segm_head.14.weight"]?.shape == [3, 16, 3, 3])
  }

  @Test func anotherNetworkIsNamed() throws {
    #expect {
      _ = try DinarRendererSizes(of: ["enc_conv0.conv.weight": Tensor(1)])
    } throws: {
      "\($0)".contains("the file holds no renderer of DINAR")
        && "\($0)".contains("[first_stage.renderer.ntex_preproc.0.weight]")
    }
    var source = try Self.source(Self.small)
    source["first_stage.renderer.model.start.1.weight"] = Tensor(shape: [4, 10, 4, 4])
    #expect {
      _ = try DinarRendererSizes(of: source)
    } throws: { "\($0)".contains("has no centre (expected an odd size, found [4, 10, 4, 4])") }
    source["first_stage.renderer.model.start.1.weight"] = Tensor(shape: [4])
    #expect {
      _ = try DinarRendererSizes(of: source)
    } throws: { "\($0)".contains("are not filters (expected Cout x Cin x k x k, found [4])") }
  }

  @Test func picturesSuitTheNetwork() throws {
    let renderer = DinarRenderer(Self.small)
    func shapes(_ height: Int, _ width: Int) throws -> [[Int]] {
      try renderer.frameGraph(
        height: height, width: width, texture: (7, 9), composition: DinarComposition()
      ).outputs.map(\.value.shape)
    }
    #expect(try shapes(8, 20) == [[1, 3, 8, 20], [1, 1, 8, 20]])
    #expect {
      _ = try shapes(8, 18)
    } throws: {
      "\($0)" == "the renderer cannot draw pictures of this size (expected multiples of 4, at "
        + "least 8, found 18 x 8)"
    }
  }
}
