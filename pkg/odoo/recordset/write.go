package recordset

import (
	"context"
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// ErrVanished says that somebody deleted a record between two calls.
var ErrVanished = errors.New("somebody deleted the entry")

// The commands with which a write changes a field that holds several records.
const (
	CommandUnlink = 3
	CommandLink   = 4
)

// Write changes records. Writing the same values again changes nothing, so the
// call may be repeated, as may the one of unlink.
func Write[T ~int64](ctx context.Context, c *odoo.Client, model string, ids []T, values map[string]any) error {
	return Change(ctx, c, odoo.Request{Model: model, Method: "write", Args: []any{ids, values}}, len(ids))
}

// Create makes a record without an external id.
func Create(ctx context.Context, c *odoo.Client, model string, values map[string]any) (int64, error) {
	answer, err := c.Call(ctx, odoo.Request{Model: model, Method: "create", Args: []any{values}})
	if err != nil {
		return 0, err
	}
	id, ok := answer.(int64)
	if !ok {
		return 0, odoo.MalformedAnswer(model+".create", answer)
	}
	return id, nil
}

// Unlink deletes those of the records that exist.
func Unlink[T ~int64](ctx context.Context, c *odoo.Client, model string, ids []T) error {
	return ChangeExisting(ctx, c, model, ids, func(ids []T) error {
		return Change(ctx, c, odoo.Request{Model: model, Method: "unlink", Args: []any{ids}}, len(ids))
	})
}

// Change calls a method that answers with true, unless it is about no record.
func Change(ctx context.Context, c *odoo.Client, r odoo.Request, records int) error {
	if records == 0 {
		return nil
	}
	r.Repeatable = true
	answer, err := c.Call(ctx, r)
	if err != nil {
		return err
	}
	if done, _ := answer.(bool); !done {
		return odoo.MalformedAnswer(r.Model+"."+r.Method, answer)
	}
	return nil
}

// ChangeExisting changes those of the records that exist. Odoo refuses to change
// any if one of them was deleted: it says that the record is missing or, of messages
// from Odoo 20 on, that the user lacks a right. If all exist, it means what it says.
func ChangeExisting[T ~int64](ctx context.Context, c *odoo.Client, model string, ids []T, change func([]T) error) error {
	for len(ids) > 0 {
		err := change(ids)
		if !odoo.IsKind(err, odoo.MissingRecord, odoo.AccessDenied) {
			return err
		}
		left, reading := existing(ctx, c, model, ids)
		if odoo.IsKind(reading, odoo.AccessDenied) || reading == nil && len(left) == len(ids) {
			return err
		}
		if reading != nil {
			return errors.Join(err, reading)
		}
		ids = left
	}
	return nil
}

// existing returns those of the ids that exist. get_metadata leaves out the others as
// read does, but is never about a replica of the database, in which what was deleted
// may still stand.
func existing[T ~int64](ctx context.Context, c *odoo.Client, model string, ids []T) ([]T, error) {
	records, err := Call(ctx, c, odoo.Request{Model: model, Method: "get_metadata", Args: []any{ids}, Repeatable: true})
	if err != nil {
		return nil, err
	}
	left := make([]T, len(records))
	for i, record := range records {
		r := Row{Record: record, Model: model}
		if left[i] = T(r.ID()); r.Err != nil {
			return nil, r.Err
		}
	}
	return left, nil
}

// DeleteAll deletes the records of a query.
func DeleteAll(ctx context.Context, c *odoo.Client, q Query) error {
	ids, err := FindIDs[int64](ctx, c, q)
	if err != nil {
		return err
	}
	return Unlink(ctx, c, q.Model, ids)
}

// LoadAll makes records that do not exist. The first refusal is the error.
func LoadAll(ctx context.Context, c *odoo.Client, model string, columns []string, rows [][]string) error {
	loaded, err := c.Load(ctx, model, columns, rows, nil)
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

// LoadAndRead makes the records that do not exist, and returns for each row the
// record that exists, or why there is none.
func LoadAndRead[T any](ctx context.Context, c *odoo.Client, model string, columns []string, rows [][]string,
	read func(ids []int64) (map[int64]T, error),
) ([]T, []error, error) {
	loaded, err := c.Load(ctx, model, columns, rows, nil)
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
	records, refused := make([]T, len(rows)), Refusals(loaded)
	for i, l := range loaded {
		record, ok := there[l.ID]
		if !ok && refused[i] == nil {
			refused[i] = ErrVanished
		}
		records[i] = record
	}
	return records, refused, nil
}

// Refusals returns the errors of the rows of a load, nil for a good one.
func Refusals(loaded []odoo.Loaded) []error {
	errs := make([]error, len(loaded))
	for i, l := range loaded {
		errs[i] = l.Err
	}
	return errs
}

// RefCell returns the cell of a reference in a load; 0 is no record.
func RefCell[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}

// Flag returns the cell of a boolean in a load.
func Flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
