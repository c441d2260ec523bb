// Source: the names of DINAR's modules.

extension NetworkRecognition {
  static let dinarEncoder = NetworkRecognition(mark: "final_linear.1.weight") {
    guard let (channels, style) = convolutionTower($0), style != 1 else { return nil }
    return "\(channels) channels in, style of \(style) values"
  }

  /// One module with the encoder in the original: its style is one number, the judgement.
  static let dinarDiscriminator = NetworkRecognition(mark: "final_linear.1.weight") {
    guard let (channels, style) = convolutionTower($0), style == 1 else { return nil }
    return "\(channels) channels in"
  }

  private static func convolutionTower(_ shapes: NetworkShapes) -> (channels: Int, style: Int)? {
    guard let style = shapes.shape("final_linear.1.weight", axes: 2),
      let input = shapes.shape("convs.0.0.weight", axes: 4)
    else { return nil }
    return (input[1], style[0])
  }

  static let dinarGenerator = NetworkRecognition(mark: "input.input") {
    guard let input = $0.shape("input.input", axes: 4),
      let texture = $0.shape("to_rgb1.bias", axes: 4)
    else { return nil }
    return "\(input[1]) channels at the start, \(texture[1]) channels of texture"
  }

  static let dinarCompression = NetworkRecognition(mark: "quantize.embedding.weight") {
    guard let codes = $0.shape("quantize.embedding.weight", axes: 2),
      let input = $0.shape("encoder.conv_in.weight", axes: 4)
    else { return nil }
    return "texture of \(input[1]) channels, \(codes[0]) codes of \(codes[1]) values"
  }

  static let dinarRenderer = NetworkRecognition(mark: "ntex_preproc.0.weight") {
    guard let texture = $0.shape("ntex_preproc.0.weight", axes: 4),
      let start = $0.shape("model.start.1.weight", axes: 4)
    else { return nil }
    let levels = $0.count("model.downsamples.", ".0.weight")
    let blocks = $0.count("model.resblocks.", ".conv_block.1.weight")
    return "texture of \(texture[1]) channels, width \(start[0]), "
      + "\(NetworkShapes.words(levels, "level")), "
      + NetworkShapes.words(blocks, "residual block")
  }

  static let dinarDiffusion = NetworkRecognition(mark: "input_blocks.0.0.weight") {
    guard let input = $0.shape("input_blocks.0.0.weight", axes: 4),
      let output = $0.shape("out.2.weight", axes: 4)
    else { return nil }
    return "width \(input[0]), \(input[1]) channels in, \(output[0]) out"
      + ($0.checkpoint.hasAverages ? ", with moving averages" : "")
  }
}
