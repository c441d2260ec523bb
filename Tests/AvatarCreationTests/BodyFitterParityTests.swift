/// Fits of the golden landmarks of the photos: as close as they must be, standing upright, and the same
/// with any number of threads; and as files.
import Avatar
import Compute
import Foundation
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

@Suite(.enabled(if: Fixtures.goldenDataIsExpected)) struct BodyFitterParityTests {
  private static let body = Result {
    try BodyModel.load(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
  }

  private static let offsets = Result {
    let hash = try Assets.sha256(ofFile: body.get().path)
    return try OffsetFile.read(Fixtures.asset("offsets/\(OffsetFile.name(bodyHash: hash))"))
  }

  private static let depth = Result {
    try DepthNetwork(path: Fixtures.asset("depth/bone_depth.safetensors"))
  }

  private static func fit(
    _ path: String, threads: Int = 1, options: FitOptions = FitOptions()
  ) throws -> (BodyFit, FitReport) {
    let fixture = try FitFixture(path)
    let fitter = try BodyFitter(
      body: body.get(), offsets: offsets.get(), depth: depth.get(),
      pool: WorkerPool(threads: threads))
    return try fitter.fit(fixture.landmarks, mask: fixture.mask, options: options)
  }

  @Test func photosAreFitted() throws {
    for path in try Fixtures.files(in: "landmarks/photos", prefix: "", suffix: ".npz") {
      let stands = !path.contains("lunge")
      let (fit, report) = try Self.fit(
        path, options: FitOptions(mode: stands ? .standing : .free))
      // Bare bodies in the masks of dressed people.
      #expect(report.silhouetteIoU > 0.83, "\(path)")
      #expect(report.outside < 0.04, "\(path)")
      #expect(report.quality.meanError < (stands ? 0.0085 : 0.011), "\(path)")
      if stands { #expect(abs(report.quality.lean) < 8, "\(path)") }
      #expect(fit.pose.translation.z > 1)
      #expect(fit.betas.allSatisfy { abs($0) < 3 })
    }
  }

  @Test func threadsChangeNothing() throws {
    let path = try Fixtures.path("landmarks/photos/yogait_t6.npz")
    let one = try Self.fit(path)
    for threads in [2, 5] {
      let other = try Self.fit(path, threads: threads)
      #expect(one.0.pose == other.0.pose)
      #expect(one.0.betas == other.0.betas)
      #expect(one.1 == other.1)
    }
  }

  @Test func heightIsKept() throws {
    let path = try Fixtures.path("landmarks/photos/yogait_tada3.npz")
    let (fit, _) = try Self.fit(path, options: FitOptions(height: 1.9))
    let vertices = try ShapedBody(model: Self.body.get(), betas: fit.betas).restVertices
    let heights = (0..<vertices.count).map { vertices.y[$0] }
    #expect(abs((heights.max() ?? 0) - (heights.min() ?? 0) - 1.9) < 0.01)
  }

  @Test func filesKeepAFit() throws {
    let body = try Self.body.get()
    let (fit, _) = try Self.fit(Fixtures.path("landmarks/photos/yogait_tada3.npz"))
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("fit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("fit.npz").path
    try FitFile.write(fit, body: body, to: path)
    #expect(throws: ProgramError.self) { try FitFile.write(fit, body: body, to: path) }
    let back = try FitFile.read(path, body: body, width: fit.width, height: fit.height)
    for (a, b) in zip(fit.pose.rotations, back.pose.rotations) {
      #expect(((a - b) * (a - b)).sum() < 1e-8)
    }
    #expect(back.pose.translation == fit.pose.translation)
    #expect(back.camera == fit.camera)
    #expect(back.betas == fit.betas)
    // Of the same picture at twice the size, the camera is scaled; of another one, it is refused.
    let male = try BodyModel.load(path: Fixtures.asset("body/SMPLX_MALE.npz"))
    let other = #expect(throws: ProgramError.self) {
      try FitFile.read(path, body: male, width: fit.width, height: fit.height)
    }
    #expect(other?.key == "gender" && other?.found == "neutral")
    let large = try FitFile.read(path, body: body, width: fit.width * 2, height: fit.height * 2)
    #expect(abs(large.camera.focalLength.x - 2 * fit.camera.focalLength.x) < 0.01)
    #expect(throws: ProgramError.self) {
      try FitFile.read(path, body: body, width: fit.width, height: fit.width * 2)
    }
    // What a file of body offsets says is told apart.
    #expect(throws: ProgramError.self) { try OffsetFile.read(path) }
  }

  @Test func wrongInputsAreRefused() throws {
    let fixture = try FitFixture(Fixtures.path("landmarks/photos/yogait_t6.npz"))
    let fitter = try BodyFitter(
      body: Self.body.get(), offsets: Self.offsets.get(), depth: Self.depth.get(),
      pool: WorkerPool(threads: 1))
    var empty = fixture.mask
    empty.coverage = empty.coverage.map { _ in 0 }
    #expect(throws: ProgramError.self) { try fitter.fit(fixture.landmarks, mask: empty) }
    #expect(throws: ProgramError.self) {
      try fitter.fit(
        fixture.landmarks,
        mask: Matte(width: 4, height: 4, coverage: [Float](repeating: 1, count: 16)))
    }
    var broken = fixture.landmarks
    broken.world[13].z = .nan
    #expect(throws: ProgramError.self) { try fitter.fit(broken, mask: fixture.mask) }
    broken.world = []
    #expect(throws: ProgramError.self) { try fitter.fit(broken, mask: fixture.mask) }
  }

  @Test func bundledOffsetsAreThoseOfTheirBodies() throws {
    for body in try FileManager.default.contentsOfDirectory(atPath: Fixtures.asset("body"))
    where body.hasSuffix(".npz") {
      let hash = try Assets.sha256(ofFile: Fixtures.asset("body/\(body)"))
      let offsets = try OffsetFile.read(
        Fixtures.asset("offsets/\(OffsetFile.name(bodyHash: hash))"))
      // Hips lie behind what the network calls so; sides mirror each other.
      #expect(offsets.body[23].z > 0.02 && offsets.body[23].z < 0.05)
      #expect(offsets.body[23] == offsets.body[24] * SIMD3(-1, 1, 1))
    }
  }
}
