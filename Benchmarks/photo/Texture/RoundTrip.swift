import AvatarCreation
import Compute
import Foundation
import Media
import SMPLX

/// Makes textures of pictures whose truth is known and prints how near they come.
struct RoundTrip {
  let size: Int
  let repeats: Int
  /// Folder for pictures, or nothing.
  let folder: String
  let pool: WorkerPool
  let truth: GroundTruth
  let goal: Texture
  let parts: PartMap
  let body: ShapedBody

  init(
    avatar: String, body path: String, size: Int, repeats: Int, folder: String, pool: WorkerPool
  ) throws {
    (self.size, self.repeats, self.folder, self.pool) = (size, repeats, folder, pool)
    truth = try GroundTruth(avatar: avatar, body: path, pool: pool)
    goal = truth.texture.reduced(to: size)
    parts = PartMap(truth.model, size: size)
    body = try ShapedBody(model: truth.model, betas: truth.betas)
  }

  func score(_ name: String, _ shot: GroundTruth.Shot) throws {
    var made: PhotoTexture?
    var best = Double.infinity
    for _ in 0..<repeats {
      let start = ContinuousClock.now
      var last = start
      var stages: [String] = []
      made = try PhotoTexture.make(
        photo: shot.photo, matte: shot.matte, body: truth.model, fit: shot.fit, size: size,
        pool: pool
      ) { stage in
        let now = ContinuousClock.now
        stages.append("\(Int((now - last) / .milliseconds(1))) | \(stage)")
        last = now
        return true
      }
      stages.append("\(Int((ContinuousClock.now - last) / .milliseconds(1)))")
      best = min(best, (ContinuousClock.now - start) / .seconds(1))
      print("\(name),stages,\(stages.joined(separator: " "))")
    }
    guard let made else { return }
    let scores = Scores(made, truth: goal, parts: parts)
    func row(_ metric: String, _ value: Double, _ digits: Int = 2) {
      print("\(name),\(metric),\(String(format: "%.\(digits)f", value))")
    }
    row("seconds", best)
    row("peak_mb", peakMegabytes(), 0)
    row("seen_share", scores.seenShare, 3)
    row("seen_db", scores.seen.psnr)
    row("seen_after_gain_db", scores.seenAfterGain.psnr)
    row("unseen_db", scores.unseen.psnr)
    row("unseen_trunk_limbs_db", scores.limbs.psnr)
    row("unseen_head_db", scores.head.psnr)
    let texture = Texture(size: size, pixels: made.pixels)
    var sheet: [[Renderer.Image]] = [[], [], [], []]
    for yaw in [0.0, 45, 90, 135, 180, 225, 270, 315] {
      let ours = try view(truth.renderer, body: body, texture: texture, yaw: yaw)
      let theirs = try view(truth.renderer, body: body, texture: goal, yaw: yaw)
      if [90, 135, 180].contains(yaw) {
        let result = similarity(ours, theirs)
        row("view_\(Int(yaw))_db", result.psnr)
        row("view_\(Int(yaw))_ssim", result.ssim, 3)
      }
      sheet[0].append(theirs)
      sheet[1].append(ours)
      sheet[2].append(
        try view(truth.renderer, body: body, texture: goal, yaw: yaw, height: 420, head: true))
      sheet[3].append(
        try view(truth.renderer, body: body, texture: texture, yaw: yaw, height: 420, head: true))
    }
    if !folder.isEmpty {
      try write(sheet, to: "\(folder)/\(name)_views.png")
      try PNGFile.write(
        Picture(width: size, height: size, channels: 3, bytes: made.pixels),
        to: "\(folder)/\(name)_texture.png", overwrite: true)
      try PNGFile.write(
        Picture(width: size, height: size, channels: 3, bytes: errors(of: made)),
        to: "\(folder)/\(name)_errors.png", overwrite: true)
      try PNGFile.write(
        Picture(
          width: shot.photo.width, height: shot.photo.height, channels: 3, bytes: shot.photo.pixels),
        to: "\(folder)/\(name)_photo.png", overwrite: true)
    }
  }

  /// Four times the distance from the truth where the photo shows it, grey where it does not.
  private func errors(of made: PhotoTexture) -> [UInt8] {
    let result = Texture(size: size, pixels: made.pixels)
    return (0..<size * size).flatMap { place -> [UInt8] in
      guard made.known[place] > 127, parts.parts[place] != 255 else { return [128, 128, 128] }
      let (row, column) = (place / size, place % size)
      let step = result[row, column] - goal[row, column]
      return (0..<3).map { UInt8(saturating: 4 * abs(step[$0])) }
    }
  }
}

/// The most memory that the process has had, megabytes; the benchmark's own pictures are in it.
func peakMegabytes() -> Double {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan) / 1024
}
