//! The sessions that a page shows: its `console` blocks are run, in their order and in one folder, and what
//! they print is compared.

use crate::commands::output;
use crate::support::Project;

/// Runs the page's session, with these variables set, and returns how many commands it has. A command must
/// not fail: where a page shows an exit code, it is printed by the session itself (`; echo $?`).
pub fn run(page: &str, project: &Project, variables: &[(&str, &str)]) -> usize {
    let mut steps = 0;
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().expect("an end");
        for step in block.split("\n$ ").map(|step| step.trim_start_matches("$ ")) {
            let (command, expected) = step.split_once('\n').unwrap_or((step, ""));
            let printed = run_by_shell(project, command, variables);
            assert_eq!(
                normalised(printed.trim_end()),
                normalised(expected.trim_end()),
                "{command}"
            );
            steps += 1;
        }
    }
    steps
}

/// The page with what its commands print now.
pub fn written_anew(page: &str, project: &Project, variables: &[(&str, &str)]) -> String {
    let mut parts = page.split("```console\n");
    let mut anew = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (block, rest) = part.split_once("```").expect("an end");
        let commands = block.lines().filter(|line| line.starts_with("$ "));
        let ran = commands.map(|line| {
            format!("{line}\n{}", run_by_shell(project, &line[2..], variables))
                .trim_end()
                .to_owned()
        });
        let block: Vec<String> = ran.collect();
        anew.extend(["```console\n", &block.join("\n"), "\n```", rest]);
    }
    anew
}

/// Without what differs from run to run: digests, ids and times.
fn normalised(text: &str) -> String {
    let words = text.lines().map(|line| {
        line.split(' ')
            .map(word)
            .collect::<Vec<_>>()
            .join(" ")
            .trim_end()
            .to_owned()
    });
    words.collect::<Vec<_>>().join("\n")
}

fn word(word: &str) -> &str {
    let bare = word.trim_end_matches(':');
    let is_time = bare.len() == 20 && bare.ends_with('Z') && bare.as_bytes()[4] == b'-';
    let is_hexadecimal = bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_digest = bare.len() == 64 && is_hexadecimal;
    match bare {
        _ if bare.contains("sha256:") || is_digest => "DIGEST",
        _ if bare.len() == 32 && is_hexadecimal => "ID",
        _ if is_time => "TIME",
        _ => word,
    }
}

/// What a command prints, on stdout and then on stderr.
fn run_by_shell(project: &Project, command: &str, variables: &[(&str, &str)]) -> String {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_wpsync"))
        .parent()
        .expect("a folder");
    let path = std::env::join_paths(
        std::iter::once(folder.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").expect("a PATH"))),
    )
    .expect("a PATH");
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(project.path("."))
        .env("PATH", path)
        .env_remove("CI")
        .envs(variables.iter().copied());
    let output = output(shell.stdin(std::process::Stdio::null()));
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    assert!(output.status.success(), "{command}\n{text}");
    text
}
