import Compute

extension LandmarkFit {
  /// How large the person's hands are beside the fitted body's, by the lengths of their bones in the
  /// picture; 1 where no hand is seen clearly.
  ///
  /// No coefficient of shape is for hands alone.
  package func handSize() -> Double {
    let positions = problem.state(parameters).positions
    var (seen, drawn) = (0.0, 0.0)
    for (hand, numbers) in [
      (landmarks.leftHand, points.leftHand), (landmarks.rightHand, points.rightHand),
    ] {
      guard let hand, hand.points.count == 21, numbers.count == 21, hand.confidence > 0.6 else {
        continue
      }
      for (from, to) in LandmarkTable.handBones {
        let across = hand.points[to] - hand.points[from]
        seen += SIMD3(Double(across.x), Double(across.y), 0).length
        let own = camera.project(positions[numbers[to]]) - camera.project(positions[numbers[from]])
        drawn += SIMD3(own.x, own.y, 0).length
      }
    }
    // Shorter ones are seen along their fingers, and tell nothing.
    return drawn > 0.2 * size ? min(max(seen / drawn, 0.9), 1.15) : 1
  }
}
