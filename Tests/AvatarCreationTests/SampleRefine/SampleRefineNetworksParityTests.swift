import Compute
import Evaluation
import Media
import NeuralRender
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// The published program from pictures to pictures: files found, prepared, both networks, bytes.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct SampleRefineNetworksParityTests {
  @Test func everyCase() throws {
    for item in try SampleRefineFixture.cases() {
      let checkpoints = try Self.checkpoints(item)
      let pool = WorkerPool(threads: 2)
      let input = try TextureInput(item.sample(), size: item.dataSize, pool: pool)
      let networks = try SampleRefineNetworks(
        checkpoints.checkpoint, size: item.dataSize, pool: pool)
      let plane = item.dataSize * item.dataSize
      let values = input.planes.map { Float($0) / 255 }
      func planes(_ range: Range<Int>) -> [Float] {
        Array(values[range.lowerBound * plane..<range.upperBound * plane])
      }
      let result = try networks.run(
        texture: planes(0..<3), normals: planes(3..<6), mask: planes(6..<7))
      try Self.compare(result, item)
      // A sampler alone writes what it was given, then what it made.
      try Self.comparePictures(
        [item.refiner == nil ? planes(0..<3) : result.sampled, result.final], item)
      #expect(result.refined.isEmpty == (item.refiner == nil))
      // Into the same memory: the same.
      var again = networks.makeResult()
      try networks.run(
        texture: planes(0..<3), normals: planes(3..<6), mask: planes(6..<7), into: &again)
      #expect(again == result)
    }
  }

  /// The budget of `fast`: 40 decibels of the exact texture in every case, the same bits for any threads.
  @Test func fastIsWithinItsBudget() throws {
    for item in try SampleRefineFixture.cases() {
      let checkpoint = try Self.checkpoints(item).checkpoint
      let input = try TextureInput(
        item.sample(), size: item.dataSize, pool: WorkerPool(threads: 2))
      let count = item.dataSize * item.dataSize
      let values = input.planes.map { Float($0) / 255 }
      func result(_ precision: PlanPrecision, threads: Int) throws -> SampleRefineResult {
        try SampleRefineNetworks(
          checkpoint, size: item.dataSize, precision: precision, pool: WorkerPool(threads: threads)
        ).run(
          texture: Array(values[..<(3 * count)]), normals: Array(values[(3 * count)..<(6 * count)]),
          mask: Array(values[(6 * count)...]))
      }
      func picture(_ result: SampleRefineResult) throws -> ComparedPicture {
        ComparedPicture(
          try Picture(
            width: item.dataSize, height: 3 * item.dataSize, channels: 1,
            words: result.final.map { UInt16(clamping: Int(saturating: $0 * 65535)) }))
      }
      let (exact, fast) = (
        try result(.exact, threads: 2), try result(.sixteenBits, threads: 2)
      )
      let decibels = try #require(
        PairMeasurement(
          picture(exact), picture(fast), metrics: [.psnr], pool: WorkerPool(threads: 2)
        ).values[.psnr])
      #expect(decibels >= 40, "\(item): \(decibels)")
      for threads in [1, 5] { #expect(try result(.sixteenBits, threads: threads) == fast) }
    }
  }

  /// As the authors name them: the refiner's run, whose sampler is found, or the sampler's.
  private static func checkpoints(
    _ item: SampleRefineFixture.Case
  ) throws -> SampleRefineCheckpoints {
    let root = try Fixtures.path("sample_refine/checkpoints")
    var choice = SampleRefineChoice()
    if item.whichEpoch != "latest" { choice.epoch = item.whichEpoch }
    if item.refiner != nil {
      choice.sampler = item.sampler
      let words = item.refinerArgs.split(separator: " ").map(String.init)
      func value(_ name: String) -> String? {
        words.firstIndex(of: name).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
      }
      choice.blocks = value("--num_blocks").flatMap { Int($0) }
      choice.levels = value("--num_layers").flatMap { Int($0) }
      choice.width = value("--ngf").flatMap { Int($0) }
      choice.mode = value("--Refine_mode").flatMap(RefinerMode.init(rawValue:))
      choice.isGated = words.contains("--use_gate")
      choice.hasSkips = !words.contains("--no_skip")
      choice.inputs = RefinerInputs(rawValue: item.concat)
    }
    return try SampleRefineCheckpoints(
      path: "\(root)/\(item.refiner ?? item.sampler)", choice: choice)
  }

  private static func compare(
    _ result: SampleRefineResult, _ item: SampleRefineFixture.Case
  ) throws {
    let file = try NPZFile(path: Fixtures.path("sample_refine/\(item.name)/golden.npz"))
    for (name, found) in [
      ("flow", result.flow), ("sampled", result.sampled), ("refined", result.refined),
      ("blend_mask", result.blendMask), ("final", result.final),
    ] where file.contains(name) {
      let golden = try Tensor(file.tensor(name))
      let (channels, kept) = (golden.shape[1], golden.shape[3])
      let step = item.dataSize / kept
      try #require(found.count == channels * item.dataSize * item.dataSize, "\(item) \(name)")
      var (most, sum) = (Float(0), 0.0)
      for index in 0..<golden.count {
        let (channel, y, x) = (index / kept / kept, index / kept % kept, index % kept)
        let place = (channel * item.dataSize + y * step) * item.dataSize + x * step
        let difference = abs(found[place] - golden[index])
        most = max(most, difference.isFinite ? difference : .infinity)
        sum += Double(difference)
      }
      #expect(most <= (name == "flow" ? 5e-5 : 2e-3), "\(item) \(name)")
      #expect(sum / Double(golden.count) <= 1e-4, "\(item) \(name)")
    }
  }

  /// Bytes are truncated and wrap above 1; at most one in two hundred differs by more than 1.
  private static func comparePictures(
    _ pictures: [[Float]], _ item: SampleRefineFixture.Case
  ) throws {
    for (name, planes) in zip(item.outputs, pictures) {
      let picture = try PictureFile.read(
        path: Fixtures.path("sample_refine/\(item.name)/\(name)"))
      let bytes = picture.bytes()
      let count = item.dataSize * item.dataSize
      try #require(picture.width * picture.height == count && picture.channels >= 3)
      var far = 0
      for texel in 0..<count {
        for channel in 0..<3 {
          let value = Int(saturating: Double(planes[channel * count + texel] * 255), .towardZero)
          let difference = (value - Int(bytes[texel * picture.channels + channel])) & 255
          if min(difference, 256 - difference) > 1 { far += 1 }
        }
      }
      #expect(Double(far) <= 0.005 * Double(3 * count), "\(item) \(name)")
    }
  }
}
