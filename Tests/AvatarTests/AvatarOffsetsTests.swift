/// What a person wears, from the file to the picture: round trip, damaged files, another body.
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import Avatar

@Suite struct AvatarOffsetsTests {
  private static let body = Fixtures.asset("body/SMPLX_NEUTRAL.npz")
  private static var assets: Assets { Assets(root: Fixtures.asset("")) }

  /// Writes an avatar of the neutral body in one grey, with a tensor of offsets.
  private static func write(
    _ path: String, offsets: TensorData?, named name: String? = AvatarFile.offsetsTensor
  ) throws {
    var description = AvatarDescription(
      name: "dressed", body: .init(file: "SMPLX_NEUTRAL.npz"),
      decoder: .init(kind: PlainAppearance.kind, light: "none"),
      textures: ["color": .init(tensor: "texture", encoding: "raw")])
    description.offsets = name
    var tensors = [
      ("texture", TensorData(shape: [4, 4, 3], bytes: [UInt8](repeating: 128, count: 48)))
    ]
    if let offsets { tensors.append((AvatarFile.offsetsTensor, offsets)) }
    try AvatarFile.write(description, tensors: tensors, to: path)
  }

  @Test func offsetsComeBackAndReachEveryFrame() throws {
    let model = try BodyModel.load(path: Self.body)
    let offsets = (0..<model.vertexCount).map {
      SIMD3<Float>(Float($0 % 7), Float($0 % 5), Float($0 % 3)) * 0.004
    }
    try AvatarFileTests.withScratch { path in
      try Self.write(path, offsets: AvatarFile.tensor(ofOffsets: offsets))
      #expect(try AvatarFile(path: path).offsets() == offsets)
      let person = try Person(avatar: path, assets: Self.assets)
      #expect(person.body.offsets == offsets && person.notices.isEmpty)
      #expect(try person.reshaped(betas: [1]).body.offsets == offsets)
      let bare = try ShapedBody(model: model)
      #expect(person.body.restJoints == bare.restJoints)
      let poser = PersonPoser(person, pool: WorkerPool(threads: 1))
      try poser.pose(BodyPose())
      for vertex in stride(from: 0, to: model.vertexCount, by: 97) {
        let moved =
          poser.person().body[vertex] - bare.restVertices[vertex] - offsets[vertex]
        #expect(max(abs(moved.x), abs(moved.y), abs(moved.z)) < 1e-6)
      }
    }
  }

  @Test func aPersonInNothingHasNone() throws {
    let person = try Person(avatar: "sample", assets: Self.assets)
    #expect(person.body.offsets.isEmpty && person.description.offsets == nil)
  }

  private static func error(_ offsets: TensorData?, named name: String = "offsets") throws
    -> ProgramError?
  {
    var result: ProgramError?
    try AvatarFileTests.withScratch { path in
      try write(path, offsets: offsets, named: name)
      do {
        _ = try Person(avatar: path, assets: assets)
      } catch {
        result = error as? ProgramError
        #expect(result?.file == path && result?.code == .dataError)
      }
    }
    return result
  }

  @Test func damagedOffsetsAreRefused() throws {
    let zeros = [Float](repeating: 0, count: 13524 * 3)
    #expect(try Self.error(TensorData(shape: [13524, 3], floats: zeros)) == nil)
    for shape in [[13524 * 3], [3, 13524], [13524, 3, 1]] {
      let error = try Self.error(TensorData(shape: shape, floats: zeros))
      #expect(error?.key == "offsets" && error?.expected?.contains("(V, 3) float32") == true)
    }
    let doubles = TensorData(shape: [13524, 3], doubles: zeros.map(Double.init))
    #expect(try Self.error(doubles)?.found == "float64 [13524, 3]")
    for (value, found) in [(Float.nan, "nan"), (.infinity, "inf"), (-2.5, "-2.5")] {
      var values = zeros
      values[3 * 100 + 1] = value
      let error = try Self.error(TensorData(shape: [13524, 3], floats: values))
      #expect(error?.found == "\(found) at [100, 1]" && error?.key == "offsets")
    }
    let fewer = try Self.error(TensorData(shape: [13523, 3], floats: Array(zeros.dropLast(3))))
    #expect(fewer?.what == "the offsets were made for another body" && fewer?.found == "13523")
    #expect(try Self.error(nil)?.what == "the tensor is missing")
    #expect(
      try Self.error(TensorData(shape: [0, 3], floats: []))?.what
        == "the offsets have another type or shape")
  }

  @Test func anotherMeshGoesWithout() throws {
    try AvatarFileTests.withScratch { path in
      try Self.write(
        path, offsets: TensorData(shape: [10, 3], floats: [Float](repeating: 0.01, count: 30)))
      let person = try Person(avatar: path, body: Self.body, assets: Self.assets)
      #expect(person.body.offsets.isEmpty)
      #expect(person.notices.count == 1 && person.notices[0].contains("clothes"))
    }
  }
}
