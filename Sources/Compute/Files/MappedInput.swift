// Inputs in memory, and what is said when one becomes shorter.

import CProcess

/// The note that a part of memory is a file's content.
///
/// Reading what is no longer there ends the process (SIGBUS); the message then names the file.
package struct MappedInput: Sendable {
  private let number: Int32

  package init(_ bytes: UnsafeRawBufferPointer, path: String) {
    number =
      bytes.baseAddress.map { cprocess_add_mapping($0, bytes.count, path.printable(limit: 400)) }
      ?? -1
  }

  /// To be called before the memory is given back.
  package func forget() { cprocess_remove_mapping(number) }
}
