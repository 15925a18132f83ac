package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// ErrVanished says that somebody deleted a record between two calls.
var ErrVanished = errors.New("somebody deleted the entry")

// write changes records. Writing the same values again changes nothing, so the
// call may be repeated, as may the one of unlink.
func write[T ~int64](ctx context.Context, g *Gateway, model string, ids []T, values map[string]any) error {
	return g.change(ctx, odoo.Request{Model: model, Method: "write", Args: []any{ids, values}}, len(ids))
}

// unlink deletes records.
func unlink[T ~int64](ctx context.Context, g *Gateway, model string, ids []T) error {
	return g.change(ctx, odoo.Request{Model: model, Method: "unlink", Args: []any{ids}}, len(ids))
}

// change calls a method that answers with true, unless it is about no record.
func (g *Gateway) change(ctx context.Context, r odoo.Request, records int) error {
	if records == 0 {
		return nil
	}
	r.Repeatable = true
	answer, err := g.client.Call(ctx, r)
	if err != nil {
		return err
	}
	if done, _ := answer.(bool); !done {
		return odoo.MalformedAnswer(r.Model+"."+r.Method, answer)
	}
	return nil
}

// changeExisting changes those of the records that exist. Odoo refuses to change
// any if one of them was deleted.
func changeExisting[T ~int64](ctx context.Context, g *Gateway, model string, ids []T, change func([]T) error) error {
	for len(ids) > 0 {
		err := change(ids)
		if !odoo.IsKind(err, odoo.MissingRecord) {
			return err
		}
		left, reading := findIDs[T](ctx, g, query{model: model, domain: odoo.Term("id", "in", ids), fields: []string{"id"}, archived: true})
		if reading != nil || len(left) == len(ids) {
			return errors.Join(err, reading)
		}
		ids = left
	}
	return nil
}

// deleteAll deletes the records of a query.
func (g *Gateway) deleteAll(ctx context.Context, q query) error {
	ids, err := findIDs[int64](ctx, g, q)
	if err != nil {
		return err
	}
	return unlink(ctx, g, q.model, ids)
}

// loadAll makes records that do not exist. The first refusal is the error.
func (g *Gateway) loadAll(ctx context.Context, model string, columns []string, rows [][]string) error {
	loaded, err := g.client.Load(ctx, model, columns, rows, nil)
	if err != nil {
		return err
	}
	for _, l := range loaded {
		if l.Err != nil {
			return l.Err
		}
	}
	return nil
}

// loadAndRead makes the records that do not exist, and returns for each row the
// record that exists, or why there is none.
func loadAndRead[T any](ctx context.Context, g *Gateway, model string, columns []string, rows [][]string,
	read func(ids []int64) (map[int64]T, error),
) ([]T, []error, error) {
	loaded, err := g.client.Load(ctx, model, columns, rows, nil)
	if err != nil {
		return nil, nil, err
	}
	var ids []int64
	for _, l := range loaded {
		if l.Err == nil {
			ids = append(ids, l.ID)
		}
	}
	there, err := read(ids)
	if err != nil {
		return nil, nil, err
	}
	records, refused := make([]T, len(rows)), refusals(loaded)
	for i, l := range loaded {
		record, ok := there[l.ID]
		if !ok && refused[i] == nil {
			refused[i] = ErrVanished
		}
		records[i] = record
	}
	return records, refused, nil
}

// refusals returns the errors of the rows of a load, nil for a good one.
func refusals(loaded []odoo.Loaded) []error {
	errs := make([]error, len(loaded))
	for i, l := range loaded {
		errs[i] = l.Err
	}
	return errs
}

// attachment is a text that is attached to a record, once for its external id.
type attachment struct {
	externalID, name, text string
	model                  string
	on                     int64
}

// attach makes the attachments that do not exist.
func (g *Gateway) attach(ctx context.Context, list ...attachment) ([]odoo.Loaded, error) {
	rows, err := g.hide(ctx, attachmentRows(list))
	if err != nil {
		return nil, err
	}
	return g.loadAttachments(ctx, rows)
}

func attachmentRows(list []attachment) [][]string {
	rows := make([][]string, len(list))
	for i, a := range list {
		rows[i] = []string{a.externalID, a.name, a.text, a.model, fmt.Sprint(a.on)}
	}
	return rows
}

func (g *Gateway) loadAttachments(ctx context.Context, rows [][]string) ([]odoo.Loaded, error) {
	return g.client.Load(ctx, attachmentModel, []string{"id", "name", "description", "res_model", "res_id"}, rows, nil)
}

// refCell returns the cell of a reference in a load; 0 is no record.
func refCell[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}

// flag returns the cell of a boolean in a load.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
