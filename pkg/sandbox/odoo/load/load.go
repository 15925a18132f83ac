// Package load is Odoo's method load, which writes rows of text, as from a
// spreadsheet: external ids, columns of related records, rows below a row, and
// what it reports of those that it refuses.
package load

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// Method is the method load of every model.
func Method() orm.Method { return orm.NewMethod(callLoad, 2, "fields", "data") }

// callLoad is Model.load: rows of text, all or none of them. With the context
// {"mode": "update", "noupdate": true} a row whose external id exists changes
// nothing.
func callLoad(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	columns := a.Strings("fields")
	rows := textRows(a, len(columns))
	parsed := make([]parsedRow, 0, len(rows))
	var messages []xmlrpc.Object
	for i, span := range spans(t, columns, rows) {
		p, failed, err := parseRow(e, t, place{record: i, from: span.from, to: span.from + len(span.rows) - 1}, columns, span.rows)
		if err != nil {
			return nil, err
		}
		messages = append(messages, failed...)
		parsed = append(parsed, p)
	}
	saved, failed := saveRows(e, t, parsed)
	messages = append(messages, failed...)
	if len(messages) > 0 {
		e.Rollback(0)
		return loadFailure(messages), nil
	}
	return xmlrpc.NewObject("ids", saved, "messages", []any{}, "nextrow", 0), nil
}

// textRows returns the rows of a load, each with a cell for every column.
func textRows(a orm.Arguments, columns int) [][]string {
	data, _ := a["data"].([]any)
	rows := make([][]string, len(data))
	for i, cells := range data {
		rows[i] = make([]string, columns)
		copy(rows[i], orm.Arguments{"cells": cells}.Strings("cells"))
	}
	return rows
}

// saveRows writes rows. When one cannot be written, each is tried alone to
// find out which; from 18 on the first row is blamed as well, for what the
// batch as a whole ran into.
func saveRows(e *orm.Env, t *orm.Table, rows []parsedRow) (saved []any, messages []xmlrpc.Object) {
	start := e.Mark()
	var whole error
	for _, row := range rows {
		id, err := saveRow(e, t, row)
		if err != nil {
			whole = err
			break
		}
		saved = append(saved, id)
	}
	if whole == nil {
		return saved, nil
	}
	e.Rollback(start)
	good := 0
	for i, row := range rows {
		before := e.Mark()
		if _, err := saveRow(e, t, row); err != nil {
			e.Rollback(before)
			messages = append(messages, loadMessage(row.at, orm.AsFault(err)))
		} else {
			good++
		}
		if bad := len(messages); bad >= 10 && bad*10 >= i+1 {
			messages = append(messages, xmlrpc.NewObject("type", "warning", "message", "Found more than 10 errors and more than one error "+
				"per 10 records, interrupted to avoid showing too many errors."))
			break
		}
	}
	f := orm.AsFault(whole)
	if e.Version < 18 || f.Code == orm.FaultApplication || f.Lone && good > 0 {
		return nil, messages
	}
	blame := loadMessage(rows[0].at, f)
	if !slices.ContainsFunc(messages, func(m xmlrpc.Object) bool { return reflect.DeepEqual(m, blame) }) {
		messages = append([]xmlrpc.Object{blame}, messages...)
	}
	return nil, messages
}

// Conflict is the answer to a load whose transaction the database refuses.
func Conflict(refusal string) xmlrpc.Object {
	return loadFailure([]xmlrpc.Object{loadMessage(place{}, orm.UserError("%s\n", refusal))})
}

// loadFailure is the answer to a load that wrote nothing.
func loadFailure(messages []xmlrpc.Object) xmlrpc.Object {
	list := make([]any, len(messages))
	for i, m := range messages {
		list[i] = m
	}
	return xmlrpc.NewObject("ids", false, "messages", list, "nextrow", 0)
}

// loadMessage blames a record for a refusal.
func loadMessage(at place, f *orm.FaultError) xmlrpc.Object {
	m := xmlrpc.NewObject("rows", xmlrpc.NewObject("from", at.from, "to", at.to), "record", at.record, "type", "error")
	if f.LoadText != "" {
		return m.With("message", f.LoadText, "field", f.Column)
	}
	if f.Code != orm.FaultApplication {
		return m.With("message", f.Text)
	}
	lines := strings.Split(strings.TrimSpace(f.Text), "\n")
	class, what, _ := strings.Cut(lines[len(lines)-1], ": ")
	text := fmt.Sprintf("Unknown error during import: <class '%s'>: %s", class, what)
	return m.With("message", text, "moreinfo", "Resolve other errors first")
}

// parsedRow is a row of a load after its conversion.
type parsedRow struct {
	at       place
	external string
	values   map[string]any
	// children are the rows below this one, by the one2many they belong to.
	children map[string][]parsedRow
}

// parseRow converts the cells of a record's first row, and those of all its
// rows that belong to a one2many. What cannot be converted is reported, an
// unknown column is a fault.
func parseRow(e *orm.Env, t *orm.Table, at place, columns []string, rows [][]string) (parsedRow, []xmlrpc.Object, error) {
	row := parsedRow{at: at, values: map[string]any{}}
	children, failed, err := parseChildren(e, t, at, columns, rows)
	if err != nil {
		return row, nil, err
	}
	row.children = children
	for i, column := range columns {
		if isChildColumn(t, column) {
			continue
		}
		cell := rows[0][i]
		if column == "id" {
			row.external = cell
			continue
		}
		name, by, _ := strings.Cut(column, "/")
		f := t.Field(name)
		if f == nil || by != "" && f.Kind != orm.Many2one {
			return row, nil, unknownColumn(e, name)
		}
		v, problem := parseCell(e, f, by, cell)
		if problem != nil {
			m := xmlrpc.NewObject("rows", xmlrpc.NewObject("from", at.from, "to", at.to), "type", "error", "record", at.record, "field", name)
			failed = append(failed, append(m, problem...).With("field_name", f.Label))
			continue
		}
		row.values[name] = v
	}
	return row, failed, nil
}

