//! A directory that is written in one request: what goes with every push.

use crate::plan::push::Settings;
use crate::project::{Directory, Invite, OfficevibeForm};

/// What goes with every push to a directory.
pub(super) fn settings(directory: &Directory) -> Settings {
    match directory {
        Directory::Officevibe(officevibe) => match &officevibe.form {
            OfficevibeForm::Officevibe { sync_manager, invite } => Settings {
                invite: Some(*invite == Invite::Send),
                manager: Some(sync_manager.clone()),
            },
            OfficevibeForm::Workleap { .. } => Settings::default(),
        },
        _ => Settings::default(),
    }
}
