import CProcess
import Compute

/// Signals that ask the program to stop: Ctrl-C, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU.
///
/// At first each of them removes unfinished files and ends the program at once (`CProcess`). While
/// there is something to keep, from `install` on, the first one lets the loop end after its frame.
enum Interruption {
  static var isRequested: Bool { cprocess_stop_signal() != 0 }

  /// From now on the first signal is a request, and the next one ends the program.
  static func install() { cprocess_remember_first_stop() }

  /// The exit status of a run that was stopped: 128 and the signal's number.
  static var status: Int32 {
    let signal = cprocess_stop_signal()
    return signal != 0 ? 128 + signal : ProgramError.Code.interrupted.rawValue
  }
}