// unknownColumn says that a load names a field that does not exist.
func unknownColumn(e *orm.Env, name string) error {
	return orm.ServerError("%s'%s'", e.Since(18, "ValueError: Invalid field name ", "KeyError: "), name)
}

// parseCell converts a cell, which is text, into a value of the field, or
// says what is wrong with it.
func parseCell(e *orm.Env, f *orm.Field, by, cell string) (v any, problem xmlrpc.Object) {
	if cell == "" {
		return false, nil
	}
	var err error
	switch f.Kind {
	case orm.Many2one:
		return parseLink(e, f, by, cell)
	case orm.Integer, orm.Reference:
		if v, err = strconv.ParseInt(cell, 10, 64); err != nil {
			return nil, complain("", "'%s' does not seem to be an integer for field '%s'", cell, f.Label)
		}
	case orm.Float:
		if v, err = strconv.ParseFloat(cell, 64); err != nil {
			return nil, complain("", "'%s' does not seem to be a number for field '%s'", cell, f.Label)
		}
	case orm.Boolean:
		v = !slices.Contains([]string{"0", "false", "no"}, strings.ToLower(cell))
	case orm.Datetime:
		at, err := time.ParseInLocation(time.DateTime, cell, e.Zone())
		if err != nil {
			return nil, complain("Use the format '2012-12-31 23:59:59'", "'%s' does not seem to be a valid datetime for field '%s'", cell, f.Label)
		}
		v = at.UTC().Format(time.DateTime)
	case orm.Selection:
		return parseChoice(f, cell)
	default:
		v = cell
	}
	return v, nil
}

// complain is what is reported of a cell, with what may help.
func complain(more any, format string, args ...any) xmlrpc.Object {
	problem := xmlrpc.NewObject("message", fmt.Sprintf(format, args...))
	if more == "" {
		return problem
	}
	return problem.With("moreinfo", more)
}

// parseChoice finds a selection's value by itself or by its label.
func parseChoice(f *orm.Field, cell string) (v any, problem xmlrpc.Object) {
	labels := []any{}
	for _, c := range f.Choices {
		if c.Value == cell || c.Label == cell {
			return c.Value, nil
		}
		labels = append(labels, c.Label)
	}
	if f.Choices == nil {
		return cell, nil
	}
	return nil, complain(labels, "Value '%s' not found in selection field '%s'", cell, f.Label)
}

// unseenArchived tells whether a load does not find the record because it is
// archived: so it is in 16, where no link can be made to a deactivated user.
func unseenArchived(e *orm.Env, r *orm.Record) bool {
	return e.Version == 16 && r.Table.Field("active") != nil && !e.Flag(r, "active")
}

// parseLink finds the record that a cell names: by database id, by external
// id or by its name.
func parseLink(e *orm.Env, f *orm.Field, by, cell string) (v any, problem xmlrpc.Object) {
	other := e.Table(f.Relation)
	how := "name"
	switch by {
	case ".id":
		how = "database id"
		if id, err := strconv.ParseInt(cell, 10, 64); err == nil && other.Rows[id] != nil && !unseenArchived(e, other.Rows[id]) {
			return id, nil
		}
	case "id":
		how = "external id"
		if x, ok := e.External(cell); ok && x.Model == f.Relation {
			return x.ID, nil
		}
	default:
		for _, r := range other.All() {
			if e.Title(r) == cell {
				return r.ID, nil
			}
		}
	}
	more := xmlrpc.NewObject(
		"name", "Possible Values",
		"type", "ir.actions.act_window",
		"target", "new",
		"view_mode", "list,form",
		"views", []any{[]any{false, "list"}, []any{false, "form"}},
		"context", xmlrpc.NewObject("create", false),
		"help", "See all possible values",
		"res_model", "ir.model.data",
		"domain", []any{[]any{"model", "=", f.Relation}},
	)
	return nil, complain(more, "No matching record found for %s '%s' in field '%s'", how, cell, f.Label)
}

// saveRow writes one row and returns the id of its record.
func saveRow(e *orm.Env, t *orm.Table, row parsedRow) (int64, error) {
	x, claimed := e.External(row.external)
	if claimed && x.Model != t.Name {
		return 0, orm.UserError("For external id %s when trying to create/update a record of model %s found record of different model %s (%d)",
			row.external, t.Name, x.Model, x.ID)
	}
	existing := t.Rows[x.ID]
	if existing == nil && row.external == "" && e.Context["mode"] == "update" {
		return 0, orm.UserError("Cannot update a record without specifying its id or xml_id")
	}
	if existing == nil {
		r, err := e.Create(t, row.values)
		if err != nil {
			return 0, err
		}
		if row.external != "" {
			e.Bind(r, row.external, e.Context["noupdate"] == true)
		}
		return r.ID, saveChildren(e, r, row)
	}
	if x.Noupdate && e.Context["mode"] == "update" {
		return existing.ID, nil
	}
	if _, err := orm.CallWrite(e, t, orm.Arguments{"ids": []any{existing.ID}, "vals": row.values}); err != nil {
		return 0, err
	}
	return existing.ID, saveChildren(e, existing, row)
}
