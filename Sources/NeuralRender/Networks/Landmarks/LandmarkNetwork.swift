/// The networks that find a person in a picture and tell where body, hands and face are.
///
/// Matches: MediaPipe 0.10.21 (Apache-2.0), models of its Python wheel; weights by
/// `Tools/landmarks.py`. Differs: a convolution of 1 x 1 before a bilinear doubling instead of behind
/// it, which is the same but for rounding.
import TensorFiles

public enum LandmarkNetwork: String, CaseIterable, Sendable {
  case personDetection = "pose_detection"
  case body = "pose_landmark_full"
  case handRegion = "hand_recrop"
  case hand = "hand_landmark_full"
  case faceDetection = "face_detection_short_range"
  case face = "face_landmark"

  /// Of its weights.
  public var fileName: String { rawValue + ".safetensors" }

  /// Pixels of a side of the square that it looks at.
  public var inputSize: Int {
    switch self {
    case .personDetection, .hand: 224
    case .body, .handRegion: 256
    case .faceDetection: 128
    case .face: 192
    }
  }

  /// What black and white are.
  public var inputRange: ClosedRange<Float> {
    switch self {
    case .personDetection, .faceDetection: -1...1
    case .body, .handRegion, .hand, .face: 0...1
    }
  }

  /// One picture.
  ///
  /// Input: `image` (1, 3, size, size), RGB. Outputs, with places in pixels of the input:
  ///
  /// - person and face detection: `boxes` (1, anchors, 4 + 2 points) centre, size and points about the
  ///   anchor; `scores` (1, anchors, 1) logits.
  /// - body: `landmarks` (1, 195) 39 times x, y, z and logits of visibility and presence; `flag` (1, 1)
  ///   probability of a person; `mask` (1, 1, 256, 256) and `heat_maps` (1, 39, 64, 64) logits; `world`
  ///   (1, 117) metres.
  /// - hand region: `points` (1, 4, 1, 1), two of them.
  /// - hand: `landmarks` (1, 63) 21 times x, y, z; `flag` and `handedness` (1, 1) probabilities of a hand
  ///   and of the right one; `world` (1, 63) metres.
  /// - face: `landmarks` (1, 1404, 1, 1) 468 times x, y, z; `flag` (1, 1, 1, 1) logit of a face.
  ///
  /// Throws when the weights are not this network's.
  public func graph(of weights: some NamedArrays) throws -> Graph {
    var layers = LandmarkLayers(FilterShapes(weights))
    let image = layers.graph.input("image", shape: [1, 3, inputSize, inputSize])
    switch self {
    case .personDetection: try layers.appendPersonDetection(image)
    case .body: try layers.appendBody(image)
    case .handRegion: try layers.appendHandRegion(image)
    case .hand: try layers.appendHand(image)
    case .faceDetection: try layers.appendFaceDetection(image)
    case .face: try layers.appendFace(image)
    }
    return layers.graph
  }
}
