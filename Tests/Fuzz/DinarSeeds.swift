import Media
import NeuralRender
import TensorFiles

/// What DINAR's networks are given, as small as it can be: a person's photo, mask and fit, all networks in
/// one checkpoint, and a configuration.
enum DinarSeeds {
  /// Pixels of the networks' picture, and texels of the texture, along a side.
  static let side = 32
  static let textureSize = 16

  /// All networks, which fit each other, and the noise schedule.
  static func checkpoint() throws -> [UInt8] {
    let encoder = DinarEncoder(
      DinarEncoderSizes(
        inputChannels: 5, channels: [4, 4, 4, 4], finalChannels: 4, hiddenWidth: 4, styleWidth: 4))
    let generator = DinarGenerator(
      DinarGeneratorSizes(
        styleWidth: 4, startHeight: 4, startWidth: 4, channels: [4, 4, 4], outputChannels: 2))
    let compression = DinarCompression(
      DinarCompressionSizes(
        textureChannels: 7, baseChannels: 16, levelChannels: [16, 16], encoderBlocks: 1,
        decoderBlocks: 1, attentionLevels: [1], encoderOutputs: 3, decoderInputs: 3, codeWidth: 2,
        codes: 8, colourChannels: 3, maskChannels: 2))
    let diffusion = DinarDiffusion(
      DinarDiffusionSizes(
        inputChannels: 5, latentChannels: 2, levelChannels: [8, 8], baseChannels: 8, blocks: 1,
        attentionLevels: [1], timestepWidth: 8, embeddingChannels: 8, colourChannels: 0,
        maskChannels: 0, heads: .count(2), groups: 8))
    let renderer = DinarRenderer(
      DinarRendererSizes(
        textureChannels: 7, uvChannels: 2, maskChannels: 1, baseChannels: 4, downsamplings: 1,
        blocks: 1, borderSize: 3, trunkChannels: 4, rgbHeadConvolutions: 1, segmHeadConvolutions: 1)
    )
    let parts: [(String, [Graph])] = [
      (DinarEncoder.checkpointPrefix, [try encoder.graph()]),
      (
        DinarGenerator.checkpointPrefix,
        [try generator.graph(), try generator.graph(noise: .stored)]
      ),
      (
        DinarCompression.checkpointPrefixes[0],
        [
          try compression.encoderGraph(height: textureSize, width: textureSize),
          try compression.decoderGraph(height: textureSize / 2, width: textureSize / 2),
        ]
      ),
      (
        DinarDiffusion.checkpointPrefix,
        [try diffusion.graph(height: textureSize / 2, width: textureSize / 2)]
      ),
      (
        DinarRenderer.checkpointPrefix,
        [
          try renderer.textureGraph(height: textureSize, width: textureSize),
          try renderer.frameGraph(
            height: side, width: side, texture: (textureSize, textureSize), composition: nil),
        ]
      ),
    ]
    var keys: Set<String> = []
    var weights: [(String, [Int], [Float])] = []
    for (prefix, graphs) in parts {
      for (key, value) in graphs.flatMap(\.parameters) where keys.insert(prefix + key).inserted {
        let count = value.shape.reduce(1, *)
        let isVariance = key.hasSuffix("running_var")
        weights.append(
          (
            prefix + key, value.shape,
            isVariance ? [Float](repeating: 1, count: count) : AvatarSeeds.numbers(count)
          ))
      }
    }
    return TorchSeed.checkpoint(weights + (try schedule()))
  }

  private static func schedule() throws -> [(String, [Int], [Float])] {
    let schedule = try NoiseSchedule(count: 20)
    return [
      ("alphas_cumprod", [schedule.count], schedule.cumulativeAlphas),
      ("sqrt_alphas_cumprod", [schedule.count], schedule.signal),
      ("sqrt_one_minus_alphas_cumprod", [schedule.count], schedule.noise),
    ]
  }

  static let configuration = Array(
    """
    runner: &all
      params:
        timesteps: 20
        unet_config:
          params: {model_channels: 8, num_heads: 2, num_head_channels: -1}
    test_dataloader:
      params:
        smplx_path: ./smplx_models
        v_inds_path: "./smplx_data/v_inds.npy"
        image_size: 16
    other: [1, 2.5, 0x10, 1_000, .inf, .nan, ~, true, !!str 7, *all]
    text: |
      lines
    more: >-
      folded
    ? key
    : value

    """.utf8)

  /// A photo with a person before another colour, and the person's mask.
  static func pictures() throws -> (photo: [UInt8], mask: [UInt8]) {
    let (width, height) = (48, 64)
    var photo: [UInt8] = []
    var mask: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let isPerson = 14..<34 ~= x && 6..<58 ~= y
        photo += isPerson ? [200, UInt8(3 * y), 90] : [30, 60, UInt8(4 * x)]
        mask.append(isPerson ? 255 : 0)
      }
    }
    return (
      try PNGFile.encode(Picture(width: width, height: height, channels: 3, bytes: photo)),
      try PNGFile.encode(Picture(width: width, height: height, channels: 1, bytes: mask))
    )
  }

  /// Fits in the ways that SMPLify-X and those after it write them: plain, wrapped, with lists, with a box.
  static func fits() throws -> [[UInt8]] {
    func row(_ count: Int, _ scale: Float = 0.05) -> PickleValue {
      .tensor(
        TensorData(shape: [1, count], floats: (0..<count).map { scale * Float($0 % 5 - 2) }))
    }
    let place: PickleValue = .tensor(TensorData(shape: [1, 3], floats: [0, 0.15, 150]))
    let plain: [(String, PickleValue)] = [
      ("betas", row(10, 0.5)), ("expression", row(10)), ("global_orient", row(3)),
      ("body_pose", row(63)), ("jaw_pose", row(3)), ("left_hand_pose", row(6)),
      ("right_hand_pose", row(12)), ("gender", .string("neutral")),
    ]
    func dictionary(_ entries: [(String, PickleValue)]) -> PickleValue {
      .dict(entries.map { (.string($0.0), $0.1) })
    }
    let box: PickleValue = .list([2, 1, 46, 63].map { .int($0) })
    return try [
      dictionary(plain + [("camera_translation", place)]),
      dictionary([("result", dictionary(plain + [("camera_translation", place)]))]),
      dictionary(
        plain + [
          ("transl", .list([.float(0), .float(0.15), .float(150)])), ("ltrb", box),
          ("body_scale", .float(1.1)), ("frame_fns", .string("a.png")),
        ]),
    ].map(Pickle.encode)
  }
}
