//! `wpsync sandbox` on a port of its own, ended when it is dropped.

use crate::commands::Running;
use crate::support::Project;

pub struct Sandbox {
    _running: Running,
    pub url: String,
    pub token: String,
}

impl Sandbox {
    /// Starts it in the project's folder, with further arguments.
    pub fn start(project: &Project, arguments: &str) -> Self {
        let command = format!("sandbox --listen 127.0.0.1:0 {arguments}");
        let running = project.line(&command).start();
        let words: Vec<&str> = running.line.split_whitespace().collect();
        let [_, url, _, token] = words[..] else {
            panic!("{}", running.line)
        };
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            _running: running,
        }
    }
}
