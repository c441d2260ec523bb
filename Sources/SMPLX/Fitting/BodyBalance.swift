import Compute

/// Where the weight of a body is, from its joints, and where its feet stand.
package enum BodyBalance {
  /// Shares of the body's mass by joint: segments of Winter, "Biomechanics and Motor Control", table 4.1,
  /// each at the joints that it hangs between.
  package static let masses: [(joint: Int, share: Double)] = [
    (15, 0.081), (9, 0.216), (6, 0.10), (0, 0.181),
    (16, 0.016), (18, 0.022), (20, 0.012), (17, 0.016), (19, 0.022), (21, 0.012),
    (1, 0.058), (4, 0.066), (7, 0.037), (2, 0.058), (5, 0.066), (8, 0.037),
  ]
}
