"""The painter of the bundled avatar: one module per thing painted, all in 3-D rest space."""
