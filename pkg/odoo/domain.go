package odoo

import (
	"reflect"
	"slices"
	"strings"
)

// Domain selects records, as Odoo's search domains do. The zero Domain
// selects all. A Domain is immutable.
type Domain struct {
	// terms is in prefix notation, with exactly the operators that bind all
	// operands into one; empty for everything.
	terms []any
	// empty says that the terms cannot select anything.
	empty bool
}

// Terms returns the domain as Odoo takes it, a list in prefix notation.
func (d Domain) Terms() []any { return d.terms }

// SelectsNothing returns whether no record can be selected, so that Odoo need
// not be asked: a field must be in an empty list.
func (d Domain) SelectsNothing() bool { return d.empty }

// Term compares a field, or a path of fields with dots, with a value. The
// operators are Odoo's: =, !=, <, <=, >, >=, in, not in, =like and so on.
//
// A time is written in UTC without fractions. Odoo stores fractions, so that
// instants are bounded with >= and < of whole seconds.
func Term(field, operator string, value any) Domain {
	list := reflect.ValueOf(value)
	none := operator == "in" && list.Kind() == reflect.Slice && list.Len() == 0
	return Domain{terms: []any{[]any{field, operator, value}}, empty: none}
}

// Literal returns the pattern, for =like, ilike and so on, of exactly that text:
// in a pattern, % is any text, _ any character, and a backslash quotes the next.
func Literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
}

// And selects what all of the domains select; everything, when there is none.
func And(domains ...Domain) Domain {
	var narrowing []Domain
	for _, d := range domains {
		if len(d.terms) > 0 {
			narrowing = append(narrowing, d)
		}
	}
	if len(narrowing) == 0 {
		return Domain{}
	}
	d := join("&", narrowing)
	d.empty = slices.ContainsFunc(narrowing, Domain.SelectsNothing)
	return d
}

// Or selects what any of the domains selects; nothing, when there is none.
func Or(domains ...Domain) Domain {
	for _, d := range domains {
		if len(d.terms) == 0 {
			return Domain{}
		}
	}
	if len(domains) == 0 {
		return nothing()
	}
	d := join("|", domains)
	d.empty = !slices.ContainsFunc(domains, func(d Domain) bool { return !d.empty })
	return d
}

// Not selects what the domain does not.
func Not(d Domain) Domain {
	if len(d.terms) == 0 {
		return nothing()
	}
	return Domain{terms: append([]any{"!"}, d.terms...)}
}

func nothing() Domain { return Term("id", "in", []int64{}) }

// join writes the operator, which takes two operands, once for each operand
// but the last.
func join(operator string, domains []Domain) Domain {
	var terms []any
	for range len(domains) - 1 {
		terms = append(terms, operator)
	}
	for _, d := range domains {
		terms = append(terms, d.terms...)
	}
	return Domain{terms: terms}
}

// LongerThan selects texts of more characters.
func LongerThan(field string, characters int) Domain {
	return Term(field, "=like", strings.Repeat("_", characters+1)+"%")
}

// NotLongerThan selects all other texts, also an empty one, with which SQL compares
// nothing.
func NotLongerThan(field string, characters int) Domain {
	return Or(Term(field, "=", false), Not(LongerThan(field, characters)))
}
