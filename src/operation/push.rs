//! A directory that is written in one request: what goes with every push.

use crate::project::{Directory, Invite, OfficevibeForm};
use crate::whole::content::Settings;

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
