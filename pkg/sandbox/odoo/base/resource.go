package base

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
)

// userCalendar is the schedule of a user's first resource.
func userCalendar(e *orm.Env, r *orm.Record) any {
	for _, resource := range e.Table("resource.resource").Find("user_id", r.ID) {
		return resource.Values["calendar_id"]
	}
	return nil
}

// leaveDefaults gives a resource's leave its schedule, and each one a company.
func leaveDefaults(e *orm.Env, values map[string]any) error {
	if resource := e.Browse("resource.resource", values["resource_id"]); resource != nil {
		values["calendar_id"] = resource.Values["calendar_id"]
	}
	values["company_id"] = e.User.Values["company_id"]
	if calendar := e.Browse("resource.calendar", values["calendar_id"]); calendar != nil && calendar.Values["company_id"] != nil {
		values["company_id"] = calendar.Values["company_id"]
	}
	return nil
}

// leaveAllowed are the record rules of leaves: everybody reads those of companies and
// their own, and with the app Time Off all. They change their own.
func leaveAllowed(e *orm.Env, r *orm.Record, op orm.Operation) bool {
	resource := e.Follow(r, "resource_id")
	if op == orm.OpRead && (resource == nil || len(e.Table("ir.module.module").Find("name", "hr_holidays")) > 0) {
		return true
	}
	return resource != nil && (value.ID(resource.Values["user_id"]) == 0 || value.ID(resource.Values["user_id"]) == e.User.ID)
}
