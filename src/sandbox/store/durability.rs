//! When a write reaches the disk.

/// Whether a write is on the disk when it is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Yes. A power cut loses nothing that was answered.
    #[default]
    Immediate,
    /// No, but soon. For benches and for what can be created again. The file is always valid.
    Eventual,
}
