package jsonvalue_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/jsonvalue"
)

const depth = 20

func TestValuesAreThoseOfXMLRPC(t *testing.T) {
	for text, want := range map[string]any{
		`null`: false, `""`: nil, `"a\u0001b\uffffc\td"`: "a b\uFFFDc\td", `12`: int64(12), `-9223372036854775808`: int64(-9223372036854775808),
		`0.0`: 0.0, `1e3`: 1000.0, `[null, {"a": [1, ""]}]`: []any{false, map[string]any{"a": []any{int64(1), nil}}}, ` true `: true,
		`"]]]]]]]]]]]]]]]]]]]]]]]]]]]\"[[[[[[[[[[[[[[[[[[[[[[[[[[["`: `]]]]]]]]]]]]]]]]]]]]]]]]]]]"[[[[[[[[[[[[[[[[[[[[[[[[[[[`,
	} {
		got, err := jsonvalue.Decode([]byte(text), depth)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestOtherAnswersAreRefused(t *testing.T) {
	for text, want := range map[string]error{
		``: jsonvalue.ErrTruncated, ` `: jsonvalue.ErrTruncated, `[1, 2`: jsonvalue.ErrTruncated, `"abc`: jsonvalue.ErrTruncated,
		`<html>`: jsonvalue.ErrNotJSON, `NaN`: jsonvalue.ErrNotJSON, `1 2`: jsonvalue.ErrNotJSON, `[1]]`: jsonvalue.ErrNotJSON,
		`9223372036854775808`: jsonvalue.ErrNotJSON, `1e999`: jsonvalue.ErrNotJSON, `[{"a": 1e999}]`: jsonvalue.ErrNotJSON,
		strings.Repeat("[", depth+1): jsonvalue.ErrTooDeep, strings.Repeat(`{"a":`, depth+1): jsonvalue.ErrTooDeep,
	} {
		_, err := jsonvalue.Decode([]byte(text), depth)
		require.ErrorIs(t, err, want, text)
	}
}

// FuzzDecode looks for an answer that Decode does not survive, or makes another value of
// than it promises.
func FuzzDecode(f *testing.F) {
	content, err := os.ReadFile(filepath.Join("..", "testdata", "wire", "19.txtar"))
	require.NoError(f, err)
	for _, file := range txtar.Parse(content).Files {
		if strings.HasPrefix(file.Name, "json2-") {
			f.Add(file.Data)
		}
	}
	f.Add([]byte(strings.Repeat(`[{"a":`, 100)))
	f.Add([]byte(`[1e5, -0, 0.1, "\ud800", null, true]`))
	f.Add([]byte(`{"a": -12.50, "a": "\"\\\/\n\r\t\u00e9\ud83d\ude00", "é": [01, "\uffff"]}`))
	f.Add(page(3))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := jsonvalue.Decode(body, depth)
		if err != nil {
			return
		}
		require.NoError(t, known(v, 0))
		// The standard library, to which \b is left, makes the same of it.
		want, err := jsonvalue.Decode(fmt.Appendf(nil, `["\b", %s]`, body), depth+1)
		require.NoError(t, err)
		require.Equal(t, want, []any{" ", v})
	})
}

func known(v any, deep int) error {
	var items []any
	switch v := v.(type) {
	case nil, bool, int64, float64:
		return nil
	case string:
		if v == "" || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r", r) }) {
			return fmt.Errorf("the text %q", v)
		}
		return nil
	case []any:
		items = v
	case map[string]any:
		for _, item := range v {
			items = append(items, item)
		}
	default:
		return fmt.Errorf("a %T", v)
	}
	if deep >= depth {
		return fmt.Errorf("%d deep", deep)
	}
	for _, item := range items {
		if err := known(item, deep+1); err != nil {
			return err
		}
	}
	return nil
}

// page is an answer with opportunities, as search_read returns them.
func page(n int) []byte {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id": %d, "name": "Chaises & bureaux %d \u00e9l\u00e9gants", "contact_name": "Zo\u00e9 Martin", "partner_name": false, `+
			`"email_from": "\"Zo\u00e9\" <client-%d@client.example>", "create_date": "2026-11-12 09:00:00", "probability": 12.5, "active": true, `+
			`"user_id": [5, "Sam Seller"], "team_id": [1, "Sales"], "company_id": [1, "Northwind Office"], "stage_id": [2, "Qualified"], `+
			`"partner_id": [%d, "SARL Dupont"], "lang_id": [2, "French"], "tag_ids": [1, 2]}`, i+1, i, i, i+9)
	}
	return []byte("[" + strings.Join(rows, ", ") + "]")
}

func BenchmarkDecodePage(b *testing.B) {
	body := page(250)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonvalue.Decode(body, depth); err != nil {
			b.Fatal(err)
		}
	}
}
