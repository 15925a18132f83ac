package odoo

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// loadMethod is the method load of every model.
func loadMethod() method { return newMethod(callLoad, 2, "fields", "data") }

// callLoad is Model.load: rows of text, all or none of them. With the context
// {"mode": "update", "noupdate": true} a row whose external id exists changes
// nothing.
func callLoad(e *env, t *table, a arguments) (any, error) {
	columns := a.strings("fields")
	rows, _ := a["data"].([]any)
	parsed := make([]parsedRow, 0, len(rows))
	var messages []object
	for i, span := range t.spans(columns, rows) {
		p, failed, err := e.parseRow(t, place{record: i, from: span.from, to: span.from + len(span.rows) - 1}, columns, span.rows)
		if err != nil {
			return nil, err
		}
		messages = append(messages, failed...)
		parsed = append(parsed, p)
	}
	saved, failed := e.saveRows(t, parsed)
	messages = append(messages, failed...)
	if len(messages) > 0 {
		e.rollback(0)
		return loadFailure(messages), nil
	}
	return newObject("ids", saved, "messages", []any{}, "nextrow", 0), nil
}

// saveRows writes rows. When one cannot be written, each is tried alone to
// find out which; from 18 on the first row is blamed as well, for what the
// batch as a whole ran into.
func (e *env) saveRows(t *table, rows []parsedRow) (saved []any, messages []object) {
	start := e.mark()
	var whole error
	for _, row := range rows {
		id, err := e.saveRow(t, row)
		if err != nil {
			whole = err
			break
		}
		saved = append(saved, id)
	}
	if whole == nil {
		return saved, nil
	}
	e.rollback(start)
	good := 0
	for i, row := range rows {
		before := e.mark()
		if _, err := e.saveRow(t, row); err != nil {
			e.rollback(before)
			messages = append(messages, loadMessage(row.at, asFault(err)))
		} else {
			good++
		}
		if bad := len(messages); bad >= 10 && bad*10 >= i+1 {
			messages = append(messages, newObject("type", "warning", "message", "Found more than 10 errors and more than one error "+
				"per 10 records, interrupted to avoid showing too many errors."))
			break
		}
	}
	f := asFault(whole)
	if e.db.version < 18 || f.Code == faultApplication || f.lone && good > 0 {
		return nil, messages
	}
	blame := loadMessage(rows[0].at, f)
	if !slices.ContainsFunc(messages, func(m object) bool { return reflect.DeepEqual(m, blame) }) {
		messages = append([]object{blame}, messages...)
	}
	return nil, messages
}

// loadConflict is the answer to a load whose transaction the database refuses.
func loadConflict(refusal string) object {
	return loadFailure([]object{loadMessage(place{}, userError("%s\n", refusal))})
}

// loadFailure is the answer to a load that wrote nothing.
func loadFailure(messages []object) object {
	list := make([]any, len(messages))
	for i, m := range messages {
		list[i] = m
	}
	return newObject("ids", false, "messages", list, "nextrow", 0)
}

// loadMessage blames a record for a refusal.
func loadMessage(at place, f *FaultError) object {
	m := newObject("rows", newObject("from", at.from, "to", at.to), "record", at.record, "type", "error")
	if f.loadText != "" {
		return m.with("message", f.loadText, "field", f.column)
	}
	if f.Code != faultApplication {
		return m.with("message", f.Text)
	}
	lines := strings.Split(strings.TrimSpace(f.Text), "\n")
	class, what, _ := strings.Cut(lines[len(lines)-1], ": ")
	text := fmt.Sprintf("Unknown error during import: <class '%s'>: %s", class, what)
	return m.with("message", text, "moreinfo", "Resolve other errors first")
}

// parsedRow is a row of a load after its conversion.
type parsedRow struct {
	at       place
	external string
	id       int64
	values   map[string]any
	// children are the rows below this one, by the one2many they belong to.
	children map[string][]parsedRow
}

// parseRow converts the cells of a record's first row, and those of all its
// rows that belong to a one2many. What cannot be converted is reported, an
// unknown column is a fault.
func (e *env) parseRow(t *table, at place, columns []string, rows [][]any) (parsedRow, []object, error) {
	row := parsedRow{at: at, values: map[string]any{}}
	children, failed, err := e.parseChildren(t, at, columns, rows)
	if err != nil {
		return row, nil, err
	}
	row.children = children
	cells := rows[0]
	for i, column := range columns {
		if i >= len(cells) || t.isChildColumn(column) {
			continue
		}
		cell := cellText(cells[i])
		switch column {
		case "id":
			row.external = cell
			continue
		case ".id":
			row.id, _ = strconv.ParseInt(cell, 10, 64)
			continue
		}
		name, by, _ := strings.Cut(column, "/")
		f := t.fields[name]
		if f == nil || by != "" && f.kind != many2one {
			return row, nil, e.unknownColumn(name)
		}
		v, problem := e.parseCell(f, by, cells[i], cell)
		if problem != nil {
			m := newObject("rows", newObject("from", at.from, "to", at.to), "type", "error", "record", at.record, "field", name)
			failed = append(failed, append(m, problem...).with("field_name", f.label))
			continue
		}
		row.values[name] = v
	}
	if row.external != "" && !strings.Contains(row.external, ".") {
		row.external = "__import__." + row.external
	}
	return row, failed, nil
}

