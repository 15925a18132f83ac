package recordset

import (
	"context"
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// find reads the records of a query. If the answer as a whole cannot be read, it reads
// them by their ids, in halves, until the bad ones are alone; these have only an id
// and an error.
func find(ctx context.Context, c *odoo.Client, q Query) ([]Row, error) {
	records, err := Search(ctx, c, q)
	if err == nil {
		return rowsOf(q.Model, records), nil
	}
	if !odoo.IsKind(err, odoo.TooLarge, odoo.Malformed) {
		return nil, err
	}
	names := q
	names.Fields = []string{"id"}
	found, failed := Search(ctx, c, names)
	if failed != nil {
		return nil, err
	}
	ids := make([]int64, len(found))
	for i, record := range found {
		r := Row{Record: record, Model: q.Model}
		if ids[i] = r.ID(); r.Err != nil {
			return nil, r.Err
		}
	}
	var rows []Row
	return rows, apart(ids, func(ids []int64) error {
		some := q
		some.Domain, some.Limit = odoo.And(q.Domain, odoo.Term("id", "in", ids)), 0
		records, err := Search(ctx, c, some)
		rows = append(rows, rowsOf(q.Model, records)...)
		return err
	}, func(err error) bool { return odoo.IsKind(err, odoo.TooLarge, odoo.Malformed) }, func(id int64, err error) {
		rows = append(rows, Row{Record: odoo.Record{"id": id}, Model: q.Model, Err: &RecordError{Model: q.Model, Record: id, Err: err}})
	})
}

// RecordError says that no answer of Odoo's with this record can be read.
type RecordError struct {
	Model  string
	Record int64
	Err    error
}

func (e *RecordError) Error() string { return fmt.Sprintf("%s %d: %v", e.Model, e.Record, e.Err) }

// Unwrap returns what is wrong with the answer.
func (e *RecordError) Unwrap() error { return e.Err }

// Hint says what a person can do about it.
func (e *RecordError) Hint() string { return "shorten or correct what stands in this record in Odoo" }

// IsAboutRecord tells whether an error is about what stands in one record.
func IsAboutRecord(err error) bool {
	_, field := errors.AsType[*odoo.FieldError](err)
	_, record := errors.AsType[*RecordError](err)
	return field || record
}

func rowsOf(model string, records []odoo.Record) []Row {
	rows := make([]Row, len(records))
	for i, record := range records {
		rows[i] = Row{Record: record, Model: model}
	}
	return rows
}

// FindAmong reads those records of a query whose field has one of the ids. If a
// record does not tell which id it belongs to, it halves the ids until they are
// alone, and makes a value of each such id with broken.
func FindAmong[K ~int64, T any](ctx context.Context, c *odoo.Client, q Query, field string, ids []K,
	read func(*Row) T, broken func(K, error) T,
) ([]T, error) {
	all, domain := []T{}, q.Domain
	return all, apart(ids, func(ids []K) error {
		q.Domain = odoo.And(domain, odoo.Term(field, "in", ids))
		list, err := Find(ctx, c, q, read)
		all = append(all, list...)
		return err
	}, IsAboutRecord, func(id K, err error) { all = append(all, broken(id, err)) })
}

// mostApart is how many ids of a reading may fail alone. Of more, the fault is not
// theirs.
const mostApart = 20

// apart reads what belongs to ids, as many at once as can be. If an error may be due
// to one of them, as its says, it halves them until the bad ones are alone.
func apart[K ~int64](ids []K, read func([]K) error, its func(error) bool, broken func(K, error)) error {
	alone := 0
	_, err := odoo.Bisect(len(ids), func(from, to int) (refusal, err error) {
		if err = read(ids[from:to]); err == nil || !its(err) {
			return nil, err
		}
		if to-from > 1 {
			return err, nil
		}
		if alone++; alone > mostApart {
			return nil, err
		}
		broken(ids[from], err)
		return nil, nil
	})
	return err
}
