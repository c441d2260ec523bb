// A body model as its file describes it, in the layout that shaping and posing read.
//
// Matches: the `smplx` package, body_models.SMPLX (what it keeps of a model file).
// Differs: linear maps and skinning weights are blocked and sparse (`BlockColumns`,
// `SkinningWeights`), the joint regressor is sparse; numbers of vertices and faces are free.

import Compute

/// A SMPL-X body: template, shape space, pose correctives, joints, skinning weights, faces.
///
///     let model = try BodyModel.load(path: "SMPLX_NEUTRAL.npz")
///     let body = try ShapedBody(model: model, betas: [1.2, -0.5])
///
/// Lengths are metres, Y is up, the body faces +Z. Joints are those of SMPL-X, in its order.
public final class BodyModel: Sendable {
  /// A point of the surface: a triangle and three weights.
  public struct SurfacePoint: Sendable, Equatable {
    public var vertices: SIMD3<UInt32>
    public var weights: SIMD3<Float>
  }

  /// Vertices of the mesh (V).
  public let vertexCount: Int
  /// 55.
  public let jointCount: Int
  /// The parent of each joint, smaller than the joint's own number; -1 for the pelvis.
  public let parents: [Int]
  /// Triangles, three vertex numbers each, counter-clockwise seen from outside: F x 3.
  public let faces: [UInt32]
  /// Texture coordinates, T x 2, V up; nil if the file has none.
  public let uv: [Float]?
  /// Triangles of the texture, three texture coordinates each, in the order of `faces`: F x 3.
  public let uvFaces: [UInt32]?
  /// Number of the body part of each vertex, an index into `partNames`; nil if the file has none.
  public let parts: [UInt8]?
  public let partNames: [String]
  /// The left-right twin of each vertex; nil if the file has none.
  public let vertexMirror: [UInt32]?
  /// The file this model came from.
  public let path: String
  /// "neutral", "male" or "female" by the official file names; nil for another name.
  public let gender: String?
  /// Number of betas and of expression coefficients: 10 and 10, or 300 and 100.
  public let shapeCount: Int
  public let expressionCount: Int
  /// Mean and principal components of the hands: 45 numbers (axis-angle of 15 joints), 45 rows of
  /// them.
  public let leftHandMean: [Float]
  public let rightHandMean: [Float]
  public let leftHandComponents: [Float]
  public let rightHandComponents: [Float]
  /// The vertices behind the joints that follow the 55 (nose, eyes, ears, toes, heels, finger
  /// tips): 21, or none for a model of unknown numbering.
  public let vertexJointIDs: [Int]
  /// The static face landmarks, 51, and the contour landmarks for each angle of the neck, 79 rows
  /// of 17; empty if the file has none.
  public let landmarks: [SurfacePoint]
  public let contour: [[SurfacePoint]]

  /// Rest positions before shaping, three planes of `paddedCount`.
  let template: [Float]
  let shapeColumns: BlockColumns
  let expressionColumns: BlockColumns
  /// (V, 3, 486): metres per entry of R - I of joints 1 to 54, nine each row by row.
  let poseColumns: BlockColumns
  let weights: SkinningWeights
  let regressor: JointRegressor
  /// How the joints' rest positions follow the expression: (E, J) metres per unit.
  let expressionJoints: [SIMD3<Double>]

  var paddedCount: Int { padded(vertexCount) }
  var faceCount: Int { faces.count / 3 }

  init(_ parts: Parts) {
    vertexCount = parts.vertexCount
    jointCount = parts.parents.count
    parents = parts.parents
    faces = parts.faces
    uv = parts.uv
    uvFaces = parts.uvFaces
    self.parts = parts.parts
    partNames = parts.partNames
    vertexMirror = parts.vertexMirror
    path = parts.path
    let name = parts.path.split(separator: "/").last?.lowercased() ?? ""
    gender = ["neutral", "male", "female"].first { name.hasPrefix("smplx_\($0).") }
    shapeCount = parts.shapeColumns.columnCount
    expressionCount = parts.expressionColumns.columnCount
    leftHandMean = parts.leftHandMean
    rightHandMean = parts.rightHandMean
    leftHandComponents = parts.leftHandComponents
    rightHandComponents = parts.rightHandComponents
    vertexJointIDs = parts.vertexJointIDs
    landmarks = parts.landmarks
    contour = parts.contour
    template = parts.template
    shapeColumns = parts.shapeColumns
    expressionColumns = parts.expressionColumns
    poseColumns = parts.poseColumns
    weights = parts.weights
    regressor = parts.regressor
    let (columns, regressor) = (parts.expressionColumns, parts.regressor)
    expressionJoints = (0..<columns.columnCount).flatMap { column in
      var unit = [Double](repeating: 0, count: columns.columnCount)
      unit[column] = 1
      return regressor { columnOffsetReference(columns, vertex: $0, coefficients: unit) }
    }
  }

  /// What a loader collects and checks before there is a model.
  struct Parts {
    var vertexCount: Int
    var parents: [Int]
    var faces: [UInt32]
    var uv: [Float]?
    var uvFaces: [UInt32]?
    var parts: [UInt8]?
    var partNames: [String]
    var vertexMirror: [UInt32]?
    var path: String
    var leftHandMean, rightHandMean: [Float]
    var leftHandComponents, rightHandComponents: [Float]
    var vertexJointIDs: [Int]
    var landmarks: [SurfacePoint]
    var contour: [[SurfacePoint]]
    var template: [Float]
    var shapeColumns, expressionColumns, poseColumns: BlockColumns
    var weights: SkinningWeights
    var regressor: JointRegressor
  }
}

/// Joint positions as weighted sums of vertices, sparse.
struct JointRegressor: Sendable {
  /// Entries `starts[j] ..< starts[j + 1]` belong to joint j.
  private(set) var starts: [Int] = [0]
  private(set) var vertices: [Int] = []
  private(set) var weights: [Double] = []

  var jointCount: Int { starts.count - 1 }

  /// - Parameter dense: (J, V) row by row.
  init(dense: [Float], jointCount: Int, vertexCount: Int) {
    for joint in 0..<jointCount {
      for vertex in 0..<vertexCount {
        let weight = dense[joint * vertexCount + vertex]
        if weight == 0 { continue }
        vertices.append(vertex)
        weights.append(Double(weight))
      }
      starts.append(vertices.count)
    }
  }

  /// The joints of positions given by vertex number.
  func callAsFunction(_ position: (Int) -> SIMD3<Double>) -> [SIMD3<Double>] {
    (0..<jointCount).map { joint in
      var sum = SIMD3<Double>.zero
      for entry in starts[joint]..<starts[joint + 1] {
        sum += weights[entry] * position(vertices[entry])
      }
      return sum
    }
  }
}
