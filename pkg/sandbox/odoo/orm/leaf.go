package orm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// leaf is one condition of a domain.
type leaf struct {
	*domainParser
	field *Field
	path  string
	op    string
	value any
}

// String is the condition as Odoo's errors show it.
func (l leaf) String() string {
	return fmt.Sprintf("('%s', '%s', %s)", l.path, l.op, xmlrpc.Repr(l.value))
}

// wanted returns the values of a condition that may have one or several.
func (l leaf) wanted() []any {
	if list, ok := l.value.([]any); ok {
		return list
	}
	return []any{l.value}
}

// lookup returns the ids of the records that an index or the condition itself
// names. It is false when every record must be looked at.
func (l leaf) lookup() ([]int64, bool) {
	wanted := l.wanted()
	x := l.table.indexes[l.field.Name]
	if l.field.Name != "id" && x == nil || slices.Contains(wanted, any(false)) || slices.Contains(wanted, nil) {
		return nil, false
	}
	var found []int64
	for _, v := range wanted {
		if l.field.Name != "id" {
			found = append(found, x[v]...)
		} else if id, ok := v.(int64); ok {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), true
}

// compile returns the predicate of the condition, or of its opposite.
//
// What a comparison with an empty value means differs: up to 18 it is SQL's
// "unknown", which no negation makes true, but for operators that have an
// opposite of their own. From 19 on the opposite is the true complement.
func (l leaf) compile(negated bool) predicate {
	if opposite, ok := l.opposite(); negated && ok {
		l.op, negated = opposite, false
	}
	test, unknown := l.test(), negated && l.Version >= 19
	return func(r *Record) bool {
		v := l.Get(r, l.field.Name)
		if v == nil && !l.coversEmpty() {
			return unknown
		}
		return test(v) != negated
	}
}

// opposite returns the operator that is true where this one is false.
func (l leaf) opposite() (string, bool) {
	op, ok := map[string]string{
		"=": "!=", "!=": "=", "<>": "=", "in": "not in", "not in": "in",
		"like": "not like", "not like": "like", "ilike": "not ilike", "not ilike": "ilike",
		"=like": "not =like", "not =like": "=like", "=ilike": "not =ilike", "not =ilike": "=ilike",
	}[l.op]
	return op, ok && (l.Version >= 19 || !strings.Contains(l.op, "=") || !strings.Contains(l.op, "like"))
}

// coversEmpty is true for operators that say something about empty values.
func (l leaf) coversEmpty() bool {
	switch l.op {
	case "=", "!=", "<>", "in", "not in", "not like", "not ilike", "not =like", "not =ilike":
		return true
	case "<", "<=", ">", ">=":
		numeric := l.field.Kind == Integer || l.field.Kind == Float
		return numeric && l.Version >= 19
	default:
		return false
	}
}

// test returns the comparison of a value with the condition's own.
func (l leaf) test() func(any) bool {
	switch l.op {
	case "=", "!=", "<>", "in", "not in":
		return l.membership()
	case "<", "<=", ">", ">=":
		return l.inequality()
	default:
		return l.pattern()
	}
}

// membership compares with one value or with several.
func (l leaf) membership() func(any) bool {
	set := map[any]bool{}
	for _, v := range l.wanted() {
		for _, key := range l.keys(v) {
			set[key] = true
		}
	}
	positive := l.op == "=" || l.op == "in"
	return func(v any) bool {
		if list, ok := v.([]int64); ok {
			found := slices.ContainsFunc(list, func(id int64) bool { return set[id] })
			return (found || len(list) == 0 && set[nil]) == positive
		}
		return set[l.comparable(v)] == positive
	}
}

// comparable brings a stored value into the form of the keys.
func (l leaf) comparable(v any) any {
	switch v := v.(type) {
	case time.Time:
		if l.Version >= 19 {
			return v.Truncate(time.Second).UnixNano()
		}
		return v.UnixNano()
	case bool:
		if !v {
			return nil
		}
	case string:
		if v == "" && l.Version >= 19 {
			return nil
		}
	case nil:
		if l.field.Kind == Integer || l.field.Kind == Float {
			return int64(0)
		}
	}
	return v
}

// keys returns what a value of the domain stands for.
func (l leaf) keys(v any) []any {
	numeric := l.field.Kind == Integer || l.field.Kind == Float
	name, isName := v.(string)
	switch {
	case IsFalse(v) && numeric:
		return []any{int64(0), float64(0), nil}
	case IsFalse(v):
		return []any{nil}
	case numeric || l.field.Kind == Reference:
		return []any{value.Number(v), int64(value.Number(v))}
	case l.field.Kind == Datetime:
		return []any{l.instant(v).UnixNano()}
	case l.field.Relation != "" && isName:
		return l.named(name)
	default:
		return []any{l.comparable(v)}
	}
}

// named returns the related records with that display name.
func (l leaf) named(name string) []any {
	if l.field.Kind != Many2one && l.Version < 19 && (l.op == "in" || l.op == "not in") {
		l.fail("ValueError: Invalid value for %s in domain term: %s", l.path, xmlrpc.Repr(l.value))
	}
	var found []any
	for id, r := range l.Table(l.field.Relation).Rows {
		if l.Title(r) == name {
			found = append(found, id)
		}
	}
	return found
}

// IsFalse is true for what Odoo takes for an absent value.
func IsFalse(v any) bool { return v == nil || v == false }

// inequality compares by size or by time.
func (l leaf) inequality() func(any) bool {
	if l.field.Kind == Datetime {
		return l.chronology()
	}
	return func(v any) bool {
		if a, ok := v.(string); ok {
			b, _ := l.value.(string)
			return value.InOrder(l.op, strings.Compare(a, b))
		}
		return value.InOrder(l.op, cmp.Compare(value.Number(v), value.Number(l.value)))
	}
}
