//! A directory that is written in one request: the settings of every push.

use crate::project::{Directory, Invite, OfficevibeForm};
use crate::whole::content::Settings;

/// The settings that every push to a directory carries.
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
