import CCrypto
import Compute
import TensorFiles

/// SHA-256 of bytes that come in pieces (libcrypto's).
final class SHA256Digest {
  private let context: OpaquePointer

  /// - Throws: `osError` when libcrypto has no memory or no SHA-256.
  init() throws {
    guard let context = EVP_MD_CTX_new() else { throw Self.refused }
    self.context = context
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw Self.refused }
  }

  deinit { EVP_MD_CTX_free(context) }

  private static var refused: ProgramError {
    ProgramError(.osError, "a checksum cannot be computed")
  }

  func add(_ bytes: UnsafeRawBufferPointer) throws {
    guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw Self.refused }
  }

  func add(contentOf path: String) throws {
    let file = try MappedFile(path: path)
    try withExtendedLifetime(file) { try add(file.bytes) }
  }

  /// The digest in hexadecimal; nothing can be added afterwards.
  func hexadecimal() throws -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard EVP_DigestFinal_ex(context, &digest, &length) == 1 else { throw Self.refused }
    return digest.prefix(Int(length)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
