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

const depth = 20

// answer is a value as Python writes it.
func answer(value string) string {
	return "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n" + value + "\n</param>\n</params>\n</methodResponse>\n"
}

func TestValuesAreThoseThatPythonWrites(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"<value><string></string></value>":                                           nil,
		"<value><string>a &lt;b&gt; &amp;amp; c\td\n</string></value>":               "a <b> &amp; c\td\n",
		"<value><string>Zoé \uFFFD</string></value>":                                 "Zoé \uFFFD",
		"<value><string>a\x01b\uFFFFc\uFFFEd</string></value>":                       "a b\uFFFDc\uFFFDd",
		"<value><string>a\r\nb\rc</string></value>":                                  "a\nb\nc",
		"<value><string>&#233;&quot;</string></value>":                               `é"`,
		"<value><int>-12</int></value>":                                              int64(-12),
		"<value><i8>9007199254740993</i8></value>":                                   int64(9007199254740993),
		"<value><boolean>1</boolean></value>":                                        true,
		"<value><boolean>0</boolean></value>":                                        false,
		"<value><double>0.5</double></value>":                                        0.5,
		"<value><nil/></value>":                                                      nil,
		"<value><array><data>\n</data></array></value>":                              []any{},
		"<value><array><data>\n<value><int>1</int></value>\n</data></array></value>": []any{int64(1)},
		"<value><struct>\n<member>\n<name>a.b</name>\n<value><string>x</string></value>\n</member>\n</struct></value>": map[string]any{"a.b": "x"},
	} {
		got, err := xmlvalue.Decode([]byte(answer(text)), depth)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestOtherAnswersAreRefused(t *testing.T) {
	t.Parallel()
	list := "<value><array><data>"
	for text, want := range map[string]error{
		"": xmlvalue.ErrTruncated, "<html>": xmlvalue.ErrNotXMLRPC,
		strings.TrimSuffix(answer("<value><int>1</int></value>"), "</methodResponse>\n"): xmlvalue.ErrTruncated,
		answer("<value><int>1</int></value>") + "<":                                      xmlvalue.ErrNotXMLRPC,
		answer(strings.Repeat(list, 7)):                                                  xmlvalue.ErrTooDeep,
		answer(strings.Repeat(list, 6) + strings.Repeat("</data></array></value>", 6)):   xmlvalue.ErrTooDeep,
	} {
		_, err := xmlvalue.Decode([]byte(text), depth)
		require.ErrorIs(t, err, want, text)
	}
	for _, text := range []string{
		"<value><int>1.5</int></value>", "<value><boolean>2</boolean></value>", "<value><string>&b;</string></value>",
		"<value><string>\xff</string></value>", "<value><int>1</value></int>",
	} {
		_, err := xmlvalue.Decode([]byte(answer(text)), depth)
		require.Error(t, err, text)
	}
}

// FuzzDecode looks for an answer of which Decode makes another value than the codec does.
func FuzzDecode(f *testing.F) {
	for _, value := range []string{
		"<value><string>a &lt; &amp;lt; b\r\n]]&gt;</string></value>", "<value><string>a]]></string></value>", "<value><int>007</int></value>",
		"<value><array><data><value><int>1</int></value> <value><double>1e5</double></value></data></array></value>",
		"<value><struct><member><name>a</name><value><boolean>1</boolean></value></member></struct></value>", "<value> a</value>",
	} {
		f.Add([]byte(answer(value)))
	}
	f.Add(page(3))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := xmlvalue.Decode(body, depth)
		if err != nil {
			return
		}
		var want any
		require.NoError(t, xmlrpc.Response(body).Unmarshal(&want)) // Decode has mended body.
		require.Equal(t, fmt.Sprintf("%#v", want), fmt.Sprintf("%#v", got))
	})
}

// page is an answer with opportunities, as search_read returns them.
func page(n int) []byte {
	var b strings.Builder
	member := func(name, value string) {
		b.WriteString("<member>\n<name>" + name + "</name>\n<value>" + value + "</value>\n</member>\n")
	}
	reference := func(id int, name string) string {
		return fmt.Sprintf("<array><data>\n<value><int>%d</int></value>\n<value><string>%s</string></value>\n</data></array>", id, name)
	}
	b.WriteString("<value><array><data>\n")
	for i := range n {
		b.WriteString("<value><struct>\n")
		member("id", fmt.Sprintf("<int>%d</int>", i+1))
		member("name", fmt.Sprintf("<string>Chaises &amp; bureaux %d élégants</string>", i))
		member("contact_name", "<string>Zoé Martin</string>")
		member("partner_name", "<boolean>0</boolean>")
		member("email_from", fmt.Sprintf("<string>&quot;Zoé&quot; &lt;client-%d@client.example&gt;</string>", i))
		member("create_date", "<string>2026-11-12 09:00:00</string>")
		member("probability", "<double>12.5</double>")
		member("active", "<boolean>1</boolean>")
		for _, name := range []string{"user_id", "team_id", "company_id", "stage_id", "partner_id", "lang_id"} {
			member(name, reference(i%9+1, "Sam Seller"))
		}
		member("tag_ids", "<array><data>\n<value><int>1</int></value>\n<value><int>2</int></value>\n</data></array>")
		b.WriteString("</struct></value>\n")
	}
	b.WriteString("</data></array></value>")
	return []byte(strings.ReplaceAll(answer(b.String()), "&quot;", ""))
}

func BenchmarkDecodePage(b *testing.B) {
	body := page(250)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xmlvalue.Decode(body, depth); err != nil {
			b.Fatal(err)
		}
	}
}
