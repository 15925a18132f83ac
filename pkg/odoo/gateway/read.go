package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// query is what to read of a model.
type query struct {
	model  string
	domain odoo.Domain
	fields []string
	// limit is for how many records at most; 0 is for all.
	limit int
	// newest begins with the highest id, not with the lowest.
	newest bool
	// archived asks for archived records as well.
	archived bool
	// language is the one of translated fields; empty for the user's.
	language string
}

// find reads records, and makes a value of each.
func find[T any](ctx context.Context, g *Gateway, q query, read func(*row) T) ([]T, error) {
	records, err := g.search(ctx, q)
	if err != nil {
		return nil, err
	}
	return each(q.model, records, read)
}

// each makes a value of each record. The first field that is not as Odoo
// promises ends it.
func each[T any](model string, records []odoo.Record, read func(*row) T) ([]T, error) {
	list := make([]T, len(records))
	for i, record := range records {
		r := row{record: record, model: model}
		if list[i] = read(&r); r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// findIDs returns the ids of the records.
func findIDs[T ~int64](ctx context.Context, g *Gateway, q query) ([]T, error) {
	return find(ctx, g, q, func(r *row) T { return T(r.id()) })
}

// findMap reads records, and makes a key and a value of each.
func findMap[K comparable, V any](ctx context.Context, g *Gateway, q query, read func(*row) (K, V)) (map[K]V, error) {
	records, err := g.search(ctx, q)
	if err != nil {
		return nil, err
	}
	return eachMap(q.model, records, read)
}

func eachMap[K comparable, V any](model string, records []odoo.Record, read func(*row) (K, V)) (map[K]V, error) {
	values := make(map[K]V, len(records))
	for _, record := range records {
		r := row{record: record, model: model}
		if key, value := read(&r); r.err == nil {
			values[key] = value
			continue
		}
		return nil, r.err
	}
	return values, nil
}

// member is for findMap: it makes a set of the records.
func member[T ~int64](r *row) (T, bool) { return T(r.id()), true }

// group makes lists of the values that have the same key.
func group[K comparable, V any](list []V, key func(V) K) map[K][]V {
	groups := map[K][]V{}
	for _, v := range list {
		groups[key(v)] = append(groups[key(v)], v)
	}
	return groups
}

// search reads the records of a query.
func (g *Gateway) search(ctx context.Context, q query) ([]odoo.Record, error) {
	if q.domain.SelectsNothing() {
		return nil, nil
	}
	kwargs := map[string]any{"fields": q.fields, "order": "id"}
	if q.newest {
		kwargs["order"] = "id desc"
	}
	if q.limit > 0 {
		kwargs["limit"] = q.limit
	}
	switch {
	case q.archived:
		kwargs["context"] = map[string]any{"active_test": false}
	case q.language != "":
		kwargs["context"] = map[string]any{"lang": q.language}
	}
	return g.records(ctx, odoo.Request{Model: q.model, Method: "search_read", Args: []any{q.domain}, Kwargs: kwargs, Repeatable: true})
}

// read reads records by their ids.
func (g *Gateway) read(ctx context.Context, model string, ids any, fields ...string) ([]odoo.Record, error) {
	return g.records(ctx, odoo.Request{
		Model: model, Method: "read", Args: []any{ids}, Kwargs: map[string]any{"fields": fields}, Repeatable: true,
	})
}

func (g *Gateway) records(ctx context.Context, r odoo.Request) ([]odoo.Record, error) {
	answer, err := g.client.Call(ctx, r)
	if err != nil {
		return nil, err
	}
	return odoo.Records(answer)
}

func (g *Gateway) count(ctx context.Context, model string, domain odoo.Domain) (int, error) {
	answer, err := g.client.Call(ctx, odoo.Request{Model: model, Method: "search_count", Args: []any{domain}, Repeatable: true})
	if err != nil {
		return 0, err
	}
	n, ok := answer.(int64)
	if !ok {
		return 0, odoo.MalformedAnswer(model+".search_count", answer)
	}
	return int(n), nil
}

// byExternalID returns the record of the domain that has the external id. The
// user may not read ir.model.data, but get_metadata has the id of any record.
func (g *Gateway) byExternalID(ctx context.Context, model string, domain odoo.Domain, externalID string) (int64, error) {
	ids, err := findIDs[int64](ctx, g, query{model: model, domain: domain, fields: []string{"id"}, archived: true})
	if err != nil {
		return 0, err
	}
	id, err := g.withExternalID(ctx, model, ids, externalID)
	if err == nil && id == 0 {
		err = &odoo.Error{
			Kind: odoo.UnknownName, Step: "find " + externalID, Message: fmt.Sprintf("Odoo has no such record among %d of %s", len(ids), model),
		}
	}
	return id, err
}

// withExternalID returns which of the ids has the external id, 0 for none.
func (g *Gateway) withExternalID(ctx context.Context, model string, ids []int64, externalID string) (int64, error) {
	metadata, err := g.records(ctx, odoo.Request{Model: model, Method: "get_metadata", Args: []any{ids}, Repeatable: true})
	if err != nil {
		return 0, err
	}
	for _, record := range metadata {
		r := row{record: record, model: model}
		if r.text("xmlid") == externalID {
			return r.id(), r.err
		}
	}
	return 0, nil
}

// row reads the fields of a record and keeps the first error.
type row struct {
	record odoo.Record
	model  string
	err    error
}

func (r *row) id() int64                  { return r.int("id") }
func (r *row) int(name string) int64      { return field(r, name, r.record.Int) }
func (r *row) text(name string) string    { return field(r, name, r.record.Text) }
func (r *row) bool(name string) bool      { return field(r, name, r.record.Bool) }
func (r *row) float(name string) float64  { return field(r, name, r.record.Float) }
func (r *row) time(name string) time.Time { return field(r, name, r.record.Time) }
func (r *row) ids(name string) []int64    { return field(r, name, r.record.IDs) }

// ref returns the id of the record that a field points to, label its name.
func (r *row) ref(name string) int64 {
	return field(r, name, func(name string) (int64, error) {
		id, _, err := r.record.Ref(name)
		return id, err
	})
}

func (r *row) label(name string) string {
	_, label, _ := r.record.Ref(name) // ref returns the error.
	return label
}

func field[T any](r *row, name string, get func(string) (T, error)) T {
	v, err := get(name)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("read %s: %w", r.model, err)
	}
	return v
}
