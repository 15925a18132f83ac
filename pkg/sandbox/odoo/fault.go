package odoo

import (
	"errors"
	"fmt"
	"slices"
)

// Odoo's fault codes.
const (
	faultApplication = 1 // programming or server error, the text is a traceback
	faultWarning     = 2 // user or validation error, missing record, unknown model
	faultDenied      = 3 // wrong password
	faultAccess      = 4 // not allowed
)

// FaultError is a fault as Odoo answers it over XML-RPC: a code from 1 to 4
// and a text, which for code 1 is a Python traceback.
type FaultError struct {
	Code int
	Text string
	// lone is true for a refusal that load reports for its row alone, without
	// blaming the first row of the batch as well.
	lone bool
	// column and loadText are what load reports in place of the text, which
	// speaks of the one field there.
	column, loadText string
}

// notCompleted begins what is said of data that the database refuses.
const notCompleted = "The operation cannot be completed: "

// inLoad says what load reports of the fault, and of which field.
func (e *FaultError) inLoad(column, text string) *FaultError {
	e.column, e.loadText = column, text
	return e
}

// Error returns the text.
func (e *FaultError) Error() string { return fmt.Sprintf("odoo fault %d: %s", e.Code, e.Text) }

// asFault returns the fault that the error is, or makes one of it.
func asFault(err error) *FaultError {
	if f, ok := errors.AsType[*FaultError](err); ok {
		return f
	}
	return serverError("ValueError: %s", err)
}

// serverError is an exception that Odoo does not expect: a traceback that ends
// in the line given.
func serverError(format string, args ...any) *FaultError {
	const head = "Traceback (most recent call last):\n" +
		"  File \"/usr/lib/python3/dist-packages/odoo/addons/rpc/controllers/xmlrpc.py\", line 162, in xmlrpc_2\n" +
		"    ...\n" +
		"  File \"/usr/lib/python3/dist-packages/odoo/http.py\", line 439, in dispatch_rpc\n" +
		"    ...\n"
	return &FaultError{Code: faultApplication, Text: head + fmt.Sprintf(format, args...) + "\n"}
}

// userError is a UserError or a ValidationError.
func userError(format string, args ...any) *FaultError {
	return &FaultError{Code: faultWarning, Text: fmt.Sprintf(format, args...)}
}

// accessError is an AccessError.
func accessError(format string, args ...any) *FaultError {
	return &FaultError{Code: faultAccess, Text: fmt.Sprintf(format, args...)}
}

// recordMissing begins what is said of a record that is gone.
const recordMissing = "Record does not exist or has been deleted."

// missing says that a record does not exist.
func (e *env) missing(m *model, id int64) *FaultError {
	return userError(recordMissing+"\n(Record: %s(%d,), User: %d)", m.name, id, e.user.id)
}

// noModelAccess says that the user's groups may not do that to the model.
func (e *env) noModelAccess(m *model, op operation) *FaultError {
	keeper := m.keeper
	if m.editors != "" && op != opRead {
		keeper = m.editors
	}
	switch {
	case keeper == "" && e.db.version >= 19:
		keeper = "Role / Administrator"
	case keeper == "":
		keeper = "Administration/Settings"
	case keeper == rightsKeeper && e.db.version < 19:
		keeper = "Administration/" + keeper
	}
	verb := map[operation]string{opRead: "access", opWrite: "modify", opCreate: "create", opUnlink: "delete"}[op]
	return accessError("You are not allowed to %s '%s' (%s) records.\n\n"+
		"This operation is allowed for the following groups:\n\t- %s\n\n"+
		"Contact your administrator to request access if necessary.", verb, m.label, m.name, keeper)
}

// rightsKeeper is the group that manages users.
const rightsKeeper = "Access Rights"

// noRecordAccess says that a record rule keeps the user from the records.
func (e *env) noRecordAccess(m *model, wanted []int64, op operation) *FaultError {
	if m.refusal != nil {
		return m.refusal(e, wanted, op)
	}
	f := accessError("Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"+
		"Sorry, %s (id=%d) doesn't have '%s' access to:\n- %s (%s)\n\n"+
		"If you really, really need access, perhaps you can win over your friendly administrator with a batch of freshly baked cookies.",
		e.text(e.user, "name"), e.user.id, op, m.label, m.name)
	rows := e.table(m.name).rows
	if slices.ContainsFunc(wanted, func(id int64) bool { return rows[id] != nil && e.foreign(rows[id]) }) {
		f.Text += "\n\nThis seems to be a multi-company issue, but you do not have access to the proper company to access the record anyhow."
	}
	return f
}

// noMethod says that a model has no such public method.
func (e *env) noMethod(t *table, name string) *FaultError {
	if e.db.version >= 19 {
		return serverError("AttributeError: The method '%s.%s' does not exist", t.name, name)
	}
	return serverError("AttributeError: The method '%s' does not exist on the model '%s'", name, t.name)
}

var _ error = (*FaultError)(nil)
