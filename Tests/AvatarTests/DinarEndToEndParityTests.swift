import Compute
import Evaluation
import Foundation
import Media
import NeuralRender
import Rasterizer
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import Avatar
@testable import Media

/// One synthetic person of `fixtures/dinar_e2e` through import, posing, rasterizing and the network,
/// against what DINAR's visualisation recorded. Sizes and counts come from the files.
///
/// Bounds of the fixture's README: vertices 1e-4 of the picture, uv 1e-4 with up to 0.2 % of the pixels
/// exempt, frames and masks a byte, but for pixels whose uv differs at an edge.
@Suite(.serialized, .enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarEndToEndParityTests {
  static let assets = Assets(root: Fixtures.packageRoot.path + "/assets")
  static let pool = WorkerPool(threads: 2)

  static func bodies() throws -> String { try Fixtures.path("dinar_e2e/smplx_models") }
  static func personFile() throws -> String {
    try Fixtures.files(in: "dinar_e2e", prefix: "person", suffix: ".pkl")[0]
  }
  static func checkpoint() throws -> String { try Fixtures.path("dinar/dinar.ckpt") }

  /// The fixture's person as an avatar in a scratch file.
  static func withAvatar(
    tables: Bool = false, embedsWeights: Bool = true, _ body: (String) throws -> Void
  ) throws {
    try AvatarFileTests.withScratch { path in
      let work = try DinarImport(
        checkpoint: checkpoint(), tables: tables ? Fixtures.path("dinar_e2e/smplx_data") : nil,
        body: bodies(), embedsWeights: embedsWeights, assets: assets,
        pool: pool)
      let person = try DinarPerson(path: personFile())
      let notices = try work.makeAvatar(of: person, at: path, overwrite: false)
      #expect(notices.isEmpty)
      try body(path)
    }
  }

  /// How a neural person is drawn; every person of these tests is one.
  static func appearance(of person: Person) throws -> DinarAppearance {
    try #require(person.appearance as? DinarAppearance)
  }

  /// The bytes of a finished frame.
  static func bytes(of buffer: FrameBuffer) throws -> [UInt8] {
    guard case .pixels(let bytes, let channels) = buffer.storage else {
      throw ProgramError(.software, "the frame has no pixels")
    }
    return Array(
      UnsafeBufferPointer(start: bytes, count: buffer.width * buffer.height * channels))
  }

  /// What a recorded video holds.
  struct Golden {
    let frames: TensorData
    let vertices: [Float]
    let rows: Int
    let uv: [Float]
    let threshold: Float
    /// Frame of each of the recorded uv images.
    let selected: [Int]
    var count: Int { frames.shape[0] }
    var height: Int { frames.shape[1] }
    var width: Int { frames.shape[2] }

    init(_ name: String) throws {
      let file = try NPZFile(path: Fixtures.path("dinar_e2e/\(name)"))
      frames = try file.tensor("frames_u8")
      let verts = try file.tensor("verts")
      rows = verts.shape[1]
      vertices = try verts.floats()
      uv = try file.tensor("uv").floats()
      threshold = try file.tensor("zero_threshold").floats()[0]
      selected =
        file.contains("frames_selected")
        ? try file.tensor("frames_selected").ints() : Array(0..<frames.shape[0])
      try #require(count > 0 && !selected.isEmpty)
    }

    func vertices(_ frame: Int) -> ArraySlice<Float> {
      vertices[frame * rows * 3..<(frame + 1) * rows * 3]
    }

    func bytes(_ frame: Int) throws -> ArraySlice<UInt8> {
      let size = width * height * 3
      return try frames.bytes()[frame * size..<(frame + 1) * size]
    }
  }

  static func scene(_ name: String, _ person: Person, _ golden: Golden) throws -> Scene {
    let photo = try #require(person.description.photo)
    let selection = FrameSelection.all(golden.count)
    if name.hasPrefix("rotation") {
      return try Scene(
        inPhotoOf: person, poses: StillPose(photo.pose, frameCount: golden.count),
        selection: selection, width: golden.width, height: golden.height,
        angles: DinarTurntable.angles(count: golden.count))
    }
    var options = MotionOptions()
    options.gaze = .dinar
    let motion = try MotionFile.load(
      path: Fixtures.path("dinar_e2e/animation.pickle"), body: person.body.model, options: options)
    var playback = Playback()
    playback.up = .axis(.y)
    playback.facing = .keep
    let poses = try ResampledMotion(
      motion, playback: playback, restPelvis: person.body.restJoints[0])
    return try Scene(
      inPhotoOf: person, poses: PhotoPoses(MotionPoses(poses), photo: photo), selection: selection,
      width: golden.width, height: golden.height)
  }

  @Test(arguments: ["rotation_io.npz", "animation_io.npz"]) func frames(name: String) throws {
    let golden = try Golden(name)
    try Self.withAvatar { path in
      let person = try Person(
        avatar: path, body: Self.bodies(), assets: Self.assets, pool: Self.pool)
      let scene = try Self.scene(name, person, golden)
      #expect(scene.poses.frameCount == golden.count)
      let settings = RenderSettings(
        width: golden.width, height: golden.height, supersample: 1,
        // Random weights draw far from the body too.
        neural: NeuralSettings(maskThreshold: golden.threshold, reach: .everywhere))
      let appearance = try Self.appearance(of: person)
      let renderer = try DinarFrameRenderer(
        appearance: appearance, scene: scene, settings: settings, pool: Self.pool)
      let poser = PersonPoser(person, pool: Self.pool)
      let buffer = FrameBuffer(width: golden.width, height: golden.height, channels: 3)
      var pose = BodyPose()
      for frame in 0..<golden.count {
        // From the recorded vertices: the network and its bytes.
        for (index, value) in golden.vertices(frame).enumerated() {
          renderer.surface.homogeneous[index] = value
        }
        renderer.draw(into: buffer, mask: nil)
        let goldenUV = Self.values(renderer.surface.rasterizer)
        let differing = golden.selected.firstIndex(of: frame).map {
          Self.compareUV(renderer.surface.rasterizer, golden, $0)
        }
        // Through the network a pixel of uv reaches its surroundings.
        let spread = (differing ?? 0) > 0 ? golden.width * golden.height / 200 : 0
        #expect(try Self.wrongPixels(buffer, golden, frame) <= spread, "frame \(frame)")

        // From the pose: everything.
        try scene.poses.pose(frame: frame, into: &pose)
        try poser.pose(pose)
        renderer.render(poser.person(), frame: frame, into: buffer, mask: nil)
        var largest: Float = 0
        let base = golden.vertices(frame)
        for row in 0..<golden.rows {
          let at = base.startIndex + 3 * row
          for axis in 0..<2 {
            let expected = base[at + axis] / base[at + 2]
            let found =
              renderer.surface.homogeneous[3 * row + axis]
              / renderer.surface.homogeneous[3 * row + 2]
            largest = max(largest, abs(expected - found))
          }
        }
        #expect(largest < 1e-4 * Float(golden.width), "frame \(frame): \(largest) pixels away")
        // A vertex at 50 m has steps of 4 micrometres, so a pixel on an edge may change its face.
        let changed = zip(Self.values(renderer.surface.rasterizer), goldenUV).filter {
          abs($0 - $1) > 1e-4
        }
        .count
        #expect(changed * 1000 <= 2 * goldenUV.count)
        // Through the network it reaches its surroundings.
        let wrong = try Self.wrongPixels(buffer, golden, frame)
        #expect(
          changed == 0 ? wrong == 0 : wrong * 200 < golden.width * golden.height,
          "frame \(frame): \(wrong) pixels, \(changed) values of uv")
      }
    }
  }

  /// Skipping what is known changes no byte, with the whole picture wanted; with a reach the pixels
  /// within it are the same and the others are the background's.
  @Test func skippingChangesNothing() throws {
    let golden = try Golden("animation_io.npz")
    try Self.withAvatar { path in
      let person = try Person(
        avatar: path, body: Self.bodies(), assets: Self.assets, pool: Self.pool)
      let scene = try Self.scene("animation_io.npz", person, golden)
      let appearance = try Self.appearance(of: person)
      func renderer(_ neural: NeuralSettings) throws -> DinarFrameRenderer {
        try DinarFrameRenderer(
          appearance: appearance, scene: scene,
          settings: RenderSettings(
            width: golden.width, height: golden.height, background: .color([1, 2, 3]),
            neural: neural), pool: Self.pool)
      }
      let dense = try renderer(NeuralSettings(isDense: true))
      let skipping = try renderer(NeuralSettings(reach: .everywhere))
      let near = try renderer(NeuralSettings(reach: .pixels(5)))
      let growing = try renderer(NeuralSettings(reach: .automatic))
      func pixels(_ renderer: DinarFrameRenderer, _ frame: Int) throws -> [SIMD3<UInt8>] {
        let buffer = FrameBuffer(width: golden.width, height: golden.height, channels: 3)
        for (index, value) in golden.vertices(frame).enumerated() {
          renderer.surface.homogeneous[index] = value
        }
        renderer.draw(into: buffer, mask: nil)
        let bytes = try Self.bytes(of: buffer)
        return (0..<golden.width * golden.height).map {
          SIMD3(bytes[3 * $0], bytes[3 * $0 + 1], bytes[3 * $0 + 2])
        }
      }
      var cut = 0
      for frame in 0..<golden.count {
        let whole = try pixels(dense, frame)
        #expect(try pixels(skipping, frame) == whole)
        let values = Self.values(dense.surface.rasterizer)
        var body = PixelSet(height: golden.height, width: golden.width)
        for pixel in 0..<whole.count
        where values[pixel] > 0 || values[whole.count + pixel] > 0 {
          body[pixel / golden.width, pixel % golden.width] = true
        }
        var wanted = PixelSet(height: golden.height, width: golden.width)
        wanted.formUnion(body, grownBy: 5)
        let part = try pixels(near, frame)
        for pixel in 0..<whole.count {
          let isWanted = wanted[pixel / golden.width, pixel % golden.width]
          if part[pixel] != (isWanted ? whole[pixel] : [1, 2, 3]) { cut += 1 }
        }
        // What hangs together with the body is never cut.
        let grown = try pixels(growing, frame)
        for pixel in Self.connected(to: body, whole, background: [1, 2, 3]) {
          if grown[pixel] != whole[pixel] { cut += 1 }
        }
      }
      #expect(cut == 0)
    }
  }

  /// What the file knows of its layers in bytes keeps the budget on every recorded frame; a budget that
  /// it does not keep is met by more layers in float32, at most by all.
  @Test(arguments: ["rotation_io.npz", "animation_io.npz"]) func fastKeepsTheBudget(name: String)
    throws
  {
    let golden = try Golden(name)
    try Self.withAvatar { path in
      let person = try Person(
        avatar: path, body: Self.bodies(), assets: Self.assets, pool: Self.pool)
      let scene = try Self.scene(name, person, golden)
      let appearance = try Self.appearance(of: person)
      let stored = try #require(try appearance.quantization())
      #expect(stored.decibels >= stored.budget && !stored.plan.layers.isEmpty)
      func pictures(_ precision: NetworkPrecision) throws -> ([[UInt8]], QuantizationResult?) {
        let renderer = try DinarFrameRenderer(
          appearance: appearance, scene: scene,
          settings: RenderSettings(
            width: golden.width, height: golden.height,
            neural: NeuralSettings(reach: .everywhere, precision: precision)), pool: Self.pool)
        let buffer = FrameBuffer(width: golden.width, height: golden.height, channels: 3)
        let frames = try (0..<golden.count).map { frame in
          for (index, value) in golden.vertices(frame).enumerated() {
            renderer.surface.homogeneous[index] = value
          }
          renderer.draw(into: buffer, mask: nil)
          let values = Self.values(renderer.surface.rasterizer)
          let size = golden.width * golden.height
          let bytes = try Self.bytes(of: buffer)
          let body = (0..<size).filter { values[$0] > 0 || values[size + $0] > 0 }
          return body.flatMap { pixel in bytes[3 * pixel..<3 * pixel + 3] }
        }
        return (frames, renderer.quantization)
      }
      let exact = try pictures(.exact).0
      for budget in [NetworkPrecision.defaultBudget, stored.decibels + 4] {
        let (fast, result) = try pictures(.fast(budget: budget))
        #expect((try #require(result).decibels) >= budget)
        #expect(fast.count == exact.count)
        for (one, other) in zip(exact, fast) {
          // The body's pixels as one row.
          let rows = try [one, other].map { bytes in
            ComparedPicture(
              try Picture(width: bytes.count / 3, height: 1, channels: 3, bytes: bytes))
          }
          let values = try PairMeasurement(
            rows[0], rows[1], metrics: [.psnr], pool: Self.pool
          ).values
          let decibels = try #require(values[.psnr])
          #expect(decibels >= NetworkPrecision.defaultBudget, "\(decibels)")
        }
      }
    }
  }

  /// Pixels that a path of drawn ones joins to the body.
  static func connected(
    to body: PixelSet, _ picture: [SIMD3<UInt8>], background: SIMD3<UInt8>
  ) -> Set<Int> {
    var open = (0..<picture.count).filter { body[$0 / body.width, $0 % body.width] }
    var found = Set(open)
    while let pixel = open.popLast() {
      let (y, x) = (pixel / body.width, pixel % body.width)
      for row in max(0, y - 1)...min(body.height - 1, y + 1) {
        for column in max(0, x - 1)...min(body.width - 1, x + 1) {
          let next = row * body.width + column
          if picture[next] != background, found.insert(next).inserted { open.append(next) }
        }
      }
    }
    return found
  }

  static func values(_ rasterizer: DinarRasterizer) -> [Float] {
    (0..<2 * rasterizer.width * rasterizer.height).map { rasterizer.result[$0] }
  }

  /// Pixels whose uv differs: 0.2 % of them may, at edges.
  static func compareUV(_ rasterizer: DinarRasterizer, _ golden: Golden, _ image: Int) -> Int {
    let (width, height) = (golden.width, golden.height)
    var uv = [Float](repeating: 0, count: 2 * width)
    var mask = [Float](repeating: 0, count: width)
    var wrong = 0
    for y in 0..<height {
      uv.withUnsafeMutableBufferPointer { uv in
        mask.withUnsafeMutableBufferPointer { mask in
          if let uv = uv.baseAddress, let mask = mask.baseAddress {
            rasterizer.readUV(row: y, uv: uv, mask: mask)
          }
        }
      }
      for x in 0..<width {
        let differs = (0..<2).contains { axis in
          let expected = golden.uv[(2 * image + axis) * width * height + y * width + x]
          return abs(uv[2 * x + axis] - expected) > 1e-4
        }
        if differs { wrong += 1 }
      }
    }
    #expect(wrong * 1000 <= 2 * width * height, "\(wrong) pixels of uv")
    return wrong
  }

  /// Pixels of which a byte is more than one away.
  static func wrongPixels(_ buffer: FrameBuffer, _ golden: Golden, _ frame: Int) throws -> Int {
    let pixels = try bytes(of: buffer)
    let expected = try golden.bytes(frame)
    try #require(pixels.count == expected.count)
    return stride(from: 0, to: expected.count, by: 3).filter { pixel in
      (pixel..<pixel + 3).contains {
        abs(Int(pixels[$0]) - Int(expected[expected.startIndex + $0])) > 1
      }
    }.count
  }

  @Test func pictureNumbersOfTheReleasedVideo() throws {
    let file = try NPZFile(path: Fixtures.path("dinar_e2e/rotation_io.npz"))
    for key in ["png_names", "png_names_release"] {
      let golden = try file.tensor(key).ints()
      #expect(!golden.isEmpty && DinarTurntable.numbers(count: golden.count) == golden)
    }
    let angles = try file.tensor("angles").floats()
    for (mine, golden) in zip(DinarTurntable.angles(count: angles.count), angles) {
      #expect(abs(mine - golden) < 1e-6)
    }
  }

  /// The three sources of uv tables draw the same coordinates on the same faces.
  @Test func tablesAgree() throws {
    let body = try BodyModel.load(path: Self.bodies(), gender: "neutral")
    var derived = try SurfaceTable(body: body)
    // The fixture's body has V down its texture, where bodies have it up.
    derived.coordinates = derived.upwardCoordinates
    let folder = try Fixtures.path("dinar_e2e/smplx_data")
    let files = try SurfaceTable(folder: folder)
    let checkpoint = try TorchCheckpoint(path: Self.checkpoint())
    let stored = try #require(
      try SurfaceTable(checkpoint: checkpoint, prefix: DinarImport.rasterizerPrefix, body: body))
    try files.check(body, file: nil)
    try derived.check(body, file: nil)
    try files.checkAgrees(with: derived, file: folder)
    try stored.checkAgrees(with: files, file: folder)
    #expect(stored.vertices == files.vertices && derived.rowCount == files.rowCount)
  }

  @Test func weightsMayStayOutside() throws {
    try Self.withAvatar(tables: true, embedsWeights: false) { path in
      let error = #expect(throws: ProgramError.self) {
        try Person(avatar: path, body: Self.bodies(), assets: Self.assets)
      }
      #expect(error?.hint?.contains("`checkpoint`") == true)
      let person = try Person(
        avatar: path, body: Self.bodies(), checkpoint: Self.checkpoint(), assets: Self.assets)
      let outside = try Self.appearance(of: person)
      try Self.withAvatar { whole in
        let person = try Person(avatar: whole, body: Self.bodies(), assets: Self.assets)
        let inside = try Self.appearance(of: person)
        #expect(inside.texture == outside.texture)
        let (a, b) = (try inside.weights.parameters(), try outside.weights.parameters())
        #expect(!a.keys.isEmpty && a.keys == b.keys && a.keys.allSatisfy { a[$0] == b[$0] })
      }
    }
  }
}
