import Compute
import TensorFiles

/// Where in the SMPL atlas each place of DensePose's 24 charts is.
///
/// The table of the DensePose package, `dp_uv_lookup_256.npy`: (24, 256, 256, 2), by part, U and V; u to the
/// right, v upwards, 0 to 1.
public struct SurfaceLookup: Sendable {
  /// (24, 256, 256, 2)
  private let coordinates: [Double]
  /// Of numbers of 32 bits, with which NumPy reckons on.
  private let isSingle: Bool

  static let shape = [IUVPicture.partCount, 256, 256, 2]

  /// - Parameter path: an .npy file, or an .npz file of an atlas with charts.
  public init(path: String) throws {
    if try Self.hasCharts(path) {
      try self.init(chartsIn: path)
      return
    }
    let table = try NPY.read(path: path)
    self = try ProgramError.locating(file: path) { try SurfaceLookup(table) }
    try checkNumbers(path)
  }

  /// The authors' table has a number everywhere; their own program stops at what is none.
  private func checkNumbers(_ path: String) throws {
    guard let index = coordinates.firstIndex(where: { !$0.isFinite }) else { return }
    let cell = index / 2
    throw ProgramError(
      .dataError, "the lookup table has entries that are no numbers", file: path,
      key: "part \(cell / 65536 + 1), U \(cell / 256 % 256), V \(cell % 256)",
      expected: "coordinates of 0 to 1",
      found: "\(coordinates[index]), one of \(coordinates.count { !$0.isFinite })",
      hint: "the file is damaged, or was made of charts with gaps")
  }

  init(_ table: TensorData) throws {
    guard table.shape == Self.shape else {
      throw ProgramError(
        .dataError, "is no lookup table of DensePose's charts", expected: "\(Self.shape)",
        found: "\(table.shape)")
    }
    coordinates = try table.doubles()
    isSingle = table.scalarType == .float32
    guard coordinates.contains(where: { $0 > 0 && $0 < 1 }) else {
      throw ProgramError(
        .dataError, "the lookup table holds no places of an atlas", expected: "numbers of 0 to 1")
    }
  }

  /// Whoever has no table, and no body from which it could be made.
  public static var missing: ProgramError {
    ProgramError(
      .noInput, "an IUV picture needs the table of where DensePose's charts lie in the SMPL atlas",
      expected: "dp_uv_lookup_256.npy, 24 x 256 x 256 x 2",
      hint:
        "it comes with the code of pose-with-style and of tex2shape: name it with `lookup`, or give "
        + "an `atlas` that has densepose_parts and densepose_uv")
  }

  /// Where a pixel lies in an atlas of `size` texels, from the top left texel's centre; nil where the table
  /// has no place for it.
  func place(part: UInt8, u: UInt8, v: UInt8, size: Int) -> SIMD2<Double>? {
    let index = 2 * ((Int(part) - 1) * 65536 + Int(u) * 256 + Int(v))
    let (tu, tv) = (coordinates[index], coordinates[index + 1])
    guard tu >= 0, tu <= 1, tv >= 0, tv <= 1 else { return nil }
    if isSingle {
      return SIMD2(
        Double(Float(tu) * Float(size - 1)), Double((1 - Float(tv)) * Float(size - 1)))
    }
    return SIMD2(tu * Double(size - 1), (1 - tv) * Double(size - 1))
  }
}
