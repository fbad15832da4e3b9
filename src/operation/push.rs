//! A directory that is written in one request: what goes with every push.

use crate::plan::push::Settings;
use crate::project::{Directory, Form, Invite};

/// What goes with every push to a directory.
pub(super) fn settings(directory: &Directory) -> Settings {
    match directory {
        Directory::Officevibe(officevibe) => match &officevibe.form {
            Form::Officevibe { sync_manager, invite } => Settings {
                invite: Some(*invite == Invite::Send),
                manager: Some(sync_manager.clone()),
            },
            Form::Workleap { .. } => Settings::default(),
        },
        _ => Settings::default(),
    }
}
