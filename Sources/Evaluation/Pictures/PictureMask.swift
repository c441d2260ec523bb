import Compute
import Media

/// Which pixels of a pair count.
public struct PictureMask: Sendable {
  /// What a mask does to a measurement.
  public enum Use: String, Sendable, CaseIterable {
    /// Differences are of pixels of the mask alone, similarities of windows with their centre in it.
    case inside
    /// Both pictures are multiplied by the mask, which may be fractional, and compared as a whole.
    case multiply
  }

  public let use: Use
  /// 0 ... 1.
  let values: Plane

  /// The first channel of a picture; its alpha counts for nothing.
  ///
  /// - Throws: `dataError` for a mask without a pixel inside (of at least a half).
  public init(_ picture: Picture, use: Use = .inside) throws {
    self.use = use
    values = try ComparedPicture(picture, alpha: .ignore).plane(0)
    guard pixelCount > 0 else {
      throw ProgramError(
        .dataError, "the mask has no pixel inside", expected: "white where pictures count",
        found: "\(picture.width) x \(picture.height) pixels outside",
        hint: "is it inverted, or does it say so in its alpha channel?")
    }
  }

  public var width: Int { values.width }
  public var height: Int { values.height }

  /// Pixels inside: those of at least a half.
  public var pixelCount: Int {
    (0..<values.height).reduce(0) { sum, y in
      let row = values.row(y)
      return sum + (0..<values.width).count { row[$0] >= 0.5 }
    }
  }

  /// - Throws: `dataError` when the sizes differ.
  func requireSize(of picture: ComparedPicture) throws {
    guard width == picture.width, height == picture.height else {
      throw ProgramError(
        .dataError, "the mask has another size than the pictures",
        expected: "\(picture.width) x \(picture.height)", found: "\(width) x \(height)")
    }
  }

  /// 1 inside and 0 outside; nil if the mask is multiplied instead.
  func insidePlane() throws -> Plane? {
    guard use == .inside else { return nil }
    let plane = try Plane(width: width, height: height)
    for y in 0..<height {
      let (source, target) = (values.row(y), plane.row(y))
      for x in 0..<width { target[x] = source[x] >= 0.5 ? 1 : 0 }
    }
    return plane
  }

  /// Multiplies channels, if that is what the mask is for.
  func multiply(_ planes: Plane...) {
    guard use == .multiply else { return }
    for plane in planes { plane.multiply(by: values) }
  }

  /// Makes a channel 0 outside, fractionally if the mask is multiplied.
  func blacken(_ plane: Plane) throws { plane.multiply(by: try insidePlane() ?? values) }
}

extension Plane {
  fileprivate func multiply(by other: Plane) {
    for y in 0..<height {
      let (source, target) = (other.row(y), row(y))
      for x in 0..<width { target[x] *= source[x] }
    }
  }
}
