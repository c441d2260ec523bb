// Source: the names of Sample&Refine's modules.

extension NetworkRecognition {
  static let sampler = NetworkRecognition(mark: "toGrid.conv.weight") {
    guard let stem = $0.shape("enc_conv0.conv.weight", axes: 4) else { return nil }
    let levels = $0.count("dec_conv", ".conv_block.0.conv.weight")
    return "width \(stem[0]), \(NetworkShapes.words(levels, "level"))"
  }

  static let refiner = NetworkRecognition(mark: "tEncoder.conv0.0.conv.weight") {
    guard let stem = $0.shape("tEncoder.conv0.0.conv.weight", axes: 4) else { return nil }
    let levels = $0.count("tEncoder.conv", ".0.conv.weight") - 1
    guard let head = $0.shape("tDecoder.upconv\(levels).0.conv.weight", axes: 4) else { return nil }
    let blocks = $0.count("enc_rb.", ".conv_block.0.conv.weight")
    return "\(stem[1]) channels in, \(head[0]) out, width \(stem[0]), "
      + "\(NetworkShapes.words(levels, "level")), "
      + "\(NetworkShapes.words(blocks, "residual block")), "
      + ($0.contains("tEncoder.conv0.0.gate.0.weight") ? "gated" : "without gates")
  }
}
