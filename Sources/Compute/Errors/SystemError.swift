// What the system refuses, in words.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The error for a failed system call on `path`, with a hint where there is one.
package func systemError(
  _ number: Int32, _ what: String, _ path: String, _ code: ProgramError.Code
) -> ProgramError {
  let hint: String? =
    switch number {
    case ENOSPC, EDQUOT: "free some space, or write to another disk"
    case EFBIG: "the file size limit is reached (ulimit -f)"
    case EACCES, EPERM: "check the permissions of the file and its folder"
    case EROFS: "the file system is read-only: write somewhere else"
    case ENOENT where code == .cannotCreate: "create the folder first"
    case ENOENT: "check the path"
    case ENOTDIR: "a part of the path is a file, not a folder"
    case ENAMETOOLONG: "choose a shorter name"
    case EMFILE, ENFILE: "too many files are open (ulimit -n)"
    default: nil
    }
  return ProgramError(code, what, file: path, found: String(cString: strerror(number)), hint: hint)
}
