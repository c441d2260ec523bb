import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles
import TestSupport

extension FuzzedReader {
  /// Readers of what avatars are made of.
  static let creation: [FuzzedReader] = [
    FuzzedReader(name: "photo", suffixes: ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif"]) {
      path, bytes in
      func read() throws {
        let photo = try PhotoFile(path: path).photo
        let small = photo.scaled(toLongerSide: 16, pool: WorkerPool(threads: 1))
        guard small.pixels.count == 3 * small.width * small.height else {
          Watch.fail("a photo of \(small.width) x \(small.height) with \(small.pixels.count) bytes")
        }
      }
      ignoringProgramErrors { try read() }
      try rewrite(PNGRepair.withRightCheckSums(bytes), over: bytes, path)
      try read()
    },
    FuzzedReader(name: "mask", suffixes: ["png", "jpg", "jpeg"]) { path, bytes in
      try rewrite(PNGRepair.withRightCheckSums(bytes), over: bytes, path)
      let photo = Photo(
        width: 24, height: 32, pixels: [UInt8](repeating: 90, count: 3 * 24 * 32), alpha: nil,
        focalLength: nil)
      let matte = try Matte(maskFile: path, of: photo, pool: WorkerPool(threads: 1))
      guard matte.coverage.allSatisfy({ 0...1 ~= $0 }) else {
        Watch.fail("a mask beyond 0 and 1")
      }
    },
    FuzzedReader(name: "fit", suffixes: ["npz", "pkl"]) { path, bytes in
      try rewrite(ZipRepair.withRightCheckSums(bytes), over: bytes, path)
      let body = try AvatarWorld.shared.get().model
      let fit = try FitFile.read(path, body: body, width: 24, height: 32)
      let shaped = try ShapedBody(model: body, betas: fit.betas)
      try BodyPoser(body: shaped, pool: WorkerPool(threads: 1)).pose(fit.pose)
      let output = path + ".fit.npz"
      defer { unlink(output) }
      try FitFile.write(fit, body: body, to: output, overwrite: true)
    },
    FuzzedReader(name: "offsets", suffixes: ["npz"]) { path, bytes in
      try rewrite(ZipRepair.withRightCheckSums(bytes), over: bytes, path)
      _ = try OffsetFile.read(path)
    },
    FuzzedReader(name: "dinar-photo", suffixes: ["png", "jpg", "jpeg"]) { _, bytes in
      let repaired = PNGRepair.withRightCheckSums(bytes)
      try DinarWorld.shared.get().looking(at: repaired, as: .photo)
    },
    FuzzedReader(name: "dinar-mask", suffixes: ["png", "jpg", "jpeg"]) { _, bytes in
      let repaired = PNGRepair.withRightCheckSums(bytes)
      try DinarWorld.shared.get().looking(at: repaired, as: .mask)
    },
    FuzzedReader(name: "dinar-fit", suffixes: ["pkl"]) { _, bytes in
      try DinarWorld.shared.get().looking(at: bytes, as: .fit)
    },
    FuzzedReader(name: "dinar-configuration", suffixes: ["yaml", "yml"]) { path, _ in
      try DinarWorld.shared.get().configure(path)
    },
    FuzzedReader(name: "dinar-networks", suffixes: ["ckpt"]) { path, bytes in
      try rewrite(ZipRepair.withRightCheckSums(bytes), over: bytes, path)
      _ = FileContents.words(path: path)
      try DinarWorld.shared.get().make(checkpoint: path)
    },
  ]

  private static func rewrite(_ bytes: [UInt8], over old: [UInt8], _ path: String) throws {
    if bytes != old { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
  }
}
