package orm

import (
	"errors"
	"fmt"
	"slices"
)

// Odoo's fault codes.
const (
	FaultApplication = 1 // programming or server error, the text is a traceback
	FaultWarning     = 2 // user or validation error, missing record, unknown model
	FaultDenied      = 3 // wrong password
	FaultAccess      = 4 // not allowed
)

// FaultError is a fault as Odoo answers it over XML-RPC: a code from 1 to 4
// and a text, which for code 1 is a Python traceback.
type FaultError struct {
	Code int
	Text string
	// Lone is true for a refusal that load reports for its own row only; others
	// it reports for the first row of the batch as well.
	Lone bool
	// LoadText is what load reports in place of Text, and Column the field that
	// it names.
	Column, LoadText string
}

// NotCompleted begins what is said of data that the database refuses.
const NotCompleted = "The operation cannot be completed: "

// inLoad says what load reports of the fault, and of which field.
func (e *FaultError) inLoad(column, text string) *FaultError {
	e.Column, e.LoadText = column, text
	return e
}

// Error returns the text.
func (e *FaultError) Error() string { return fmt.Sprintf("odoo fault %d: %s", e.Code, e.Text) }

// AsFault returns the fault that the error is, or makes one of it.
func AsFault(err error) *FaultError {
	if f, ok := errors.AsType[*FaultError](err); ok {
		return f
	}
	return ServerError("ValueError: %s", err)
}

// ServerError is an exception that Odoo does not expect: a traceback that ends
// in the line given.
func ServerError(format string, args ...any) *FaultError {
	const head = "Traceback (most recent call last):\n" +
		"  File \"/usr/lib/python3/dist-packages/odoo/addons/rpc/controllers/xmlrpc.py\", line 162, in xmlrpc_2\n" +
		"    ...\n" +
		"  File \"/usr/lib/python3/dist-packages/odoo/http.py\", line 439, in dispatch_rpc\n" +
		"    ...\n"
	return &FaultError{Code: FaultApplication, Text: head + fmt.Sprintf(format, args...) + "\n"}
}

// UserError is a UserError or a ValidationError.
func UserError(format string, args ...any) *FaultError {
	return &FaultError{Code: FaultWarning, Text: fmt.Sprintf(format, args...)}
}

// AccessError is an AccessError.
func AccessError(format string, args ...any) *FaultError {
	return &FaultError{Code: FaultAccess, Text: fmt.Sprintf(format, args...)}
}

// RecordMissing begins what is said of a record that is gone.
const RecordMissing = "Record does not exist or has been deleted."

// Missing says that a record does not exist.
func (e *Env) Missing(m *Model, id int64) *FaultError {
	return UserError(RecordMissing+"\n(Record: %s(%d,), User: %d)", m.Name, id, e.User.ID)
}

// noModelAccess says that the user's groups may not do that to the model.
func (e *Env) noModelAccess(m *Model, op Operation) *FaultError {
	keeper := m.Keeper
	if m.Editors != "" && op != OpRead {
		keeper = m.Editors
	}
	switch keeper {
	case "":
		keeper = e.Since(19, "Role / Administrator", "Administration/Settings")
	case RightsKeeper:
		keeper = e.Since(19, "", "Administration/") + keeper
	}
	verb := map[Operation]string{OpRead: "access", OpWrite: "modify", OpCreate: "create", OpUnlink: "delete"}[op]
	return AccessError("You are not allowed to %s '%s' (%s) records.\n\n"+
		"This operation is allowed for the following groups:\n\t- %s\n\n"+
		"Contact your administrator to request access if necessary.", verb, m.Label, m.Name, keeper)
}

// RightsKeeper is the group that manages users.
const RightsKeeper = "Access Rights"

// noRecordAccess says that a record rule keeps the user from the records.
func (e *Env) noRecordAccess(m *Model, wanted []int64, op Operation) *FaultError {
	if m.Refusal != nil {
		return m.Refusal(e, wanted, op)
	}
	f := AccessError("Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"+
		"Sorry, %s (id=%d) doesn't have '%s' access to:\n- %s (%s)\n\n"+
		"If you really, really need access, perhaps you can win over your friendly administrator with a batch of freshly baked cookies.",
		e.Text(e.User, "name"), e.User.ID, op, m.Label, m.Name)
	rows := e.Table(m.Name).Rows
	if slices.ContainsFunc(wanted, func(id int64) bool { return rows[id] != nil && e.Foreign(rows[id]) }) {
		f.Text += "\n\nThis seems to be a multi-company issue, but you do not have access to the proper company to access the record anyhow."
	}
	return f
}

// NoMethod says that a model has no such public method.
func (e *Env) NoMethod(t *Table, name string) *FaultError {
	return ServerError(e.Since(19, "AttributeError: The method '%[1]s.%[2]s' does not exist",
		"AttributeError: The method '%[2]s' does not exist on the model '%[1]s'"), t.Name, name)
}
