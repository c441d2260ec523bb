import Avatar
import Compute

/// Which of the frames that were asked for are rendered, and under which numbers they are written.
struct FrameWork {
  /// What is left to render; empty when everything is there.
  let selection: FrameSelection
  /// The number of the n-th rendered frame's picture and mask; nil for one that is not written.
  let pictureNumber: @Sendable (Int) -> Int?
  let maskNumber: @Sendable (Int) -> Int?

  /// - Parameters:
  ///   - sequence: frames of the whole sequence.
  ///   - numbers: of its frames in names, if not their own.
  ///   - resumes: whether what is there is left out.
  /// - Throws: when resuming finds something else in the place of a picture or a video.
  init(
    asked: FrameSelection, sequence: Int, numbers: [Int]?, output: FrameOutput,
    masks: FrameOutput?, resumes: Bool, encoding: VideoEncoding?
  ) throws {
    let names = FrameNumbers(asked, numbers)
    guard output.kind == .sequence || (output.kind.videoFormat != nil && resumes) else {
      // Every frame belongs into a video, whether its name is another frame's or not.
      selection = asked
      pictureNumber = { names[$0] }
      maskNumber = { names[$0] }
      return
    }
    if output.kind.videoFormat != nil {
      let isThere = try encoding.map {
        try output.holdsVideo(of: asked, sequence: sequence, encoding: $0)
      }
      if isThere == true, masks != nil {
        throw ProgramError(
          .usage, "a video that is there cannot be resumed for its masks", file: output.path,
          key: "--resume", hint: "render the masks with numbered pictures, or use --force")
      }
      selection = isThere == true ? FrameSelection(ranges: []) : asked
      pictureNumber = { names[$0] }
      maskNumber = { names[$0] }
      return
    }
    var present = Set<Int>()
    var presentMasks = Set<Int>()
    let missing = try asked.filtered { position in
      guard let number = names[position] else { return false }
      guard resumes else { return true }
      if try output.holds(number) { present.insert(number) }
      if let masks, try masks.holds(number) { presentMasks.insert(number) }
      return !present.contains(number) || (masks != nil && !presentMasks.contains(number))
    }
    let left = FrameNumbers(missing, numbers)
    let (pictures, maskPictures) = (present, presentMasks)
    selection = missing
    pictureNumber = { position in left[position].flatMap { pictures.contains($0) ? nil : $0 } }
    maskNumber = { position in left[position].flatMap { maskPictures.contains($0) ? nil : $0 } }
  }
}
