import Compute

/// EasyMocap's rows with hands in components: 66 of the body, 6 and 6 of the hands, and for SMPL-X the jaw
/// and both eyes.
///
/// Source: EasyMocap `smplmodel/body_model.py`, `extend_pose`: the first six components, the mean hand
/// added.
enum EasyMocapColumns {
  static let smplh = 78
  static let smplx = 87
  static let widths: Set<Int> = [smplh, smplx]
  static let handComponents = 6
}

extension MotionReader {
  mutating func addEasyMocap(_ key: String, width: Int) throws -> MotionHands {
    let count = EasyMocapColumns.handComponents
    let hands = options.hands == .flat ? nil : hands
    let addsMean = options.hands != .complete
    var pieces: [MotionClip.Piece] = [
      .init(column: 0, offset: 0, count: 66),
      .init(column: 66, offset: MotionFrame.leftHand, count: 90),
    ]
    let isSMPLX = width == EasyMocapColumns.smplx
    if isSMPLX { pieces.append(.init(column: 156, offset: MotionFrame.jaw, count: 9)) }
    try add(
      key, width: isSMPLX ? 165 : 156, pieces: pieces, expected: "\(width) numbers",
      accepts: { $0 == width },
      convert: { row, _, output in
        output.update(from: row, count: 66)
        MotionHandModel.decode(
          row + 66, count: count, side: hands?.left, addsMean: addsMean, to: output + 66)
        MotionHandModel.decode(
          row + 66 + count, count: count, side: hands?.right, addsMean: addsMean, to: output + 111)
        if isSMPLX { (output + 156).update(from: row + 66 + 2 * count, count: 9) }
      })
    return options.hands == .flat ? .flat : .components(count: count, meanAdded: addsMean)
  }
}
