package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// callLoad is Model.load: rows of text, all or none of them. With the context
// {"mode": "update", "noupdate": true} a row whose external id exists changes
// nothing.
func callLoad(e *env, t *table, a arguments) (any, error) {
	columns := a.strings("fields")
	rows, _ := a["data"].([]any)
	parsed := make([]loadRow, 0, len(rows))
	var messages []object
	for i, row := range rows {
		cells, _ := row.([]any)
		p, failed, err := e.parseRow(t, i, columns, cells)
		if err != nil {
			return nil, err
		}
		messages = append(messages, failed...)
		parsed = append(parsed, p)
	}
	saved := make([]any, 0, len(rows))
	for i, row := range parsed {
		id, err := e.loadRow(t, row)
		if err != nil {
			if len(messages) == 0 && i > 0 && e.odoo.version >= 18 {
				messages = append(messages, loadMessage(0, sentence(err)))
			}
			messages = append(messages, loadMessage(i, sentence(err)))
			continue
		}
		saved = append(saved, id)
	}
	if len(messages) > 0 {
		e.rollback()
		return loadFailure(messages, 0), nil
	}
	return object{{"ids", saved}, {"messages", []any{}}, {"nextrow", 0}}, nil
}

// loadFailure is the answer to a load that wrote nothing.
func loadFailure(messages []object, nextrow int) object {
	list := make([]any, len(messages))
	for i, m := range messages {
		list[i] = m
	}
	return object{{"ids", false}, {"messages", list}, {"nextrow", nextrow}}
}

// loadMessage blames a row.
func loadMessage(row int, message string) object {
	return object{
		{"rows", object{{"from", row}, {"to", row}}},
		{"record", row},
		{"type", "error"},
		{"message", message},
	}
}

// sentence is what load reports of a refusal.
func sentence(err error) string {
	f := asFault(err)
	if f.Code != faultApplication {
		return f.Text
	}
	lines := strings.Split(strings.TrimSpace(f.Text), "\n")
	class, what, _ := strings.Cut(lines[len(lines)-1], ": ")
	return fmt.Sprintf("Unknown error during import: <class '%s'>: %s", class, what)
}

// loadRow is a row of a load after its conversion.
type loadRow struct {
	external string
	id       int64
	values   map[string]any
}

// parseRow converts the cells of a row. What cannot be converted is reported,
// an unknown column is a fault.
func (e *env) parseRow(t *table, number int, columns []string, cells []any) (loadRow, []object, error) {
	row := loadRow{values: map[string]any{}}
	var failed []object
	for i, column := range columns {
		if i >= len(cells) {
			break
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
		v, problem := e.parseCell(t, f, by, cells[i], cell)
		if problem != "" {
			failed = append(failed, object{
				{"rows", object{{"from", number}, {"to", number}}},
				{"type", "error"}, {"record", number}, {"field", name},
				{"message", problem}, {"field_name", f.label},
			})
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
	if e.odoo.version >= 18 {
		return serverError("ValueError: Invalid field name '%s'", name)
	}
	return serverError("KeyError: '%s'", name)
}

// parseCell converts a cell, which is text, into a value of the field.
func (e *env) parseCell(t *table, f *field, by string, raw any, cell string) (v any, problem string) {
	if isFalse(raw) || cell == "" {
		return false, ""
	}
	switch f.kind {
	case many2one:
		return e.parseLink(f, by, cell)
	case integer, reference:
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			return nil, fmt.Sprintf("'%s' does not seem to be an integer for field '%s'", cell, f.label)
		}
		return n, ""
	case float:
		n, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return nil, fmt.Sprintf("'%s' does not seem to be a number for field '%s'", cell, f.label)
		}
		return n, ""
	case boolean:
		switch strings.ToLower(cell) {
		case "0", "false", "no":
			return false, ""
		}
		return true, ""
	case datetime:
		at, err := time.ParseInLocation(dateTimeLayout, cell, e.zone())
		if err != nil {
			return nil, fmt.Sprintf("'%s' does not seem to be a valid datetime for field '%s'", cell, f.label)
		}
		return at.UTC().Format(dateTimeLayout), ""
	case selection:
		if _, err := e.stored(t, f, cell); err != nil {
			return nil, fmt.Sprintf("Value '%s' not found in selection field '%s'", cell, f.label)
		}
	}
	return cell, ""
}

// parseLink finds the record that a cell names: by database id, by external
// id or by its name.
func (e *env) parseLink(f *field, by, cell string) (v any, problem string) {
	other := e.table(f.relation)
	switch by {
	case ".id":
		if id, err := strconv.ParseInt(cell, 10, 64); err == nil && other.rows[id] != nil {
			return id, ""
		}
		return nil, fmt.Sprintf("No matching record found for database id '%s' in field '%s'", cell, f.label)
	case "id":
		if x, ok := e.odoo.external.byName[cell]; ok && x.model == f.relation {
			return x.id, ""
		}
		return nil, fmt.Sprintf("No matching record found for external id '%s' in field '%s'", cell, f.label)
	}
	for _, id := range other.ids {
		if e.title(other.rows[id]) == cell {
			return id, ""
		}
	}
	return nil, fmt.Sprintf("No matching record found for name '%s' in field '%s'", cell, f.label)
}

// loadRow writes one row and returns the id of its record.
func (e *env) loadRow(t *table, row loadRow) (int64, error) {
	existing := t.rows[row.id]
	x, claimed := e.odoo.external.byName[row.external]
	if claimed {
		existing = t.rows[x.id]
	}
	if existing == nil {
		r, err := e.create(t, row.values)
		if err != nil {
			return 0, err
		}
		if row.external != "" {
			e.bind(r, row.external, e.context["noupdate"] == true)
		}
		return r.id, nil
	}
	if claimed && x.noupdate && e.context["mode"] == "update" {
		return existing.id, nil
	}
	_, err := callWrite(e, t, arguments{"ids": []any{existing.id}, "vals": row.values})
	return existing.id, err
}
