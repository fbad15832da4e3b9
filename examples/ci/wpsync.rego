# A policy for plans, in Rego (Open Policy Agent), to be run by conftest:
#
#     wpsync show --format json | conftest test --policy wpsync.rego -
#
# Each rule is an example; keep those that fit. `deny` fails the check, `warn` only says so. The names are those of Terraform's
# `show -json`, with a few of our own (`action`, `change.members`, `summary`); `wpsync schema show` has them all.
# denials.txt beside this file shows what it says of a plan that breaks every rule.
package main

import rego.v1

# A reader of another major version may misunderstand.
deny contains message if {
	not startswith(input.format_version, "1.")
	message := sprintf("this policy reads format 1, and the plan has %v", [input.format_version])
}

# Limits that the plan itself breaks.
deny contains message if {
	some check in input.checks
	check.status == "fail"
	some problem in check.instances[0].problems
	message := sprintf("%s fails: %s", [check.address.to_display, problem.message])
}

# People are deactivated, never deleted: their accounts hold what the organisation must keep.
deny contains message if {
	some resource in input.resource_changes
	resource.type == "User"
	"delete" in resource.change.actions
	message := sprintf("%s would be deleted; set `absent: deactivate`", [resource.address])
}

# Nobody becomes an administrator through a sync.
deny contains message if {
	some resource in input.resource_changes
	resource.type == "User"
	"admin" in object.get(after(resource), "roles", [])
	not "admin" in object.get(before(resource), "roles", [])
	message := sprintf("%s would become an administrator", [resource.address])
}

# A group that loses everybody is a mistake more often than a wish.
deny contains message if {
	some resource in input.resource_changes
	resource.type == "Group"
	resource.action == "update"
	resource.change.members.before > 0
	resource.change.members.after == 0
	message := sprintf("%s would lose all of its %d members", [resource.address, resource.change.members.before])
}

# A sign-in name that changes is worth a second look.
warn contains message if {
	some resource in input.resource_changes
	resource.type == "User"
	resource.action != "create"
	name := before(resource).userName
	name != after(resource).userName
	message := sprintf("%s signs in as %s today", [resource.address, name])
}

# The values before and after; none where there was or will be nothing.
before(resource) := resource.change.before if resource.change.before != null

before(resource) := {} if resource.change.before == null

after(resource) := resource.change.after if resource.change.after != null

after(resource) := {} if resource.change.after == null
