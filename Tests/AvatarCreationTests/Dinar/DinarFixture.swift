import Avatar
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// The persons of `fixtures/dinar_e2e`; sizes, names and counts come from the files.
struct DinarFixture {
  static let assets = Assets(root: Fixtures.packageRoot.path + "/assets")

  let golden: NPZFile
  let folder: DinarFolder
  let bodies: DinarBodies
  let sampler: DinarSampler
  let side: Int
  let textureSize: Int
  let pool: WorkerPool

  init(threads: Int = 2) throws {
    pool = WorkerPool(threads: threads)
    golden = try NPZFile(path: Fixtures.path("dinar_e2e/loader_io.npz"))
    folder = try DinarFolder(path: Fixtures.path("dinar_e2e/data"))
    textureSize = try golden.tensor("binary_uv_map").shape[1]
    bodies = try DinarBodies(
      bodies: Fixtures.path("dinar_e2e/smplx_models"),
      tables: Fixtures.path("dinar_e2e/smplx_data"),
      textureSize: textureSize, assets: Self.assets, pool: pool)
    let first = try #require(folder.persons.first)
    side = try golden.tensor("\(first.name).real_segm").shape[1]
    sampler = DinarSampler(bodies: bodies, side: side, pool: pool)
  }

  func sample(_ name: String) throws -> DinarSample {
    try sampler.sample(#require(folder.persons.first { $0.name == name }))
  }

  func raster(_ sample: DinarSample) throws -> PhotoRaster {
    try PhotoRaster(sample, surface: bodies.surface, pool: pool)
  }

  /// The largest difference of two arrays of one length.
  static func distance(_ one: [Float], _ other: [Float]) throws -> Float {
    try #require(one.count == other.count, "\(one.count) values, not \(other.count)")
    // Written so that a NaN is far.
    return zip(one, other).reduce(0) { abs($1.0 - $1.1) <= $0 ? $0 : abs($1.0 - $1.1) }
  }
}
