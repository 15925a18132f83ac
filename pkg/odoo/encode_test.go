package odoo_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

type id int64

// sent returns a value as a server receives it.
func sent(t *testing.T, v any) (any, error) {
	t.Helper()
	s := serve(t, value(true))
	_, err := connect(t, options(s.URL)).Call(t.Context(), odoo.Request{Model: "crm.lead", Method: "m", Args: []any{v}})
	if err != nil {
		assert.Zero(t, s.seen())
		return nil, err
	}
	require.Len(t, s.calls, 1)
	return s.calls[0][5].([]any)[0], nil
}

func TestValuesArriveAsOdooUnderstandsThem(t *testing.T) {
	paris := time.FixedZone("CET", 3600)
	for name, c := range map[string]struct{ given, want any }{
		"nil is false":                            {nil, false},
		"nil in a list is false":                  {[]any{nil}, []any{false}},
		"nil in a structure is false":             {map[string]any{"a": nil}, map[string]any{"a": false}},
		"a boolean":                               {true, true},
		"a number":                                {42, int64(42)},
		"a large number":                          {int64(math.MaxInt64), int64(math.MaxInt64)},
		"a typed id":                              {id(7), int64(7)},
		"typed ids":                               {[]id{7, 8}, []any{int64(7), int64(8)}},
		"a fraction":                              {0.25, 0.25},
		"text with all that XML escapes":          {`<a href="x">'&amp;'</a> Zoë 😀`, `<a href="x">'&amp;'</a> Zoë 😀`},
		"text keeps its line ends":                {"a\r\nb\tc", "a\r\nb\tc"},
		"text loses what XML cannot carry":        {"a\x00b\x0bc\x1b[31md\uFFFFe", "abc[31mde"},
		"text that is not UTF-8 stays readable":   {"a\xffb", "a\uFFFDb"},
		"an instant is UTC, without fractions":    {time.Date(2026, 11, 23, 0, 30, 0, 999, paris), "2026-11-22 23:30:00"},
		"rows":                                    {[][]string{{"a", ""}, {}}, []any{[]any{"a", ""}, []any{}}},
		"an empty list":                           {[]string{}, []any{}},
		"a list that was never made":              {[]string(nil), []any{}},
		"a structure in a structure":              {map[string]any{"a": map[string]bool{"b": true}}, map[string]any{"a": map[string]any{"b": true}}},
		"the domain of everything":                {odoo.Domain{}, []any{}},
		"a domain in a list of domains":           {[]odoo.Domain{odoo.Term("id", "=", 1)}, []any{[]any{[]any{"id", "=", int64(1)}}}},
		"text of a type of its own (a selection)": {odoo.Kind("lead"), "lead"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sent(t, c.given)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestValuesThatXMLRPCDoesNotHaveAreRefused(t *testing.T) {
	for want, v := range map[string]any{
		"call crm.lead.m: encode []uint8 for Odoo: XML-RPC has no such value":         []byte("x"),
		"call crm.lead.m: encode uint for Odoo: XML-RPC has no such value":            uint(1),
		"call crm.lead.m: encode *int for Odoo: XML-RPC has no such value":            []any{new(int)},
		"call crm.lead.m: encode struct {} for Odoo: XML-RPC has no such value":       map[string]any{"a": struct{}{}},
		"call crm.lead.m: encode map[int]int for Odoo: XML-RPC has no such value":     map[int]int{},
		"call crm.lead.m: encode float64 for Odoo: XML-RPC has no such value":         math.NaN(),
		"call crm.lead.m: encode the member \"a</name><value>\" for Odoo: not a name": map[string]any{"a</name><value>": 1},
		"call crm.lead.m: encode the member \"\" for Odoo: not a name":                map[string]any{"": 1},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := sent(t, v)
			require.EqualError(t, err, want)
			assert.Equal(t, odoo.Defect, failureOf(t, err).Kind)
		})
	}
}

func TestDomainsAreWrittenInPrefixNotation(t *testing.T) {
	a, b, c := odoo.Term("a", "=", 1), odoo.Term("b", ">", 2), odoo.Term("c", "in", []int{3})
	ta, tb, tc := []any{"a", "=", int64(1)}, []any{"b", ">", int64(2)}, []any{"c", "in", []any{int64(3)}}
	none := []any{"id", "in", []any{}}
	for name, d := range map[string]struct {
		given odoo.Domain
		want  []any
	}{
		"one term":                         {a, []any{ta}},
		"and":                              {odoo.And(a, b, c), []any{"&", "&", ta, tb, tc}},
		"or":                               {odoo.Or(a, b, c), []any{"|", "|", ta, tb, tc}},
		"not":                              {odoo.Not(odoo.Or(a, b)), []any{"!", "|", ta, tb}},
		"and of or and not":                {odoo.And(odoo.Or(a, b), odoo.Not(c)), []any{"&", "|", ta, tb, "!", tc}},
		"or of and":                        {odoo.Or(odoo.And(a, b), c), []any{"|", "&", ta, tb, tc}},
		"and of one":                       {odoo.And(a), []any{ta}},
		"or of one":                        {odoo.Or(a), []any{ta}},
		"and of none is everything":        {odoo.And(), []any{}},
		"and ignores everything":           {odoo.And(odoo.And(), a, odoo.Domain{}), []any{ta}},
		"or of none is nothing":            {odoo.Or(), []any{none}},
		"or with everything is everything": {odoo.Or(a, odoo.Domain{}), []any{}},
		"not everything is nothing":        {odoo.Not(odoo.Domain{}), []any{none}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sent(t, d.given)
			require.NoError(t, err)
			assert.Equal(t, d.want, got)
		})
	}
}

func TestADomainKnowsThatItSelectsNothing(t *testing.T) {
	a, none := odoo.Term("a", "=", 1), odoo.Term("id", "in", []int64(nil))
	for name, d := range map[string]struct {
		given odoo.Domain
		want  bool
	}{
		"everything":                  {odoo.Domain{}, false},
		"one term":                    {a, false},
		"a list with an item":         {odoo.Term("id", "in", []int64{1}), false},
		"an empty list":               {none, true},
		"not in an empty list":        {odoo.Term("id", "not in", []int64{}), false},
		"and with an empty list":      {odoo.And(a, none), true},
		"or with an empty list":       {odoo.Or(a, none), false},
		"or of empty lists":           {odoo.Or(none, none), true},
		"or of none":                  {odoo.Or(), true},
		"or with everything":          {odoo.Or(none, odoo.Domain{}), false},
		"not an empty list":           {odoo.Not(none), false},
		"not everything":              {odoo.Not(odoo.Domain{}), true},
		"and of or with an empty one": {odoo.And(odoo.Or(a, none), a), false},
	} {
		assert.Equal(t, d.want, d.given.SelectsNothing(), name)
	}
}

func TestDomainsAreNotChangedByWhatIsMadeOfThem(t *testing.T) {
	base := odoo.And(odoo.Term("a", "=", 1), odoo.Term("b", "=", 2))
	first, second := odoo.And(base, odoo.Term("c", "=", 3)), odoo.And(base, odoo.Term("d", "=", 4))
	assert.NotEqual(t, first, second)
	assert.Equal(t, odoo.And(odoo.Term("a", "=", 1), odoo.Term("b", "=", 2)), base)
	assert.Equal(t, odoo.And(base, odoo.Term("c", "=", 3)), first)
}
