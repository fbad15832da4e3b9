//! When a write reaches the disk.

/// Whether a write is on the disk when it is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The write is on the disk. A power cut loses nothing that was answered.
    #[default]
    Immediate,
    /// The write reaches the disk soon after. For benches and data that can be created again. The file is
    /// always valid.
    Eventual,
}
