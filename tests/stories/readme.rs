//! The README's session is real: its commands are run, and what they print is compared.

use crate::support::Project;

/// What differs from run to run: digests and times.
fn normalised(text: &str) -> String {
    let words = text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ").trim_end().to_owned());
    words.collect::<Vec<_>>().join("\n")
}

fn word(word: &str) -> &str {
    let is_time = word.len() == 20 && word.ends_with('Z') && word.as_bytes()[4] == b'-';
    match word {
        _ if word.starts_with("sha256:") => "DIGEST",
        _ if is_time => "TIME",
        _ => word,
    }
}

#[test]
fn the_readme_shows_what_the_commands_print() {
    let readme = include_str!("../../README.md");
    let project = Project::example("quickstart");
    let mut sessions = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().expect("an end");
        for step in block.split("$ ").skip(1) {
            let (command, expected) = step.split_once('\n').expect("a command and what it prints");
            let Some(arguments) = command.strip_prefix("wpsync ") else {
                run_by_shell(&project, command);
                continue;
            };
            let output = project.command("").args(arguments.split_whitespace()).output().expect("the command starts");
            let printed = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
            assert_eq!(normalised(printed.trim_end()), normalised(expected.trim_end()), "{command}");
            sessions += 1;
        }
    }
    assert!(sessions >= 4, "the README shows a session");
}

/// Edits between the commands, as `sed`.
fn run_by_shell(project: &Project, command: &str) {
    let status = std::process::Command::new("sh").args(["-c", command]).current_dir(project.path(".")).status().expect("a shell");
    assert!(status.success(), "{command}");
}
