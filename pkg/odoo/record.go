package odoo

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

// TimeLayout is how Odoo writes an instant, always in UTC
// (odoo.tools.DEFAULT_SERVER_DATETIME_FORMAT).
const TimeLayout = xmlvalue.TimeLayout

// Record is a record as Odoo's read and search_read answer it: values by the
// names of the fields that were asked for. Its methods know how Odoo writes an
// empty field, and refuse a field that was not asked for.
type Record map[string]any

// FieldError is the error of a field that is not what Odoo promises, or is out of
// range.
type FieldError struct {
	// Model is the technical name of the record's model; empty if it is not known.
	Model string
	// Record is the id of the record; 0 when it has none.
	Record int64
	Field  string
	Want   string
	// Got is the value if it can be told without telling what people wrote, else
	// what kind of value it is.
	Got string
}

// Error names the record, the field, what stands there, and what should.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s %d: the field %s is %s, not %s", cmp.Or(e.Model, "record"), e.Record, e.Field, e.Got, e.Want)
}

// Hint says what a person can do about it.
func (e *FieldError) Hint() string {
	return fmt.Sprintf("correct the field %s of this record in Odoo, for example with Export and Import of its list", e.Field)
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
		if !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, nil
		}
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

// The years of a date are those in which a record of a CRM can be about something.
// Odoo takes 26 for a year as well, and tells it without the two zeros.
const (
	firstYear = 1900
	lastYear  = 2199
)

// Time returns a datetime, in UTC; an empty field is the zero time. Its year is
// from 1900 to 2199.
func (r Record) Time(name string) (time.Time, error) {
	return r.instant(name, TimeLayout, "a time")
}

// Date returns a date as 2006-01-02; an empty field is "". Its year is from 1900
// to 2199.
func (r Record) Date(name string) (string, error) {
	t, err := r.instant(name, time.DateOnly, "a date")
	if err != nil || t.IsZero() {
		return "", err
	}
	return t.Format(time.DateOnly), nil
}

func (r Record) instant(name, layout, want string) (time.Time, error) {
	v, err := r.value(name)
	if err != nil || empty(v) {
		return time.Time{}, err
	}
	s, ok := v.(string)
	if !ok {
		return time.Time{}, r.mismatch(name, want, v)
	}
	if t, err := time.Parse(layout, s); err == nil && firstYear <= t.Year() && t.Year() <= lastYear {
		return t, nil
	}
	e := r.mismatch(name, fmt.Sprintf("%s from %d to %d", want, firstYear, lastYear), v)
	e.Got = strconv.Quote(cut(oneLine(s), maxValue))
	return time.Time{}, e
}

// Ref returns the id of the record that a many2one field points to, whether it was read
// with the name of that record or without; an empty field is 0.
func (r Record) Ref(name string) (int64, error) {
	if id, _ := r[name].(int64); id > 0 {
		return id, nil
	}
	id, _, err := r.pair(name)
	return id, err
}

// Label returns the name of the record that a many2one field points to, if it was read
// with names; an empty field is "".
func (r Record) Label(name string) (string, error) {
	_, label, err := r.pair(name)
	return label, err
}

// pair returns the id and the name in a many2one field; 0 and "" if it is empty.
func (r Record) pair(name string) (id int64, label string, err error) {
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

func (r Record) mismatch(name, want string, got any) *FieldError {
	id, _ := r["id"].(int64)
	return &FieldError{Record: id, Field: name, Want: want, Got: describe(got)}
}

// maxValue is how many characters of a date are quoted.
const maxValue = 30

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
