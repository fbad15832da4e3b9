//! Functions of Entra that wpsync refuses, each with the reason and what to write instead. The same files
//! must always give the same plan.

use super::function::{Arity, Behaviour, Function, Type};

const fn refused(name: &'static str, why: &'static str, instead: &'static str) -> Function {
    Function {
        name,
        parameters: &[],
        arity: Arity::Exact,
        gives: Type::Any,
        behaviour: Behaviour::Refused { why, instead },
    }
}

const ROLES: &str = "app roles live in Entra and not in a row";
const ROLES_INSTEAD: &str = "export the role as a column and use that, as `Split(row.roles, \",\")`";

pub(super) const APP_ROLE_ASSIGNMENTS_COMPLEX: Function =
    refused("AppRoleAssignmentsComplex", ROLES, ROLES_INSTEAD);
pub(super) const ASSERTIVE_APP_ROLE_ASSIGNMENTS_COMPLEX: Function =
    refused("AssertiveAppRoleAssignmentsComplex", ROLES, ROLES_INSTEAD);
pub(super) const GUID: Function = refused(
    "Guid",
    "two plans of the same rows would differ",
    "use a column that identifies the person, as `row.objectId`",
);
pub(super) const RANDOM_STRING: Function = refused(
    "RandomString",
    "two plans of the same rows would differ, and a secret would stand in the plan",
    "leave passwords to the service; use a column for anything else",
);
pub(super) const SELECT_UNIQUE_VALUE: Function = refused(
    "SelectUniqueValue",
    "what is free depends on who was created before, so that two plans would differ",
    "give the name in the source; two people with one name are refused with both places",
);
pub(super) const SINGLE_APP_ROLE_ASSIGNMENT: Function =
    refused("SingleAppRoleAssignment", ROLES, ROLES_INSTEAD);
