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
	f.Fuzz(func(t *testing.T, body []byte) {
		if v, err := jsonvalue.Decode(body, depth); err == nil {
			require.NoError(t, known(v, 0))
		}
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
