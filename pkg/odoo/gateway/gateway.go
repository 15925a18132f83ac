// Package gateway turns Odoo's values into the records of package crm, and what
// the runs want into calls.
//
// Its [Gateway] implements what the slices ask of Odoo. Odoo's wire values, false
// for what is empty and [id, "name"] for a reference, end here. Fields are asked
// for by name, records in batches, and every write can be repeated.
package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// Gateway turns what crm-tool wants to know and do into calls to Odoo, and
// Odoo's records into those of package crm. Fields are asked for by name.
type Gateway struct {
	client *odoo.Client

	// What a run asks for again and again and does not change meanwhile.
	users     map[crm.UserID]crm.Salesperson
	companies map[crm.CompanyID]crm.Company
	won       map[crm.StageID]bool
	// discussions is the subtype of messages that clients may see.
	discussions int64
	// surveys are those that were found to be as their files say.
	surveys map[string]crm.Survey
	// team is the one that the shared state hangs on.
	team int64
}

var _ ledger.Entries = (*Gateway)(nil)

// New returns a gateway over a client. It is not safe for concurrent use.
func New(c *odoo.Client) *Gateway {
	return &Gateway{
		client:    c,
		users:     map[crm.UserID]crm.Salesperson{},
		companies: map[crm.CompanyID]crm.Company{},
		surveys:   map[string]crm.Survey{},
	}
}

// Now is Odoo's clock, as its last answer told it.
func (g *Gateway) Now() time.Time { return g.client.Now() }

// Session is what crm-tool learns about itself when it logs in.
type Session struct {
	User crm.UserID
	// Zone is the integration user's time zone; it may be empty.
	Zone string
	// Language is the integration user's.
	Language string
	Company  crm.CompanyID
	Version  odoo.Version
}

// Open logs in.
func (g *Gateway) Open(ctx context.Context) (Session, error) {
	uid, err := g.client.Login(ctx)
	if err != nil {
		return Session{}, err
	}
	records, err := g.read(ctx, "res.users", []int64{uid}, "tz", "lang", "company_id")
	if err != nil {
		return Session{}, err
	}
	if len(records) != 1 {
		return Session{}, fmt.Errorf("read the integration user: Odoo returned %d users", len(records))
	}
	r := row{record: records[0], model: "res.users"}
	s := Session{
		User: crm.UserID(uid),
		Zone: r.text("tz"), Language: r.text("lang"),
		Company: crm.CompanyID(r.ref("company_id")),
		Version: g.client.Version(),
	}
	return s, r.err
}

// context returns the keyword argument that carries an Odoo context.
func withContext(kwargs map[string]any, key string, value any) map[string]any {
	kwargs["context"] = map[string]any{key: value}
	return kwargs
}

func fieldList(fields []string) map[string]any {
	return map[string]any{"fields": fields}
}

func (g *Gateway) read(ctx context.Context, model string, ids any, fields ...string) ([]odoo.Record, error) {
	return g.records(ctx, odoo.Request{
		Model: model, Method: "read", Args: []any{ids}, Kwargs: fieldList(fields), Repeatable: true,
	})
}

// search reads the records of a domain by ascending id; limit 0 is no limit.
func (g *Gateway) search(ctx context.Context, model string, domain odoo.Domain, limit int, fields ...string) ([]odoo.Record, error) {
	kwargs := fieldList(fields)
	kwargs["order"] = "id"
	if limit > 0 {
		kwargs["limit"] = limit
	}
	return g.records(ctx, odoo.Request{
		Model: model, Method: "search_read", Args: []any{domain}, Kwargs: kwargs, Repeatable: true,
	})
}

// searchAll is search with archived records.
func (g *Gateway) searchAll(ctx context.Context, model string, domain odoo.Domain, fields ...string) ([]odoo.Record, error) {
	kwargs := withContext(fieldList(fields), "active_test", false)
	kwargs["order"] = "id"
	return g.records(ctx, odoo.Request{
		Model: model, Method: "search_read", Args: []any{domain}, Kwargs: kwargs, Repeatable: true,
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

// write and unlink change records by id. Writing the same values twice, and
// deleting what is deleted, changes nothing: both may be repeated.
func (g *Gateway) write(ctx context.Context, model string, ids any, values map[string]any) error {
	return g.confirmed(ctx, odoo.Request{Model: model, Method: "write", Args: []any{ids, values}, Repeatable: true})
}

func (g *Gateway) unlink(ctx context.Context, model string, ids any) error {
	return g.confirmed(ctx, odoo.Request{Model: model, Method: "unlink", Args: []any{ids}, Repeatable: true})
}

func (g *Gateway) confirmed(ctx context.Context, r odoo.Request) error {
	answer, err := g.client.Call(ctx, r)
	if err != nil {
		return err
	}
	if done, _ := answer.(bool); !done {
		return odoo.MalformedAnswer(r.Model+"."+r.Method, answer)
	}
	return nil
}

// row reads fields of a record and keeps the first error.
type row struct {
	record odoo.Record
	model  string
	err    error
}

func (r *row) id() int64                 { return r.int("id") }
func (r *row) int(name string) int64     { return field(r, name, r.record.Int) }
func (r *row) text(name string) string   { return field(r, name, r.record.Text) }
func (r *row) bool(name string) bool     { return field(r, name, r.record.Bool) }
func (r *row) float(name string) float64 { return field(r, name, r.record.Float) }
func (r *row) time(name string) time.Time {
	return field(r, name, r.record.Time)
}

func (r *row) ref(name string) int64 {
	return field(r, name, func(name string) (int64, error) {
		id, _, err := r.record.Ref(name)
		return id, err
	})
}

// idList returns the ids of records in their order.
func idList(records []odoo.Record, model string) ([]int64, error) {
	ids := make([]int64, len(records))
	for i, record := range records {
		var err error
		if ids[i], err = record.Int("id"); err != nil {
			return nil, fmt.Errorf("read %s: %w", model, err)
		}
	}
	return ids, nil
}

// idSet returns the ids of records.
func idSet[T ~int64](records []odoo.Record, model string) (map[T]bool, error) {
	ids := make(map[T]bool, len(records))
	for _, record := range records {
		id, err := record.Int("id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", model, err)
		}
		ids[T(id)] = true
	}
	return ids, nil
}

func idsOf[T ~int64](r *row, name string) []T {
	var ids []T
	for _, id := range field(r, name, r.record.IDs) {
		ids = append(ids, T(id))
	}
	return ids
}

func field[T any](r *row, name string, get func(string) (T, error)) T {
	v, err := get(name)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("read %s: %w", r.model, err)
	}
	return v
}
