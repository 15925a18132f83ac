// Package recordset reads and changes sets of records through a client for Odoo:
// records that a [Query] selects, given ids, or rows of load.
//
// A [Row] reads the fields of one record and keeps the first error, so that a
// caller reads them all and asks once. The error ends the reading of all records,
// unless the caller takes it with [Row.Unreadable] and says so in the value that it
// makes. Every change may be repeated. A change goes on with the records that still
// exist if others were deleted meanwhile.
package recordset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Query is what to read of a model.
type Query struct {
	Model  string
	Domain odoo.Domain
	Fields []string
	// By is the field by which the records are ordered first, and then by their ids;
	// empty for the ids alone.
	By string
	// Limit is for how many records at most; 0 is for all.
	Limit int
	// Newest begins with the highest id, not with the lowest.
	Newest bool
	// Archived asks for archived records as well.
	Archived bool
	// Language is the one of translated fields; empty for the user's.
	Language string
	// Aside is that of [odoo.Request].
	Aside bool
	// NoNames asks for references without the names of what they point to, which Odoo
	// has to read: [Row.Label] fails then.
	NoNames bool
}

// Find reads records, and makes a value of each.
func Find[T any](ctx context.Context, c *odoo.Client, q Query, read func(*Row) T) ([]T, error) {
	rows, err := find(ctx, c, q)
	if err != nil {
		return nil, err
	}
	list := make([]T, len(rows))
	for i := range rows {
		if list[i] = read(&rows[i]); rows[i].Err != nil {
			return nil, rows[i].Err
		}
	}
	return list, nil
}

// FindIDs returns the ids of the records.
func FindIDs[T ~int64](ctx context.Context, c *odoo.Client, q Query) ([]T, error) {
	return Find(ctx, c, q, func(r *Row) T { return T(r.ID()) })
}

// FindMap reads records, and makes a key and a value of each.
func FindMap[K comparable, V any](ctx context.Context, c *odoo.Client, q Query, read func(*Row) (K, V)) (map[K]V, error) {
	rows, err := find(ctx, c, q)
	if err != nil {
		return nil, err
	}
	return eachMap(rows, read)
}

// EachMap makes a key and a value of each record.
func EachMap[K comparable, V any](model string, records []odoo.Record, read func(*Row) (K, V)) (map[K]V, error) {
	return eachMap(rowsOf(model, records), read)
}

// eachMap ends with the first error that no [Row.Unreadable] took.
func eachMap[K comparable, V any](rows []Row, read func(*Row) (K, V)) (map[K]V, error) {
	values := make(map[K]V, len(rows))
	for i := range rows {
		key, value := read(&rows[i])
		if rows[i].Err != nil {
			return nil, rows[i].Err
		}
		values[key] = value
	}
	return values, nil
}

// Member is for [FindMap]: it makes a set of the records.
func Member[T ~int64](r *Row) (T, bool) {
	id := T(r.ID())
	_ = r.Unreadable() // No other field matters.
	return id, true
}

// Unknown returns the ids that are not among the known ones.
func Unknown[K comparable, V any](ids []K, known map[K]V) []K {
	return slices.DeleteFunc(slices.Clone(ids), func(id K) bool {
		_, ok := known[id]
		return ok
	})
}

// Group makes lists of the values that have the same key.
func Group[K comparable, V any](list []V, key func(V) K) map[K][]V {
	groups := map[K][]V{}
	for _, v := range list {
		groups[key(v)] = append(groups[key(v)], v)
	}
	return groups
}

// Search reads the records of a query.
func Search(ctx context.Context, c *odoo.Client, q Query) ([]odoo.Record, error) {
	if q.Domain.SelectsNothing() {
		return nil, nil
	}
	kwargs := map[string]any{"fields": q.Fields, "order": "id"}
	if q.Newest {
		kwargs["order"] = "id desc"
	}
	if q.By != "" {
		kwargs["order"] = q.By + ", id"
	}
	if q.Limit > 0 {
		kwargs["limit"] = q.Limit
	}
	if q.NoNames {
		kwargs["load"] = "" // _read_format of BaseModel: anything but "_classic_read"
	}
	values := map[string]any{}
	if q.Archived {
		values["active_test"] = false
	}
	if q.Language != "" {
		values["lang"] = q.Language
	}
	if len(values) > 0 {
		kwargs["context"] = values
	}
	return Call(ctx, c, odoo.Request{Model: q.Model, Method: "search_read", Args: []any{q.Domain}, Kwargs: kwargs, Repeatable: true, Aside: q.Aside})
}

// Read reads records by their ids.
func Read(ctx context.Context, c *odoo.Client, model string, ids any, fields ...string) ([]odoo.Record, error) {
	return Call(ctx, c, odoo.Request{
		Model: model, Method: "read", Args: []any{ids}, Kwargs: map[string]any{"fields": fields}, Repeatable: true,
	})
}

// Call makes a call that answers with records.
func Call(ctx context.Context, c *odoo.Client, r odoo.Request) ([]odoo.Record, error) {
	answer, err := c.Call(ctx, r)
	if err != nil {
		return nil, err
	}
	return odoo.Records(answer)
}

