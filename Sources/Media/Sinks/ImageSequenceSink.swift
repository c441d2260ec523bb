// A folder of numbered PNG pictures.

import Compute
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes each frame as a PNG picture; several are compressed at once.
///
/// Every picture is complete when its name appears. If an error ends the sequence, the pictures
/// written before it stay: they are whole, rendering them took time, and they may have replaced
/// others. At the end everything is brought to the disk at once (docs/DECISIONS.md).
public final class ImageSequenceSink: FrameSink {
  public let width: Int
  public let height: Int
  public let bufferCount: Int
  private let names: ImageNames
  private let ring: FrameRing
  private let log: WrittenLog
  private let threads: [BackgroundThread]
  private let madeFolder: Bool

  /// - Parameters:
  ///   - path: `name_%06d.png`, or a folder, which is made when it does not exist; its pictures are
  ///     called `frame_000000.png` and so on.
  ///   - channels: 3 for RGB, 4 for RGBA with straight alpha.
  ///   - numbers: the number in the name of the n-th picture submitted, all different; nil for a
  ///     picture that is not to be written.
  ///   - count: pictures that are going to be submitted, so that one in the way is found at once; nil
  ///     finds it when it is that picture's turn.
  ///   - threads: that compress, at most; fewer where there are fewer buffers.
  ///   - buffers: frames in circulation, at least 2.
  ///   - overwrite: whether pictures of these names may be replaced. Other pictures in the folder are
  ///     nobody's business: they may be other pieces of the same sequence.
  public init(
    path: String, width: Int, height: Int, channels: Int,
    numbers: @escaping @Sendable (Int) -> Int? = { $0 }, count: Int? = nil,
    threads threadCount: Int = 2, buffers: Int = 6, overwrite: Bool = false,
    meaning: PixelMeaning = .color
  ) throws {
    try Picture.checkSize(width: width, height: height, .usage, file: path)
    precondition(channels == 3 || channels == 4, "pixels have 3 or 4 bytes")
    let names = try ImageNames(path: path)
    let bufferCount = max(buffers, 2)
    let ring = FrameRing(
      (0..<bufferCount).map { _ in
        FrameBuffer(width: width, height: height, channels: channels)
      })
    let log = WrittenLog()
    let madeFolder = try ImageSequenceSink.prepareFolder(
      names, overwrite ? [] : (0..<(count ?? 0)).lazy.compactMap(numbers))
    self.names = names
    self.width = width
    self.height = height
    self.ring = ring
    self.log = log
    self.madeFolder = madeFolder
    self.bufferCount = bufferCount
    var threads: [BackgroundThread] = []
    do {
      for _ in 0..<max(min(threadCount, bufferCount - 1), 1) {
        threads.append(
          try BackgroundThread {
            var encoder = PNGEncoder(compression: .fast)
            while let frame = ring.take() {
              guard let number = numbers(frame.index) else {
                log.skipped.wrappingAdd(1, ordering: .relaxed)
                ring.giveBack(frame)
                continue
              }
              do {
                let file = try PendingFile(path: names.path(number), overwrite: overwrite)
                try writePNG(frame, meaning, with: &encoder, to: file, synchronized: false)
                log.written.wrappingAdd(1, ordering: .relaxed)
                ring.giveBack(frame)
              } catch {
                ring.fail(asProgramError(error))
                return
              }
            }
          })
      }
    } catch {
      ring.close(dropping: true)
      for thread in threads { thread.join() }
      throw error
    }
    self.threads = threads
  }

  deinit {
    ring.close(dropping: true)
    for thread in threads { thread.join() }
  }

  /// Makes the folder, or looks whether pictures of these numbers are in it.
  private static func prepareFolder(
    _ names: ImageNames, _ numbers: some Sequence<Int>
  ) throws -> Bool {
    if !names.folder.isEmpty, mkdir(names.folder, 0o777) == 0 { return true }
    let path = names.folder.isEmpty ? "." : names.folder
    guard names.folder.isEmpty || errno == EEXIST else {
      throw systemError(errno, "cannot be created", path, .cannotCreate)
    }
    guard let folder = opendir(path) else {
      throw systemError(errno, "cannot be opened", path, .cannotCreate)
    }
    defer { closedir(folder) }
    var present = Set<Int>()
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let number = names.number(of: name) { present.insert(number) }
    }
    guard !present.isEmpty, let taken = numbers.first(where: present.contains) else {
      return false
    }
    throw PendingFile.alreadyExists(names.path(taken))
  }

  public func acquire() throws -> FrameBuffer { try ring.acquire() }

  public func submit(_ frame: FrameBuffer) throws { try ring.submit(frame) }

  public func finish() throws -> FinishedOutput {
    try stop(dropping: false)
    let count = ring.submittedCount
    let done = log.written.load(ordering: .relaxed) + log.skipped.load(ordering: .relaxed)
    guard done == count else {
      throw ProgramError(
        .software, "the sequence has lost pictures", file: names.pattern, expected: "\(count)",
        found: "\(done)")
    }
    guard count > 0 else {
      removeOwnFolder()
      throw ProgramError(.usage, "a sequence needs at least one frame", file: names.pattern)
    }
    return try finished()
  }

  /// The pictures of a kept partial sequence bear their final names: each is complete. They stay in
  /// any case.
  public func cancel(keepPartial: Bool) throws -> FinishedOutput? {
    try stop(dropping: !keepPartial)
    guard log.written.load(ordering: .relaxed) > 0 else {
      removeOwnFolder()
      return nil
    }
    return try finished()
  }

  /// Once the writers are joined.
  private func finished() throws -> FinishedOutput {
    try PendingFile.synchronize(folder: names.folder)
    return FinishedOutput(
      path: names.pattern, frameCount: log.written.load(ordering: .relaxed))
  }

  private func stop(dropping: Bool) throws {
    ring.close(dropping: dropping)
    for thread in threads { thread.join() }
    if let error = ring.failure {
      removeOwnFolder()
      throw error
    }
  }

  /// Leaves the folder alone when anything is in it.
  private func removeOwnFolder() {
    if madeFolder { rmdir(names.folder) }
  }
}

/// Counts of pictures that are written, and of those that are not to be.
private final class WrittenLog: Sendable {
  let written = Atomic<Int>(0)
  let skipped = Atomic<Int>(0)
}
