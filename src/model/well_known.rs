//! The few attributes that the program itself must know by name, because matching, removal and order rest on
//! them.

/// The name a person signs in with; unique, compared without case (RFC 7643, section 4.1.1).
pub(crate) const USER_NAME: &str = "userName";
/// The source's own identifier for a resource; compared exactly (RFC 7643, section 3.1).
pub(crate) const EXTERNAL_ID: &str = "externalId";
/// A group's name (RFC 7643, section 4.2).
pub(crate) const DISPLAY_NAME: &str = "displayName";
/// Whether a person may use their account (RFC 7643, section 4.1.1).
pub(crate) const ACTIVE: &str = "active";
/// A person's manager, a reference to another person (RFC 7643, section 4.3).
pub(crate) const MANAGER: &str = "manager";
/// A group's members; never an attribute of the flat resource, always a delta.
pub(crate) const MEMBERS: &str = "members";
/// The groups that a person belongs to, as a source writes them. Read-only in SCIM, so it is turned into
/// `members` of those groups.
pub(crate) const GROUPS: &str = "groups";
/// What a person may do, in the service's words (RFC 7643, section 4.1.2).
pub(crate) const ROLES: &str = "roles";
/// A person's number in the organisation (RFC 7643, section 4.3).
pub(crate) const EMPLOYEE_NUMBER: &str = "employeeNumber";
/// A person's email addresses. A value without `@` means that a column was mapped wrongly.
pub(crate) const EMAILS: &str = "emails";
