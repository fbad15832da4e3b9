//! `wpsync sandbox` on a port of its own, ended when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::support::Project;

pub struct Sandbox {
    child: Child,
    pub url: String,
    pub token: String,
}

impl Sandbox {
    /// Starts it in the project's folder, with further arguments.
    pub fn start(project: &Project, arguments: &str) -> Self {
        let command = format!("sandbox --listen 127.0.0.1:0 {arguments}");
        let mut child = project
            .command(&command)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output"))
            .read_line(&mut line)
            .expect("a line");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, url, _, token] = words[..] else {
            panic!("{line}")
        };
        Self {
            child,
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
