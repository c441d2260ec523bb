/// What landmark networks say of one person in a picture.
///
/// Positions are pixels of the upright picture, pixel centres at +0.5, x right, y down; z is a depth in
/// pixels, smaller is nearer. World positions are metres about the middle of the hips, x right, y down,
/// z away from the camera. Left and right are the person's.
public struct PersonLandmarks: Sendable, Equatable {
  /// One of the 33 body landmarks.
  public struct Point: Sendable, Equatable {
    public var position: SIMD3<Float>
    /// How likely it is in the picture and not hidden, 0 to 1.
    public var visibility: Float
    /// How likely it is in the picture, 0 to 1.
    public var presence: Float

    public init(position: SIMD3<Float>, visibility: Float, presence: Float) {
      self.position = position
      self.visibility = visibility
      self.presence = presence
    }
  }

  /// 21 landmarks: wrist, then thumb, index, middle, ring and little finger, four each from knuckle to tip.
  public struct Hand: Sendable, Equatable {
    public var points: [SIMD3<Float>]
    public var world: [SIMD3<Float>]
    /// How likely it is a hand, 0 to 1.
    public var confidence: Float

    public init(points: [SIMD3<Float>], world: [SIMD3<Float>], confidence: Float) {
      self.points = points
      self.world = world
      self.confidence = confidence
    }
  }

  /// 468 landmarks of the face mesh.
  public struct Face: Sendable, Equatable {
    public var points: [SIMD3<Float>]
    /// How likely it is a face, 0 to 1.
    public var confidence: Float

    public init(points: [SIMD3<Float>], confidence: Float) {
      self.points = points
      self.confidence = confidence
    }
  }

  /// Of the picture, pixels.
  public var width: Int
  public var height: Int
  /// 33: nose; left eye inner, centre, outer; right eye likewise; ears 7, 8; mouth 9, 10; shoulders 11,
  /// 12; elbows; wrists 15, 16; little fingers 17, 18; index fingers; thumbs; hips 23, 24; knees; ankles;
  /// heels 29, 30; toes 31, 32. From 7 on the left one comes first.
  public var body: [Point]
  /// 33 positions.
  public var world: [SIMD3<Float>]
  public var leftHand: Hand?
  public var rightHand: Hand?
  public var face: Face?

  public init(
    width: Int, height: Int, body: [Point], world: [SIMD3<Float>], leftHand: Hand? = nil,
    rightHand: Hand? = nil, face: Face? = nil
  ) {
    self.width = width
    self.height = height
    self.body = body
    self.world = world
    self.leftHand = leftHand
    self.rightHand = rightHand
    self.face = face
  }
}
