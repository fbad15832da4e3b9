//! What still breaks a rule. These lists only shrink, and are empty at the end.

/// Imports between rooms.
pub const LAYERS: &[&str] = &[];

/// Rooms with files in a circle.
pub const CIRCLES: &[&str] = &[];

/// Files that read, and come to what writes.
pub const WRITING: &[&str] = &[];

/// Names of several types.
pub const NAMES: &[&str] = &[
    "Slot",
    "Store",
    "Unwatched",
    "Appending",
    "Applied",
    "Ask",
    "Look",
    "Waiting",
    "Shared",
    "Command",
    "Answer",
    "Apply",
    "Asked",
    "Belonging",
    "Call",
    "Change",
    "Class",
    "Clock",
    "Comparison",
    "Condition",
    "Content",
    "Declared",
    "Difference",
    "Drift",
    "Elements",
    "Empty",
    "Entry",
    "Event",
    "Facts",
    "Failure",
    "Fields",
    "Filter",
    "Form",
    "Format",
    "Found",
    "Given",
    "Groups",
    "History",
    "Inputs",
    "Judged",
    "Key",
    "Known",
    "LeftOut",
    "Limit",
    "Limits",
    "List",
    "Made",
    "Mapping",
    "Meaning",
    "Membership",
    "Name",
    "Named",
    "Names",
    "Node",
    "Observer",
    "Officevibe",
    "Operation",
    "Options",
    "Origin",
    "Outcome",
    "Pace",
    "Page",
    "Part",
    "Path",
    "People",
    "Place",
    "Places",
    "Presence",
    "Problem",
    "Reader",
    "Reading",
    "References",
    "Remembered",
    "Report",
    "Request",
    "Resolved",
    "Row",
    "Rows",
    "Rule",
    "Run",
    "Seen",
    "Selection",
    "Sort",
    "Source",
    "State",
    "Stopped",
    "Style",
    "Target",
    "Test",
    "Translated",
    "Verdict",
    "Walk",
    "Way",
    "Within",
    "World",
    "Written",
];

/// Functions with hidden parameters, or too long; `Result` stands for all that fail with text.
pub const SHAPES: &[&str] = &[
    "File", "Rule", "closure", "declared", "of_patch", "people", "slice", "yaml",
];

/// Files with more than one concept.
pub const LONG: &[&str] = &[];

/// How many lines do not fit.
pub const WIDE: usize = 480;
