package xmlvalue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kolo/xmlrpc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

// claims are the parameters of the call that claims mails.
func claims(n int) []any {
	rows := make([][]string, n)
	for i := range rows {
		id := fmt.Sprintf("crm_tool.reminder_%d_7", i)
		rows[i] = []string{
			id, "crm.lead", fmt.Sprint(i), "<" + id + "@example.com>", "notification", "mail.mt_note", "Vos chaises élégantes",
			strings.Repeat("<p>Bonjour Zoé, où en êtes-vous ?</p>\n", 20), `"Example" <sales@example.com>`, "catchall@example.com", "reminder-7.fr",
		}
	}
	columns := []string{"id", "model", "res_id", "message_id", "message_type", "subtype_id/id", "subject", "body", "email_from", "reply_to", "name"}
	return []any{"database", 5, "secret", "mail.message", "load", []any{columns, rows}, map[string]any{}}
}

func TestACallIsWrittenAsTheCodecDoesIt(t *testing.T) {
	t.Parallel()
	for name, params := range map[string][]any{
		"claims":     claims(3)[:6],
		"nothing":    {},
		"numbers":    {int64(-1), int64(1 << 40), 1.5, -0.0000001, 1e21, true, false},
		"text":       {"", "a \"b\" 'c' & <d> \t\r\n é 日本 👩‍🚀 \ufffd ]]>"},
		"structures": {map[string]any{"a": []any{}}, map[string]any{}, []any{[]any{int64(1)}, map[string]any{"b.c": "d"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := xmlvalue.Encode("execute_kw", params)
			require.NoError(t, err)
			want, err := xmlrpc.EncodeMethodCall("execute_kw", params...)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
		})
	}
}

func BenchmarkEncodeClaims(b *testing.B) {
	params := claims(20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xmlvalue.Encode("execute_kw", params); err != nil {
			b.Fatal(err)
		}
	}
}
