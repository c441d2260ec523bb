// How the file around coded frames is laid out.

/// A setting of libav's, by its name there.
public struct LibraryOption: Sendable, Equatable, CustomStringConvertible {
  let name: String
  let value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  public var description: String { "\(name)=\(value)" }
}

/// A file format for videos.
public struct VideoContainer: Sendable, Equatable {
  /// libavformat's name of what writes it: "mp4".
  let muxer: String
  /// Of new files, in small letters: ".mp4".
  public let usualExtension: String
  /// Names that mean the same: ".m4v".
  let otherExtensions: [String]
  /// What makes the muxer put the index in front, so that a file plays while it is downloaded; nil
  /// where the index stays at the end or there is none.
  let indexInFront: LibraryOption?
  /// The muxer's settings that take ticks a second of the file's clocks; empty where the clock is given.
  let clockOptions: [String]

  /// One clock for the movie and the track: with the muxer's own 1000 ticks a second for the movie
  /// the duration of 30000/1001 frames a second would be rounded.
  static let mp4 = VideoContainer(
    muxer: "mp4", usualExtension: ".mp4", otherExtensions: [".m4v"],
    indexInFront: LibraryOption("movflags", "+faststart"),
    clockOptions: ["movie_timescale", "video_track_timescale"])

  /// - Parameter fileExtension: with its dot, in any case of letters.
  func isNamed(by fileExtension: String) -> Bool {
    ([usualExtension] + otherExtensions).contains(fileExtension.lowercased())
  }

  /// - Parameter ticks: a second of the file's clock.
  func options(ticks: Int) -> [LibraryOption] {
    (indexInFront.map { [$0] } ?? []) + clockOptions.map { LibraryOption($0, "\(ticks)") }
  }
}
