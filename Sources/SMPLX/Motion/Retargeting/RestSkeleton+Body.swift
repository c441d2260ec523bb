extension RestSkeleton {
  /// A body of no shape.
  init(_ body: BodyModel) {
    let stride = body.paddedCount
    joints = body.regressor { vertex in
      SIMD3(
        Double(body.template[vertex]), Double(body.template[stride + vertex]),
        Double(body.template[2 * stride + vertex]))
    }
  }
}
