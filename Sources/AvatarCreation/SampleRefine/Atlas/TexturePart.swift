/// Parts of the SMPL texture atlas that Sample&Refine tells apart, in the order of its masks.
public enum TexturePart: Int, CaseIterable, Sendable {
  case face, body, legs, arms, foot, hand

  /// The picture of the part's mask in the authors' `uv_masks`.
  var fileName: String {
    switch self {
    case .face: "face.png"
    case .body: "body.png"
    case .legs: "both_leg.png"
    case .arms: "both_arm.png"
    case .foot: "foot.png"
    case .hand: "hand.png"
    }
  }

  /// Texels of an atlas of 512.
  private var fullBox: (top: Int, left: Int, bottom: Int, right: Int) {
    switch self {
    case .face: (0, 0, 225, 309)
    case .body: (215, 0, 512, 323)
    case .legs: (0, 297, 215, 512)
    case .arms: (207, 319, 383, 512)
    case .foot: (379, 327, 448, 504)
    case .hand: (440, 315, 512, 512)
    }
  }

  /// Where the part lies in an atlas of `size` texels a side: every border rounded up.
  public func box(size: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    func scaled(_ value: Int) -> Int { (value * size + 511) / 512 }
    let box = fullBox
    return (
      scaled(box.top)..<scaled(box.bottom), scaled(box.left)..<scaled(box.right)
    )
  }
}
