//! The README's session is real: its commands are run, and what they print is compared.

use crate::session;
use crate::support::Project;

#[test]
fn the_readme_shows_what_the_commands_print() {
    let steps = session::run(
        include_str!("../../README.md"),
        &Project::example("quickstart"),
        &[],
    );
    assert!(steps >= 6, "the README shows a session");
}
