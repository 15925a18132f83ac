package odoo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

func TestFieldsAreReadAsOdooMeansThem(t *testing.T) {
	r := odoo.Record{
		"id": int64(7), "text": "Zoë", "blank": nil, "false": false, "true": true, "number": int64(-3),
		"time": "2026-11-23 08:00:50", "ref": []any{int64(5), "Sam"}, "unnamed": []any{int64(5), nil},
		"refs": []any{int64(5), int64(6)}, "none": []any{},
	}
	type values struct {
		Text  string
		Int   int64
		Bool  bool
		Time  time.Time
		Ref   int64
		Label string
		IDs   []int64
	}
	both := func(name string) func(*values) error {
		return func(v *values) error {
			ref, err := r.Ref(name)
			label, err2 := r.Label(name)
			v.Ref, v.Label = ref, label
			return errors.Join(err, err2)
		}
	}
	for name, c := range map[string]struct {
		read func(v *values) error
		want values
	}{
		"a text":                    {func(v *values) (err error) { v.Text, err = r.Text("text"); return }, values{Text: "Zoë"}},
		"a text that is false":      {func(v *values) (err error) { v.Text, err = r.Text("false"); return }, values{}},
		"a text that is empty":      {func(v *values) (err error) { v.Text, err = r.Text("blank"); return }, values{}},
		"a number":                  {func(v *values) (err error) { v.Int, err = r.Int("number"); return }, values{Int: -3}},
		"a number that is false":    {func(v *values) (err error) { v.Int, err = r.Int("false"); return }, values{}},
		"a boolean":                 {func(v *values) (err error) { v.Bool, err = r.Bool("true"); return }, values{Bool: true}},
		"a boolean that is false":   {func(v *values) (err error) { v.Bool, err = r.Bool("false"); return }, values{}},
		"a time":                    {func(v *values) (err error) { v.Time, err = r.Time("time"); return }, values{Time: time.Date(2026, 11, 23, 8, 0, 50, 0, time.UTC)}},
		"a time that is false":      {func(v *values) (err error) { v.Time, err = r.Time("false"); return }, values{}},
		"a reference":               {both("ref"), values{Ref: 5, Label: "Sam"}},
		"a reference without name":  {both("unnamed"), values{Ref: 5}},
		"a reference that is false": {both("false"), values{}},
		"a reference that is an id": {func(v *values) (err error) { v.Ref, err = r.Ref("id"); return }, values{Ref: 7}},
		"references":                {func(v *values) (err error) { v.IDs, err = r.IDs("refs"); return }, values{IDs: []int64{5, 6}}},
		"no references":             {func(v *values) (err error) { v.IDs, err = r.IDs("none"); return }, values{IDs: []int64{}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got values
			require.NoError(t, c.read(&got))
			assert.Equal(t, c.want, got)
		})
	}
}

func TestFieldsThatAreNotWhatOdooPromisesAreNamed(t *testing.T) {
	r := odoo.Record{
		"id": int64(7), "text": "Zoë", "true": true, "number": int64(3), "fraction": 0.5, "null": nil,
		"day": "2026-11-23", "list": []any{int64(5)}, "odd": []any{"5", "Sam"}, "zero": []any{int64(0), "Sam"}, "map": map[string]any{},
		"instant": time.Time{},
	}
	text := func(name string) error { _, err := r.Text(name); return err }
	number := func(name string) error { _, err := r.Int(name); return err }
	boolean := func(name string) error { _, err := r.Bool(name); return err }
	instant := func(name string) error { _, err := r.Time(name); return err }
	reference := func(name string) error { _, err := r.Ref(name); return err }
	ids := func(name string) error { _, err := r.IDs(name); return err }
	for want, err := range map[string]error{
		"record 7: the field number is a number, not text":                      text("number"),
		"record 7: the field true is a boolean, not text":                       text("true"),
		"record 7: the field absent is missing, not in it":                      text("absent"),
		"record 7: the field text is text, not a number":                        number("text"),
		"record 7: the field true is a boolean, not a number":                   number("true"),
		"record 7: the field fraction is a fraction, not a number":              number("fraction"),
		"record 7: the field null is empty, not a boolean":                      boolean("null"),
		"record 7: the field number is a number, not a boolean":                 boolean("number"),
		`record 7: the field day is "2026-11-23", not a time from 1900 to 2199`: instant("day"),
		"record 7: the field number is a number, not a time":                    instant("number"),
		"record 7: the field list is a list, not a reference":                   reference("list"),
		"record 7: the field odd is a list, not a reference":                    reference("odd"),
		"record 7: the field zero is a list, not a reference":                   reference("zero"),
		"record 7: the field fraction is a fraction, not a reference":           reference("fraction"),
		"record 7: the field map is a structure, not a reference":               reference("map"),
		"record 7: the field instant is a value of another kind, not a time":    instant("instant"),
		"record 7: the field odd is a list, not a list of ids":                  ids("odd"),
		"record 7: the field text is text, not a list of ids":                   ids("text"),
		"record 7: the field gone is missing, not in it":                        ids("gone"),
	} {
		var e *odoo.FieldError
		require.ErrorAs(t, err, &e, want)
		assert.EqualError(t, err, want)
	}
}

func TestRecordsWantsAListOfRecords(t *testing.T) {
	got, err := odoo.Records([]any{map[string]any{"id": int64(1)}, map[string]any{"id": int64(2)}})
	require.NoError(t, err)
	assert.Equal(t, []odoo.Record{{"id": int64(1)}, {"id": int64(2)}}, got)

	for _, answer := range []any{nil, false, int64(1), "x", map[string]any{}, []any{int64(1)}} {
		_, err := odoo.Records(answer)
		assert.Equal(t, odoo.Malformed, failureOf(t, err).Kind, "%v", answer)
	}
}
