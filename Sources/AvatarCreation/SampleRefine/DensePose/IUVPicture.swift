import Compute
import Media

/// What DensePose says of a photo: a body part of each pixel, and where on the part it is.
public struct IUVPicture: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// (height, width): part 1 to 24, 0 where nobody is.
  public private(set) var parts: [UInt8]
  /// (height, width): coordinates on the part's chart.
  public private(set) var u: [UInt8]
  public private(set) var v: [UInt8]

  static let partCount = 24

  public init(path: String) throws {
    self = try ProgramError.locating(file: path) {
      try IUVPicture(PictureFile.read(path: path))
    }
  }

  /// - Parameter picture: blue is the part, green U, red V: what OpenCV makes of I, U, V.
  /// - Throws: `dataError` for another order of channels, other pictures, and where nobody is.
  public init(_ picture: Picture) throws {
    guard picture.channels >= 3, picture.bitDepth == 8 else {
      throw ProgramError(
        .dataError, "is no IUV picture", expected: "8-bit red, green and blue",
        found: "\(picture.channels) channels of \(picture.bitDepth) bits")
    }
    let (bytes, step) = (picture.bytes(), picture.channels)
    func plane(_ channel: Int) -> [UInt8] {
      stride(from: channel, to: bytes.count, by: step).map { bytes[$0] }
    }
    let (red, green, blue) = (plane(0), plane(1), plane(2))
    try Self.checkOrder(red: red, green: green, blue: blue)
    self.init(width: picture.width, height: picture.height, parts: blue, u: green, v: red)
  }

  init(width: Int, height: Int, parts: [UInt8], u: [UInt8], v: [UInt8]) {
    (self.width, self.height) = (width, height)
    (self.parts, self.u, self.v) = (parts, u, v)
  }

  /// Parts are few and their numbers small; coordinates are not.
  private static func checkOrder(red: [UInt8], green: [UInt8], blue: [UInt8]) throws {
    let most = UInt8(partCount)
    func isOfParts(_ plane: [UInt8]) -> Bool { plane.allSatisfy { $0 <= most } }
    if isOfParts(blue) {
      guard blue.contains(where: { $0 > 0 }) else {
        throw ProgramError(
          .dataError, "the IUV picture shows nobody", expected: "parts 1 to 24 in its blue channel",
          found: isOfParts(red) && red.contains { $0 > 0 } ? "parts in red" : "no part",
          hint: "DensePose found nobody, or its channels are in another order")
      }
      return
    }
    let other = isOfParts(red) ? "red" : isOfParts(green) ? "green" : nil
    guard let other else {
      throw ProgramError(
        .dataError, "is no IUV picture", expected: "parts 0 to 24 in its blue channel",
        found: "up to \(blue.max() ?? 0)",
        hint: "IUV pictures are PNG; what has been a JPEG or was scaled has no whole parts")
    }
    throw ProgramError(
      .dataError, "the IUV picture's channels are in another order",
      expected: "the part in blue, U in green, V in red", found: "the part in \(other)",
      hint: other == "red"
        ? "it was saved as RGB: exchange red and blue, as OpenCV saves I, U, V" : nil)
  }

  /// The person mirrored on the surface: left parts are right ones.
  ///
  /// Matches: the authors' `flip_iuv`: parts 3 to 24 are exchanged in pairs, U turns on hands and head,
  /// V on the trunk.
  public var flipped: IUVPicture {
    var result = self
    for pixel in parts.indices where parts[pixel] > 0 {
      let part = parts[pixel]
      if part > 2 { result.parts[pixel] = part % 2 == 1 ? part + 1 : part - 1 }
      if [3, 4, 23, 24].contains(part) { result.u[pixel] = 255 - u[pixel] }
      if part <= 2 { result.v[pixel] = 255 - v[pixel] }
    }
    return result
  }
}
