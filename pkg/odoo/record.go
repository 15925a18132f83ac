package odoo

import (
	"fmt"
	"time"
)

// Record is a record as Odoo's read and search_read answer it: values by the
// names of the fields that were asked for. Its methods know how Odoo writes an
// empty field, and refuse a field that was not asked for.
type Record map[string]any

// FieldError is the error of a field that is not what Odoo promises.
type FieldError struct {
	// Record is the id of the record; 0 when it has none.
	Record int64
	Field  string
	Want   string
	Got    string
}

// Error names the record, the field and both types.
func (e *FieldError) Error() string {
	return fmt.Sprintf("record %d: the field %s is %s, not %s", e.Record, e.Field, e.Got, e.Want)
}

// Records reads the answer of read, search_read or get_metadata.
func Records(answer any) ([]Record, error) {
	list, ok := answer.([]any)
	if !ok {
		return nil, unexpected("a list of records", answer)
	}
	records := make([]Record, len(list))
	for i, v := range list {
		record, ok := v.(map[string]any)
		if !ok {
			return nil, unexpected("a record", v)
		}
		records[i] = record
	}
	return records, nil
}

// Text returns a text, a selection or HTML; an empty field is "".
func (r Record) Text(name string) (string, error) {
	v, err := r.value(name)
	if s, ok := v.(string); ok || err != nil || empty(v) {
		return s, err
	}
	return "", r.mismatch(name, "text", v)
}

// Int returns an integer, or the id in a field such as res_id; an empty field
// is 0.
func (r Record) Int(name string) (int64, error) {
	v, err := r.value(name)
	if n, ok := v.(int64); ok || err != nil || empty(v) {
		return n, err
	}
	return 0, r.mismatch(name, "a number", v)
}

// Float returns a number that may have a fraction; an empty field is 0.
func (r Record) Float(name string) (float64, error) {
	v, err := r.value(name)
	if err != nil || empty(v) {
		return 0, err
	}
	switch n := v.(type) {
	case float64:
		return n, nil
	case int64:
		return float64(n), nil
	}
	return 0, r.mismatch(name, "a number", v)
}

// Bool returns a boolean.
func (r Record) Bool(name string) (bool, error) {
	v, err := r.value(name)
	if b, ok := v.(bool); ok || err != nil {
		return b, err
	}
	return false, r.mismatch(name, "a boolean", v)
}

// Time returns a datetime, in UTC; an empty field is the zero time.
func (r Record) Time(name string) (time.Time, error) {
	v, err := r.value(name)
	if err != nil || empty(v) {
		return time.Time{}, err
	}
	if s, ok := v.(string); ok {
		if t, err := time.Parse(TimeLayout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, r.mismatch(name, "a time", v)
}

// Ref returns the id and the name of the record that a many2one field points
// to; an empty field is 0 and "".
func (r Record) Ref(name string) (id int64, label string, err error) {
	v, err := r.value(name)
	if err != nil || empty(v) {
		return 0, "", err
	}
	pair, _ := v.([]any)
	if len(pair) != 2 {
		return 0, "", r.mismatch(name, "a reference", v)
	}
	id, okID := pair[0].(int64)
	label, okLabel := pair[1].(string)
	if !okID || id <= 0 || !okLabel && !empty(pair[1]) {
		return 0, "", r.mismatch(name, "a reference", v)
	}
	return id, label, nil
}

// IDs returns the ids of a one2many or many2many field.
func (r Record) IDs(name string) ([]int64, error) {
	v, err := r.value(name)
	if err != nil || empty(v) {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, r.mismatch(name, "a list of ids", v)
	}
	ids := make([]int64, len(list))
	for i, item := range list {
		if ids[i], ok = item.(int64); !ok {
			return nil, r.mismatch(name, "a list of ids", v)
		}
	}
	return ids, nil
}

// empty returns whether a value is Odoo's null, false, or an empty string, which
// the codec reads as nil.
func empty(v any) bool { return v == nil || v == false }

func (r Record) value(name string) (any, error) {
	v, ok := r[name]
	if !ok {
		id, _ := r["id"].(int64)
		return nil, &FieldError{Record: id, Field: name, Want: "in it", Got: "missing"}
	}
	return v, nil
}

func (r Record) mismatch(name, want string, got any) error {
	id, _ := r["id"].(int64)
	return &FieldError{Record: id, Field: name, Want: want, Got: describe(got)}
}

// describe names a value by its kind alone: what it holds may be personal.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "empty"
	case bool:
		return "a boolean"
	case int64:
		return "a number"
	case float64:
		return "a fraction"
	case string:
		return "text"
	case []any:
		return "a list"
	case map[string]any:
		return "a structure"
	}
	return "a value of another kind"
}

// unexpected returns the error of an answer that is not what the method promises.
func unexpected(want string, got any) *Error {
	return &Error{Kind: Malformed, Message: "Odoo answered with " + describe(got) + " instead of " + want}
}