// cellText is the text of a cell; numbers may come as numbers.
func cellText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	default:
		return python(v)
	}
}

// unknownColumn says that a load names a field that does not exist.
func (e *env) unknownColumn(name string) error {
	if e.db.version >= 18 {
		return serverError("ValueError: Invalid field name '%s'", name)
	}
	return serverError("KeyError: '%s'", name)
}

// parseCell converts a cell, which is text, into a value of the field, or
// says what is wrong with it.
func (e *env) parseCell(f *field, by string, raw any, cell string) (v any, problem object) {
	if isFalse(raw) || cell == "" {
		return false, nil
	}
	var err error
	switch f.kind {
	case many2one:
		return e.parseLink(f, by, cell)
	case integer, reference:
		if v, err = strconv.ParseInt(cell, 10, 64); err != nil {
			return nil, complain("", "'%s' does not seem to be an integer for field '%s'", cell, f.label)
		}
	case float:
		if v, err = strconv.ParseFloat(cell, 64); err != nil {
			return nil, complain("", "'%s' does not seem to be a number for field '%s'", cell, f.label)
		}
	case boolean:
		v = !slices.Contains([]string{"0", "false", "no"}, strings.ToLower(cell))
	case datetime:
		at, err := time.ParseInLocation(dateTimeLayout, cell, e.zone())
		if err != nil {
			return nil, complain("Use the format '2012-12-31 23:59:59'", "'%s' does not seem to be a valid datetime for field '%s'", cell, f.label)
		}
		v = at.UTC().Format(dateTimeLayout)
	case selection:
		return parseChoice(f, cell)
	default:
		v = cell
	}
	return v, nil
}

// complain is what is reported of a cell, with what may help.
func complain(more any, format string, args ...any) object {
	problem := newObject("message", fmt.Sprintf(format, args...))
	if more == "" {
		return problem
	}
	return problem.with("moreinfo", more)
}

// parseChoice finds a selection's value by itself or by its label.
func parseChoice(f *field, cell string) (v any, problem object) {
	labels := []any{}
	for _, c := range f.choices {
		if c.value == cell || c.label == cell {
			return c.value, nil
		}
		labels = append(labels, c.label)
	}
	if f.choices == nil {
		return cell, nil
	}
	return nil, complain(labels, "Value '%s' not found in selection field '%s'", cell, f.label)
}

// unseenArchived tells whether a load does not find the record because it is
// archived: so it is in 16, where no link can be made to a deactivated user.
func (e *env) unseenArchived(r *record) bool {
	return e.db.version == 16 && r.table.fields["active"] != nil && !e.flag(r, "active")
}

// parseLink finds the record that a cell names: by database id, by external
// id or by its name.
func (e *env) parseLink(f *field, by, cell string) (v any, problem object) {
	other := e.table(f.relation)
	how := "name"
	switch by {
	case ".id":
		how = "database id"
		if id, err := strconv.ParseInt(cell, 10, 64); err == nil && other.rows[id] != nil && !e.unseenArchived(other.rows[id]) {
			return id, nil
		}
	case "id":
		how = "external id"
		if x, ok := e.external(cell); ok && x.model == f.relation {
			return x.id, nil
		}
	default:
		for _, id := range other.ids {
			if e.title(other.rows[id]) == cell {
				return id, nil
			}
		}
	}
	more := newObject(
		"name", "Possible Values",
		"type", "ir.actions.act_window",
		"target", "new",
		"view_mode", "list,form",
		"views", []any{[]any{false, "list"}, []any{false, "form"}},
		"context", newObject("create", false),
		"help", "See all possible values",
		"res_model", "ir.model.data",
		"domain", []any{[]any{"model", "=", f.relation}},
	)
	return nil, complain(more, "No matching record found for %s '%s' in field '%s'", how, cell, f.label)
}

// saveRow writes one row and returns the id of its record.
func (e *env) saveRow(t *table, row parsedRow) (int64, error) {
	existing := t.rows[row.id]
	x, claimed := e.external(row.external)
	if claimed && x.model != t.name {
		return 0, userError("For external id %s when trying to create/update a record of model %s found record of different model %s (%d)",
			row.external, t.name, x.model, x.id)
	}
	if claimed {
		existing = t.rows[x.id]
	}
	if existing == nil && row.external == "" && e.context["mode"] == "update" {
		return 0, userError("Cannot update a record without specifying its id or xml_id")
	}
	if existing == nil {
		r, err := e.create(t, row.values)
		if err != nil {
			return 0, err
		}
		if row.external != "" {
			e.bind(r, row.external, e.context["noupdate"] == true)
		}
		return r.id, e.saveChildren(r, row)
	}
	if claimed && x.noupdate && e.context["mode"] == "update" {
		return existing.id, nil
	}
	if _, err := callWrite(e, t, arguments{"ids": []any{existing.id}, "vals": row.values}); err != nil {
		return 0, err
	}
	return existing.id, e.saveChildren(existing, row)
}
