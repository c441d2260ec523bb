/// Hands that grow from their wrists.
import Compute
import SMPLX
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct HandSizeTests {
  @Test func handsGrowFromTheirWristsAndArmsStay() throws {
    let model = try BodyModel.load(path: Fixtures.asset("body/SMPLX_NEUTRAL.npz"))
    let body = try ShapedBody(model: model, betas: [0.5])
    let regions = SurfaceRegions(body)
    let adjacency = VertexAdjacency(faces: model.faces, vertexCount: model.vertexCount)
    let offsets = HandSize.offsets(of: body, factor: 1.1, regions: regions, adjacency: adjacency)
    let rest = body.restVertices
    for vertex in offsets.indices {
      let place = rest[vertex]
      let wrist = body.restJoints[place.x > 0 ? 20 : 21]
      switch regions[vertex] {
      case .hand where (place - wrist).length > 0.08:
        #expect((offsets[vertex] - 0.1 * (place - wrist)).length < 1e-5)
      case .hand, .arm:
        // No step at the wrist.
        #expect(offsets[vertex].length <= 0.1 * (place - wrist).length + 1e-6)
        if (place - wrist).length > 0.08 { #expect(offsets[vertex] == .zero) }
      default: #expect(offsets[vertex] == .zero)
      }
    }
    let same = HandSize.offsets(of: body, factor: 1, regions: regions, adjacency: adjacency)
    #expect(same.allSatisfy { $0 == .zero })
  }
}
