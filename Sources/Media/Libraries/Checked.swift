// From the C shim's codes and messages to values of ours.

import CMedia
import Compute

/// Calls a function of the C shim; a code other than 0 becomes an error with the shim's message.
func checked(
  _ what: String, _ code: ProgramError.Code = .dataError,
  _ call: (UnsafeMutablePointer<CChar>) -> Int32
) throws {
  try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CMEDIA_MESSAGE)) { message in
    guard let base = message.baseAddress else { return }
    base[0] = 0
    let status = call(base)
    guard status != 0 else { return }
    let text = String(cString: base)
    throw ProgramError(code, what, found: text.isEmpty ? "error \(status)" : text)
  }
}

/// A text as C has it, which may be missing.
func withCString<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) throws -> R) rethrows -> R {
  guard let text else { return try body(nil) }
  return try text.withCString(body)
}

/// - Throws: before memory is asked for, when the size is out of bounds or the file too short for it.
func checkSize(_ header: cmedia_picture_header, fileBytes: Int, _ what: String) throws {
  try Picture.checkSize(width: Int(header.width), height: Int(header.height))
  guard header.least_bytes <= fileBytes else {
    throw ProgramError(
      .dataError, what,
      expected: "at least \(header.least_bytes) bytes for \(header.width) x \(header.height)",
      found: "\(fileBytes) bytes")
  }
}

/// Makes a picture of a header, whose size has been checked, and a function of the C shim that
/// fills rows.
func decodePicture(
  _ header: cmedia_picture_header, _ what: String,
  _ fill: (UnsafeMutableRawPointer, Int, UnsafeMutablePointer<CChar>) -> Int32
) throws -> Picture {
  let width = Int(header.width)
  let height = Int(header.height)
  let channels = Int(header.channels)
  guard 1...4 ~= channels, header.bit_depth == 8 || header.bit_depth == 16 else {
    throw ProgramError(
      .dataError, what, found: "\(channels) channels of \(header.bit_depth) bits")
  }
  let count = width * height * channels
  func samples<S>(_ type: S.Type) throws -> [S] {
    try [S](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let base = UnsafeMutableRawBufferPointer(buffer).baseAddress else { return }
      try checked(what) { fill(base, width * channels * MemoryLayout<S>.stride, $0) }
      initialized = count
    }
  }
  return Picture(
    unchecked: width, height, channels,
    header.bit_depth == 16 ? .words(try samples(UInt16.self)) : .bytes(try samples(UInt8.self)))
}
