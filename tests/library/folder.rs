//! A project folder that lives as long as a test.

use std::path::PathBuf;
use std::sync::LazyLock;

use wpsync::diagnostics::{Diagnostic, Severity};
use wpsync::model::Catalog;
use wpsync::project::{Loaded, Problems, load};

/// The shipped catalog, read once for all tests.
pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::built_in);

/// A configuration with these sources.
pub(crate) fn config(sources: &str) -> String {
    format!("version: 1\ndirectory: {{ local: directory.db }}\nsources:\n{sources}")
}

/// A folder with files, its configuration `wpsync.yaml` among them.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, bytes).expect("a written file");
        }
        Self { folder }
    }

    /// A folder with one source of that name.
    pub(crate) fn with_source(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let config = config(&format!("  - {name}\n"));
        Self::new(&[("wpsync.yaml", config.as_bytes()), (name, bytes.as_ref())])
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn load(&self) -> Loaded {
        load(
            &wpsync::project::Folder::of(&self.path("wpsync.yaml")),
            &self.path("wpsync.yaml"),
            &CATALOG,
            now(),
        )
        .expect("a configuration")
        .judged(Problems::Refuse)
    }
}

/// The problems as `file:line:column code`.
pub(crate) fn problems(loaded: &Loaded) -> Vec<String> {
    loaded
        .diagnostics
        .sorted()
        .into_iter()
        .map(|one| place_and_code(one, loaded))
        .collect()
}

fn place_and_code(one: &Diagnostic, loaded: &Loaded) -> String {
    let place = one
        .origin
        .map_or("-".to_owned(), |origin| loaded.files.place(origin).to_string());
    let warning = if one.severity == Severity::Warning {
        " (warning)"
    } else {
        ""
    };
    format!("{place} {}{warning}", one.code)
}

/// The instant of every test's plan.
pub(crate) fn now() -> jiff::Timestamp {
    "2026-01-31T09:00:00Z".parse().expect("an instant")
}
