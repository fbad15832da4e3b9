//! The files of this repository, as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file's path from the root of the repository, and its text.
pub type Texts = BTreeMap<String, String>;

/// One file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file below these folders.
pub fn rust(folders: &[&str]) -> Texts {
    let root = root();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut texts = Texts::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("below the root");
                let text = fs::read_to_string(&path).expect("text");
                texts.insert(name.to_string_lossy().into_owned(), text);
            }
        }
    }
    texts
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
