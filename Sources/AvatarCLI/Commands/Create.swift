import ArgumentParser

/// A subcommand for each way to make avatars; what is no name of one is a photo.
struct Create: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes avatars of photos, with what ships, DINAR's or Sample&Refine's networks.",
    subcommands: [CreatePhoto.self, CreateDinar.self, CreateSampleRefine.self],
    defaultSubcommand: CreatePhoto.self)

  /// The names of subcommands.
  static var names: [String] {
    configuration.subcommands.compactMap { $0.configuration.commandName }
  }
}
