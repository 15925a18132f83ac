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
	// fields are the model's own fields that the domain mentions.
	fields []string
}

// domainParser compiles a domain in prefix notation, such as
// ['|', ('a', '=', 1), ('b', '=', 2)].
type domainParser struct {
	env    *Env
	table  *Table
	whole  []any
	terms  []any // what is still to be read
	fields []string
}

// compile compiles a domain; what stands side by side in it must all hold.
func (e *Env) compile(t *Table, domain any) (condition, error) {
	terms, ok := domain.([]any)
	if !ok && domain != nil && domain != false {
		return condition{}, ServerError("TypeError: Domain() invalid argument type for domain: %s", xmlrpc.Repr(domain))
	}
	p := &domainParser{env: e, table: t, whole: terms, terms: terms}
	all := condition{matches: func(*Record) bool { return true }}
	for len(p.terms) > 0 {
		c, err := p.term(false)
		if err != nil {
			return condition{}, err
		}
		all = both(all, c)
	}
	all.fields = p.fields
	return all, nil
}

// both is the conjunction of two conditions.
func both(a, b condition) condition {
	c := condition{among: a.among, narrowed: a.narrowed, matches: func(r *Record) bool { return a.matches(r) && b.matches(r) }}
	if b.narrowed && (!a.narrowed || len(b.among) < len(a.among)) {
		c.among, c.narrowed = b.among, true
	}
	return c
}

// either is the disjunction of two conditions.
func either(a, b condition) condition {
	c := condition{matches: func(r *Record) bool { return a.matches(r) || b.matches(r) }}
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
func (p *domainParser) term(negated bool) (condition, error) {
	if len(p.terms) == 0 {
		return condition{}, ServerError("ValueError: Domain() malformed domain %s", xmlrpc.Repr(p.whole))
	}
	head := p.terms[0]
	p.terms = p.terms[1:]
	switch head := head.(type) {
	case string:
		return p.operator(head, negated)
	case []any:
		if len(head) == 3 {
			if path, ok := head[0].(string); ok {
				return p.leaf(path, head[1], head[2], negated)
			}
		}
	}
	return condition{}, ServerError("ValueError: Domain() invalid item in domain: %s", xmlrpc.Repr(head))
}

// operator reads the operands of '&', '|' or '!'.
func (p *domainParser) operator(op string, negated bool) (condition, error) {
	if op == "!" {
		return p.term(!negated)
	}
	if op != "&" && op != "|" {
		return condition{}, ServerError("ValueError: Domain() invalid item in domain: %s", xmlrpc.Repr(op))
	}
	a, err := p.term(negated)
	if err != nil {
		return condition{}, err
	}
	b, err := p.term(negated)
	if err != nil {
		return condition{}, err
	}
	if (op == "&") != negated {
		return both(a, b), nil
	}
	return either(a, b), nil
}

// leaf compiles one condition on a field or on a path of fields.
func (p *domainParser) leaf(path string, operator, value any, negated bool) (condition, error) {
	op, _ := operator.(string)
	l := leaf{env: p.env, path: path, op: strings.ToLower(op), value: value}
	if !slices.Contains(operators(), l.op) {
		return condition{}, l.invalidOperator()
	}
	name, rest, dotted := strings.Cut(path, ".")
	l.field = p.table.fields[name]
	if l.field == nil {
		return condition{}, l.invalidField(p.table)
	}
	p.fields = append(p.fields, name)
	if dotted && l.field.Relation != "" {
		return p.path(l, rest, negated)
	}
	if dotted {
		return condition{}, ServerError("ValueError: Invalid field property '%s' on %s.%s", rest, p.table.Name, name)
	}
	matches, err := l.compile(negated)
	if err != nil {
		return condition{}, err
	}
	c := condition{matches: matches}
	if !negated && (l.op == "=" || l.op == "in") {
		c.among, c.narrowed = l.lookup(p.table)
	}
	return c, nil
}

// path compiles a condition on records of another model: it holds when one of
// the related records satisfies it.
func (p *domainParser) path(l leaf, rest string, negated bool) (condition, error) {
	other := p.env.Table(l.field.Relation)
	inner, err := p.env.compile(other, []any{[]any{rest, l.op, l.value}})
	if err != nil {
		return condition{}, err
	}
	e, name := p.env, l.field.Name
	return condition{matches: func(r *Record) bool {
		found := slices.ContainsFunc(IDs(e.Get(r, name)), func(id int64) bool {
			related := other.Rows[id]
			return related != nil && inner.matches(related)
		})
		return found != negated
	}}, nil
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
