// Pictures and folders that the suites share.

import Compute
import Foundation
import Media
import TestSupport

@testable import Evaluation

/// A picture of random bytes.
func noise(_ width: Int, _ height: Int, channels: Int = 3, seed: UInt64 = 1) throws -> Picture {
  let random = PhiloxRandom(seed: seed, use: "test pictures")
  let count = width * height * channels
  return try Picture(
    width: width, height: height, channels: channels,
    bytes: (0..<count).map { UInt8(truncatingIfNeeded: random.word(at: UInt64($0))) })
}

/// A picture of one colour.
func flat(_ width: Int, _ height: Int, _ color: [UInt8]) throws -> Picture {
  try Picture(
    width: width, height: height, channels: color.count,
    bytes: (0..<width * height).flatMap { _ in color })
}

/// The picture with each byte changed.
func changed(_ picture: Picture, _ change: (Int, UInt8) -> Int) throws -> Picture {
  try Picture(
    width: picture.width, height: picture.height, channels: picture.channels,
    bytes: picture.bytes().enumerated().map { UInt8(clamping: change($0, $1)) })
}

extension Metric {
  /// Those that are means over windows.
  static let structural: Set<Metric> = [
    ssim, ssimFull, ssimGaussian, ssimUniform, multiScaleSSIM,
  ]
}

extension PairMeasurement {
  init(
    _ a: Picture, _ b: Picture, mask: PictureMask? = nil, metrics: [Metric] = Metric.all,
    threads: Int = 2
  ) throws {
    try self.init(
      ComparedPicture(a), ComparedPicture(b), mask: mask, metrics: metrics,
      pool: WorkerPool(threads: threads))
  }
}

/// A folder of its own for a test, removed afterwards.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("evaluation-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes pictures into a folder of it.
  @discardableResult
  func folder(_ name: String, _ pictures: [(String, Picture)]) throws -> String {
    try FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
    for (file, picture) in pictures { try PNGFile.write(picture, to: path("\(name)/\(file)")) }
    return path(name)
  }

  func picture(_ name: String, _ picture: Picture) throws -> String {
    try PNGFile.write(picture, to: path(name))
    return path(name)
  }

  func text(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  /// A video of pictures.
  func video(_ name: String, _ pictures: [Picture], rate: Int = 25) throws -> String {
    let sink = try VideoSink(
      path: path(name),
      settings: VideoSettings(
        width: pictures[0].width, height: pictures[0].height, frameRate: FrameRate(rate)))
    for picture in pictures {
      let frame = try sink.acquire()
      picture.bytes().withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return }
        frame.store(
          base, bytesPerRow: picture.width * 3, channels: 3, rows: 0..<picture.height)
      }
      try sink.submit(frame)
    }
    return try sink.finish().path
  }
}
