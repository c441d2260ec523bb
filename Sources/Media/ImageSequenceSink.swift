// A folder of numbered PNG pictures, and a single one.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes each frame as a PNG picture; several are compressed at once.
///
/// Every picture is complete when its name appears. If an error ends the sequence, the pictures
/// written before it stay: they are whole, and rendering them took time.
public final class ImageSequenceSink: FrameSink {
  public let width: Int
  public let height: Int
  public let channels: Int
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
  ///   - threads: that compress.
  ///   - buffers: frames in circulation, at least one more than threads.
  ///   - overwrite: whether pictures of these names may be replaced. Pictures of a longer sequence
  ///     that was there before stay.
  public init(
    path: String, width: Int, height: Int, channels: Int,
    numbers: @escaping @Sendable (Int) -> Int? = { $0 },
    threads threadCount: Int = 2, buffers: Int = 6, overwrite: Bool = false,
    meaning: PixelMeaning = .color, compression: PNGFile.Compression = .fast
  ) throws {
    try Picture.checkSize(width: width, height: height)
    precondition(channels == 3 || channels == 4, "pixels have 3 or 4 bytes")
    let names = try ImageNames(path: path)
    let ring = FrameRing(
      (0..<max(buffers, threadCount + 1, 2)).map { _ in
        FrameBuffer(width: width, height: height, channels: channels)
      })
    let log = WrittenLog()
    let madeFolder = try ImageSequenceSink.prepareFolder(names, overwrite: overwrite)
    self.names = names
    self.width = width
    self.height = height
    self.channels = channels
    self.ring = ring
    self.log = log
    self.madeFolder = madeFolder
    bufferCount = max(buffers, threadCount + 1, 2)
    var threads: [BackgroundThread] = []
    do {
      for _ in 0..<max(threadCount, 1) {
        threads.append(
          try BackgroundThread {
            var encoder = PNGEncoder(compression: compression)
            while let frame = ring.take() {
              guard let number = numbers(frame.index) else {
                log.skip()
                ring.giveBack(frame)
                continue
              }
              do {
                let file = try PendingFile(path: names.path(number), overwrite: overwrite)
                try writePNG(frame, meaning, with: &encoder, to: file)
                log.add(number)
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

  /// Makes the folder, or looks whether pictures of these names are in it.
  private static func prepareFolder(_ names: ImageNames, overwrite: Bool) throws -> Bool {
    guard !names.folder.isEmpty else { return false }
    if mkdir(names.folder, 0o777) == 0 { return true }
    guard errno == EEXIST else {
      throw systemError(errno, "cannot be created", names.folder, .cannotCreate)
    }
    guard let folder = opendir(names.folder) else {
      throw systemError(errno, "cannot be opened", names.folder, .cannotCreate)
    }
    defer { closedir(folder) }
    while !overwrite, let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if names.matches(name) { throw PendingFile.alreadyExists(names.folder + name) }
    }
    return false
  }

  public func acquire() throws -> FrameBuffer { try ring.acquire() }

  public func submit(_ frame: FrameBuffer) throws { try ring.submit(frame) }

  public func finish() throws -> FinishedOutput {
    try stop(dropping: false)
    let count = ring.submittedCount
    guard log.count + log.skipped == count else {
      throw ProgramError(
        .software, "the sequence has lost pictures", file: names.pattern, expected: "\(count)",
        found: "\(log.count + log.skipped)")
    }
    guard count > 0 else {
      removeOwnFolder()
      throw ProgramError(.usage, "a sequence needs at least one frame", file: names.pattern)
    }
    return FinishedOutput(path: names.pattern, frameCount: log.count)
  }

  /// The pictures of a kept partial sequence bear their final names: each is complete.
  public func cancel(keepPartial: Bool) throws -> FinishedOutput? {
    try stop(dropping: !keepPartial)
    if keepPartial && log.count > 0 {
      return FinishedOutput(path: names.pattern, frameCount: log.count)
    }
    log.forEach { unlink(names.path($0)) }
    removeOwnFolder()
    return nil
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

/// Numbers of the pictures that are written, in any order.
private final class WrittenLog: @unchecked Sendable {
  // Sendable: guarded by `mutex`.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var numbers: [Int] = []
  private var skippedCount = 0

  init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func add(_ number: Int) {
    pthread_mutex_lock(mutex)
    numbers.append(number)
    pthread_mutex_unlock(mutex)
  }

  /// One more that is not to be written.
  func skip() {
    pthread_mutex_lock(mutex)
    skippedCount += 1
    pthread_mutex_unlock(mutex)
  }

  var count: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return numbers.count
  }

  var skipped: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return skippedCount
  }

  /// Once the writers are joined.
  func forEach(_ body: (Int) -> Void) { numbers.forEach(body) }
}

/// Writes one PNG picture; called once its file is open, so an unwritable folder is found first.
func writePNG(
  _ frame: FrameBuffer, _ meaning: PixelMeaning, with encoder: inout PNGEncoder,
  to file: PendingFile
) throws {
  guard case .pixels(let pixels, let channels) = frame.storage else {
    throw ProgramError(.software, "a frame that is not a picture's", file: file.path)
  }
  do {
    if meaning == .depth {
      let count = frame.width * frame.height
      let words = (0..<count).map {
        UInt16(pixels[$0 * channels]) << 8 | UInt16(pixels[$0 * channels + 1])
      }
      try encoder.encode(
        Picture(width: frame.width, height: frame.height, channels: 1, words: words)
      ) { try file.write($0) }
      try file.commit()
      return
    }
    try encoder.encode(
      pixels: pixels, rowBytes: frame.width * channels, width: frame.width, height: frame.height,
      channels: channels, bitDepth: 8
    ) { try file.write($0) }
    try file.commit()
  } catch {
    file.discard()
    throw asProgramError(error).inFile(file.path)
  }
}
