package load

import (
	"maps"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// place is where a record stands in a load: its number, and its first and last
// row.
type place struct{ record, from, to int }

// span is the rows of one record. The first holds its own values; all of them
// may hold values of a one2many.
type span struct {
	from int
	rows [][]string
}

// spans groups the rows of a load into records. A row that has values for
// one2many fields and for nothing else belongs to the record above it.
func spans(t *orm.Table, columns []string, rows [][]string) []span {
	var found []span
	for i, cells := range rows {
		own, below := false, false
		for n, column := range columns {
			own = own || cells[n] != "" && !isChildColumn(t, column)
			below = below || cells[n] != "" && isChildColumn(t, column)
		}
		if below && !own && len(found) > 0 {
			last := &found[len(found)-1]
			last.rows = append(last.rows, cells)
			continue
		}
		found = append(found, span{from: i, rows: [][]string{cells}})
	}
	return found
}

// isChildColumn says whether a column such as "question_ids/title" belongs to
// the records of a one2many.
func isChildColumn(t *orm.Table, column string) bool {
	name, rest, _ := strings.Cut(column, "/")
	f := t.Field(name)
	return f != nil && rest != "" && f.Kind == orm.One2many
}

// parseChildren converts the cells that belong to one2many fields.
func parseChildren(e *orm.Env, t *orm.Table, at place, columns []string, rows [][]string) (map[string][]parsedRow, []xmlrpc.Object, error) {
	children := map[string][]parsedRow{}
	var failed []xmlrpc.Object
	for _, column := range columns {
		name, _, _ := strings.Cut(column, "/")
		if _, done := children[name]; done || !isChildColumn(t, column) {
			continue
		}
		other := e.Table(t.Field(name).Relation)
		below, cells := childCells(name, columns, rows)
		children[name] = nil
		for _, s := range spans(other, below, cells) {
			row, problems, err := parseRow(e, other, at, below, s.rows)
			if err != nil {
				return nil, nil, err
			}
			failed = append(failed, problems...)
			children[name] = append(children[name], row)
		}
	}
	return children, failed, nil
}

// childCells returns the columns of one one2many, without its name, and the
// rows that hold something in them.
func childCells(name string, columns []string, rows [][]string) (below []string, cells [][]string) {
	var at []int
	for i, column := range columns {
		if rest, ok := strings.CutPrefix(column, name+"/"); ok {
			at, below = append(at, i), append(below, rest)
		}
	}
	for _, row := range rows {
		part := make([]string, len(at))
		for i, n := range at {
			part[i] = row[n]
		}
		if strings.Join(part, "") != "" {
			cells = append(cells, part)
		}
	}
	return below, cells
}

// saveChildren writes the rows below a record; they need no external ids.
func saveChildren(e *orm.Env, r *orm.Record, row parsedRow) error {
	for _, name := range slices.Sorted(maps.Keys(row.children)) {
		f := r.Table.Field(name)
		t := e.Table(f.Relation)
		for _, child := range row.children[name] {
			child.values = maps.Clone(child.values)
			child.values[f.Inverse] = r.ID
			if child.external != "" {
				if _, err := saveRow(e, t, child); err != nil {
					return err
				}
				continue
			}
			made, err := e.Create(t, child.values)
			if err != nil {
				return err
			}
			if err := saveChildren(e, made, child); err != nil {
				return err
			}
		}
	}
	return nil
}
