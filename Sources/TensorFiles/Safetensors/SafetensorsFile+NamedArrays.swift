extension SafetensorsFile: NamedArrays {
  public var file: String? { path }
}