// Describe returns attributes of fields of a model by the fields' names: of those
// that are named and that the model has, or of all if none is named.
func Describe(ctx context.Context, c *odoo.Client, model string, names []string, attributes ...string) (map[string]*Row, error) {
	r := odoo.Request{Model: model, Method: "fields_get", Kwargs: map[string]any{"attributes": attributes}, Repeatable: true}
	if len(names) > 0 {
		r.Kwargs["allfields"] = names
	}
	answer, err := c.Call(ctx, r)
	if err != nil {
		return nil, err
	}
	described, ok := answer.(map[string]any)
	if !ok {
		return nil, odoo.MalformedAnswer(model+".fields_get", answer)
	}
	fields := make(map[string]*Row, len(described))
	for name, description := range described {
		record, ok := description.(map[string]any)
		if !ok {
			return nil, odoo.MalformedAnswer(model+".fields_get", description)
		}
		fields[name] = &Row{Record: record, Model: model}
	}
	return fields, nil
}

// Count returns how many records a domain selects.
func Count(ctx context.Context, c *odoo.Client, model string, domain odoo.Domain) (int, error) {
	answer, err := c.Call(ctx, odoo.Request{Model: model, Method: "search_count", Args: []any{domain}, Repeatable: true})
	if err != nil {
		return 0, err
	}
	n, ok := answer.(int64)
	if !ok {
		return 0, odoo.MalformedAnswer(model+".search_count", answer)
	}
	return int(n), nil
}

// ByExternalID returns the record of the domain that has the external id. The
// user may not read ir.model.data, but get_metadata has the id of any record. It is
// for records that come with Odoo, and are there for long.
func ByExternalID(ctx context.Context, c *odoo.Client, model string, domain odoo.Domain, externalID string) (int64, error) {
	ids, err := FindIDs[int64](ctx, c, Query{Model: model, Domain: domain, Fields: []string{"id"}, Archived: true, Aside: true})
	if err != nil {
		return 0, err
	}
	id, err := WithExternalID(ctx, c, model, ids, externalID)
	if err == nil && id == 0 {
		err = &odoo.Error{
			Kind: odoo.UnknownName, Step: "find " + externalID, Message: fmt.Sprintf("Odoo has no such record among %d of %s", len(ids), model),
		}
	}
	return id, err
}

// WithExternalID returns which of the ids has the external id, 0 for none.
func WithExternalID(ctx context.Context, c *odoo.Client, model string, ids []int64, externalID string) (int64, error) {
	metadata, err := Call(ctx, c, odoo.Request{Model: model, Method: "get_metadata", Args: []any{ids}, Repeatable: true})
	if err != nil {
		return 0, err
	}
	for _, record := range metadata {
		r := Row{Record: record, Model: model}
		if r.Text("xmlid") == externalID {
			return r.ID(), r.Err
		}
	}
	return 0, nil
}

// Row reads the fields of a record and keeps the first error.
type Row struct {
	Record odoo.Record
	Model  string
	Err    error
}

// Unreadable returns the first error, which then ends nothing but what the caller
// makes of this record. Fields that name it, id and those given, must be readable:
// otherwise the error stays, and it returns nil.
func (r *Row) Unreadable(naming ...string) error {
	for _, name := range append(naming, "id") {
		if id, err := r.Record.Ref(name); err != nil || id == 0 {
			return nil
		}
	}
	err := r.Err
	r.Err = nil
	return err
}

// Has tells whether the field was read.
func (r *Row) Has(name string) bool {
	_, has := r.Record[name]
	return has
}

// ID returns the id of the record.
func (r *Row) ID() int64 { return r.Int("id") }

// Int returns a whole number.
func (r *Row) Int(name string) int64 { return field(r, name, r.Record.Int) }

// Text returns a text; empty for Odoo's false.
func (r *Row) Text(name string) string { return field(r, name, r.Record.Text) }

// Bool returns a boolean.
func (r *Row) Bool(name string) bool { return field(r, name, r.Record.Bool) }

// Float returns a number.
func (r *Row) Float(name string) float64 { return field(r, name, r.Record.Float) }

// Time returns an instant in UTC; zero for Odoo's false.
func (r *Row) Time(name string) time.Time { return field(r, name, r.Record.Time) }

// Created returns when the record was made. Every record has that; without it, what is
// counted from it would be very old.
func (r *Row) Created() time.Time {
	const name = "create_date"
	at := r.Time(name)
	if at.IsZero() && r.Err == nil {
		r.Err = &odoo.FieldError{Model: r.Model, Record: r.ID(), Field: name, Want: "a time", Got: "empty"}
	}
	return at
}

// Date returns a civil date as 2006-01-02; empty for Odoo's false.
func (r *Row) Date(name string) string { return field(r, name, r.Record.Date) }

// IDs returns the ids of a one2many or many2many field.
func (r *Row) IDs(name string) []int64 { return field(r, name, r.Record.IDs) }

// IDsOf returns the ids of a one2many or many2many field as a type of their own; nil
// for none.
func IDsOf[T ~int64](r *Row, name string) []T {
	var ids []T
	for _, id := range r.IDs(name) {
		ids = append(ids, T(id))
	}
	return ids
}

// Ref returns the id of the record that a many2one field points to.
func (r *Row) Ref(name string) int64 {
	return field(r, name, r.Record.Ref)
}

// Label returns the name of the record that a many2one field points to.
func (r *Row) Label(name string) string {
	return field(r, name, r.Record.Label)
}

func field[T any](r *Row, name string, get func(string) (T, error)) T {
	v, err := get(name)
	if err != nil && r.Err == nil {
		if e, ok := errors.AsType[*odoo.FieldError](err); ok {
			e.Model = r.Model
		}
		r.Err = err
	}
	return v
}
