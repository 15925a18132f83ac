package orm

import (
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// predicate says whether a record satisfies a condition.
type predicate func(*Record) bool

// condition is a domain that was compiled for one table.
type condition struct {
	matches predicate
	// among lists the only records that can match, by id; narrowed is false
	// when that is not known.
	among    []int64
	narrowed bool
	// above is an id below those of all records that can match, or 0.
	above int64
	// fields are the model's own fields that the domain mentions.
	fields []string
	// chosen says that all records that match have one of some values in the
	// field [Model.SearchedBy].
	chosen bool
}

// domainParser compiles a domain in prefix notation, such as
// ['|', ('a', '=', 1), ('b', '=', 2)]. It remembers the first error, after which
// nothing that it returns is of use.
type domainParser struct {
	*Env
	table  *Table
	whole  []any
	terms  []any // what is still to be read
	fields []string
	err    error
}

// fail notes an error.
func (p *domainParser) fail(format string, args ...any) condition {
	if p.err == nil {
		p.err = ServerError(format, args...)
	}
	return condition{}
}

// compile compiles a domain; what stands side by side in it must all hold.
func (e *Env) compile(t *Table, domain any) (condition, error) {
	terms, ok := domain.([]any)
	if !ok && domain != nil && domain != false {
		return condition{}, ServerError("TypeError: Domain() invalid argument type for domain: %s", xmlrpc.Repr(domain))
	}
	p := &domainParser{Env: e, table: t, whole: terms, terms: terms}
	all := condition{matches: func(*Record) bool { return true }}
	for len(p.terms) > 0 && p.err == nil {
		all = both(all, p.term(false))
	}
	all.fields = p.fields
	return all, p.err
}

// both is the conjunction of two conditions.
func both(a, b condition) condition {
	c := condition{
		among: a.among, narrowed: a.narrowed, above: max(a.above, b.above), chosen: a.chosen || b.chosen,
		matches: func(r *Record) bool { return a.matches(r) && b.matches(r) },
	}
	if b.narrowed && (!a.narrowed || len(b.among) < len(a.among)) {
		c.among, c.narrowed = b.among, true
	}
	return c
}

// either is the disjunction of two conditions.
func either(a, b condition) condition {
	c := condition{above: min(a.above, b.above), chosen: a.chosen && b.chosen, matches: func(r *Record) bool { return a.matches(r) || b.matches(r) }}
	if a.narrowed && b.narrowed {
		c.narrowed = true
		c.among = slices.Concat(a.among, b.among)
		slices.Sort(c.among)
		c.among = slices.Compact(c.among)
	}
	return c
}

// term reads the next term, negated if wanted: De Morgan's laws carry the
// negation down to the leaves, as Odoo does.
func (p *domainParser) term(negated bool) condition {
	if len(p.terms) == 0 {
		return p.fail("ValueError: Domain() malformed domain %s", xmlrpc.Repr(p.whole))
	}
	head := p.terms[0]
	p.terms = p.terms[1:]
	if list, ok := head.([]any); ok && len(list) == 3 {
		if path, ok := list[0].(string); ok {
			op, _ := list[1].(string)
			return p.leaf(leaf{domainParser: p, path: path, op: strings.ToLower(op), value: list[2]}, negated)
		}
	}
	switch head {
	case "!":
		return p.term(!negated)
	case "&", "|":
		a, b := p.term(negated), p.term(negated)
		if (head == "&") != negated {
			return both(a, b)
		}
		return either(a, b)
	}
	return p.fail("ValueError: Domain() invalid item in domain: %s", xmlrpc.Repr(head))
}

// leaf compiles one condition on a field or on a path of fields.
func (p *domainParser) leaf(l leaf, negated bool) condition {
	if !slices.Contains(operators(), l.op) {
		return p.fail("ValueError: %s %s", p.Since(19, "Invalid operator in condition", "Invalid leaf"), l)
	}
	name, rest, dotted := strings.Cut(l.path, ".")
	l.field = p.table.fields[name]
	switch {
	case l.field == nil:
		return p.fail("ValueError: Invalid field %s.%s in %s %s", p.table.Name, name, p.Since(19, "condition", "leaf"), l)
	case l.field.Kind == Binary:
		return p.fail("ValueError: Cannot convert %s.%s to SQL because it is not stored", p.table.Name, name)
	case dotted && l.field.Relation == "":
		return p.fail("ValueError: Invalid field property '%s' on %s.%s", rest, p.table.Name, name)
	}
	p.fields = append(p.fields, name)
	if dotted {
		return p.path(l, rest, negated)
	}
	c := condition{matches: l.compile(negated)}
	if !negated && (l.op == "=" || l.op == "in") {
		c.among, c.narrowed = l.lookup()
		c.chosen = name == p.table.SearchedBy
	}
	if id, ok := l.value.(int64); ok && !negated && name == "id" && l.op == ">" {
		c.above = id
	}
	return c
}

// candidates returns the ids of the table's records that can match, ascending.
func (c condition) candidates(t *Table) []int64 {
	ids := t.IDs
	if c.narrowed {
		ids = c.among
	}
	from, _ := slices.BinarySearch(ids, c.above+1)
	return ids[from:]
}

// path compiles a condition on records of another model: it holds when one of
// the related records satisfies it.
func (p *domainParser) path(l leaf, rest string, negated bool) condition {
	other := p.Table(l.field.Relation)
	inner, err := p.compile(other, []any{[]any{rest, l.op, l.value}})
	if p.err == nil {
		p.err = err
	}
	return condition{matches: func(r *Record) bool {
		found := slices.ContainsFunc(IDs(p.Get(r, l.field.Name)), func(id int64) bool {
			related := other.Rows[id]
			return related != nil && inner.matches(related)
		})
		return found != negated
	}}
}

// IDs returns the ids in the value of a relational field.
func IDs(v any) []int64 {
	switch v := v.(type) {
	case int64:
		return []int64{v}
	case []int64:
		return v
	default:
		return nil
	}
}

// operators lists the comparisons that a domain may use.
func operators() []string {
	return []string{
		"=", "!=", "<>", "<", "<=", ">", ">=", "in", "not in",
		"like", "not like", "ilike", "not ilike", "=like", "=ilike", "not =like", "not =ilike",
	}
}
