package address_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
)

func TestParse(t *testing.T) {
	zoe := address.Address{Mailbox: "zoe@client.example"}
	maxc := address.Address{Mailbox: "max@client.example"}
	named := func(name string) address.Address {
		return address.Address{Name: name, Mailbox: "zoe@client.example"}
	}
	tests := []struct {
		name  string
		field string
		want  []address.Address
	}{
		{"a bare address", "zoe@client.example", []address.Address{zoe}},
		{"blanks around it", " \t zoe@client.example\u00a0 ", []address.Address{zoe}},
		{"an address in brackets", "<zoe@client.example>", []address.Address{zoe}},
		{"a name before the brackets", "Zoë Client <zoe@client.example>", []address.Address{named("Zoë Client")}},
		{"a quoted name with a comma", `"Zoë, Client" <zoe@client.example>`, []address.Address{named("Zoë, Client")}},
		{"a bare name with a comma", "Client, Zoë <zoe@client.example>", []address.Address{named("Client, Zoë")}},
		{"a name with quotes in quotes", `"Zoë \"Zo\\e\" Client" <zoe@client.example>`, []address.Address{named(`Zoë "Zo\e" Client`)}},
		{"a name in single quotes", "'Zoë Client' <zoe@client.example>", []address.Address{named("Zoë Client")}},
		{"a name with a quote that is never closed", `Zoë "Client <zoe@client.example>`, []address.Address{named("Zoë Client")}},
		{"a name as it stood in a mail", "=?utf-8?q?Zo=C3=AB?= <zoe@client.example>", []address.Address{named("Zoë")}},
		{"a name that was encoded twice is not decoded twice", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?= <zoe@client.example>", []address.Address{named("= ?utf-8?q?a?=")}},
		{"control and bidirectional characters in a name", "Zo\u202eë\x00\x1b[31m\u2066 C\tlient <zoe@client.example>", []address.Address{named("Zoë [31m C lient")}},
		{"a name that is another address is dropped", `"ceo@bank.example" <zoe@client.example>`, []address.Address{zoe}},
		{"the address repeated as its name", "zoe@client.example <zoe@client.example>", []address.Address{zoe}},
		{"several separated by commas", "zoe@client.example, max@client.example", []address.Address{zoe, maxc}},
		{"several separated by semicolons", "zoe@client.example;max@client.example;", []address.Address{zoe, maxc}},
		{"several on lines of their own", "zoe@client.example\r\nmax@client.example\n", []address.Address{zoe, maxc}},
		{"several separated by blanks", "zoe@client.example max@client.example", []address.Address{zoe, maxc}},
		{"a bare one before one with a name", "max@client.example, Zoë <zoe@client.example>", []address.Address{maxc, named("Zoë")}},
		{"a line of text is no name of the next line", "call first\n<zoe@client.example>", []address.Address{zoe}},
		{"the same one twice counts once", "zoe@client.example, ZOE@CLIENT.example", []address.Address{zoe}},
		{"an invalid one before a valid one", "zoe@client, zoe@@client.example, zoe@client.example", []address.Address{zoe}},
		{"an invalid one in brackets after a valid one", "zoe@client.example <unknown>", []address.Address{zoe}},
		{"empty brackets after a valid one", "zoe@client.example <>", []address.Address{zoe}},
		{"brackets that are never closed", "Zoë <zoe@client.example", []address.Address{zoe}},
		{"words around it", "mail: zoe@client.example (office, not on Fridays).", []address.Address{zoe}},
		{"an address in parentheses", "Zoë Client (zoe@client.example)", []address.Address{zoe}},
		{"an address in quotes", `"zoe@client.example"`, []address.Address{zoe}},
		{"the link of a web page", "mailto:zoe@client.example?subject=Chairs", []address.Address{zoe}},
		{"a link in brackets", "Zoë <MAILTO:zoe@client.example>", []address.Address{named("Zoë")}},
		{"invisible characters around it", "\ufeffzoe@client.example\u200b", []address.Address{zoe}},
		{"a full stop after it", "zoe@client.example.", []address.Address{zoe}},
		{"a group", "Team: zoe@client.example, max@client.example;", []address.Address{zoe, maxc}},
		{
			"an international domain", "Zoë <zoe@Bücher.example>",
			[]address.Address{{Name: "Zoë", Mailbox: "zoe@xn--bcher-kva.example"}},
		},
		{
			"signs that are allowed before the @", "o'brien+crm/x=1@Client.EXAMPLE",
			[]address.Address{{Mailbox: "o'brien+crm/x=1@client.example"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := address.Parse(tt.field)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)

			first, err := address.First(tt.field)
			require.NoError(t, err)
			assert.Equal(t, tt.want[0], first)
		})
	}
}

func TestParseNothing(t *testing.T) {
	for _, field := range []string{"", " ", "\n\t", "-", "--", " ; , ", "<>", `""`, "\u200b"} {
		t.Run("a field without a word: "+field, func(t *testing.T) {
			_, err := address.Parse(field)
			require.ErrorIs(t, err, address.ErrNone)
			_, err = address.First(field)
			require.ErrorIs(t, err, address.ErrNone)
		})
	}
}

func TestParseInvalid(t *testing.T) {
	long := strings.Repeat("x", 65)
	tests := []struct {
		name string
		in   string
		want address.InvalidError
	}{
		{"text without an address", "ask at the desk", address.InvalidError{Text: "ask at the desk", Reason: "it has no @"}},
		{"a mere @", "@", address.InvalidError{Text: "@", Reason: "there is nothing before the @"}},
		{"no local part", "@client.example", address.InvalidError{Text: "@client.example", Reason: "there is nothing before the @"}},
		{"no domain", "zoe@", address.InvalidError{Text: "zoe@", Reason: "there is nothing after the @"}},
		{"two @", "zoe@home@client.example", address.InvalidError{Text: "zoe@home@client.example", Reason: "it has more than one @"}},
		{"a dot at the end of the local part", "zoe.@client.example", address.InvalidError{Text: "zoe.@client.example", Reason: "a dot is in the wrong place before the @"}},
		{"two dots in the local part", "z..oe@client.example", address.InvalidError{Text: "z..oe@client.example", Reason: "a dot is in the wrong place before the @"}},
		{"a quoted local part", `"zoe client"@client.example`, address.InvalidError{Text: "zoe client@client.example", Reason: "quoted text before the @ is not supported"}},
		{"a local part beyond ASCII", "zoë@client.example", address.InvalidError{Text: "zoë@client.example", Reason: "a letter before the @ is not ASCII"}},
		{"a comment", "zoe(work)@client.example", address.InvalidError{Text: "zoe(work)@client.example", Reason: "a character before the @ is not allowed"}},
		{"a long local part", long + "@client.example", address.InvalidError{Text: long + "@client.example", Reason: "the part before the @ is longer than 64 characters"}},
		{"a domain without a dot", "zoe@localhost", address.InvalidError{Text: "zoe@localhost", Reason: "the part after the @ is not a mail domain"}},
		{"an address instead of a domain", "zoe@192.0.2.1", address.InvalidError{Text: "zoe@192.0.2.1", Reason: "the part after the @ is not a mail domain"}},
		{"a domain literal", "zoe@[192.0.2.1]", address.InvalidError{Text: "zoe@[192.0.2.1]", Reason: "the part after the @ is not a mail domain"}},
		{"an underscore in the domain", "zoe@my_client.example", address.InvalidError{Text: "zoe@my_client.example", Reason: "the part after the @ is not a mail domain"}},
		{"a hyphen at the end of a label", "zoe@client-.example", address.InvalidError{Text: "zoe@client-.example", Reason: "the part after the @ is not a mail domain"}},
		{"a label that is no punycode", "zoe@xn--a-ecp.ru.", address.InvalidError{Text: "zoe@xn--a-ecp.ru.", Reason: "the part after the @ is not a mail domain"}},
		{"the first of several is named", "zoe@, max@client", address.InvalidError{Text: "zoe@", Reason: "there is nothing after the @"}},
		{"what is in brackets is named", "Zoë <zoe client.example>", address.InvalidError{Text: "zoe client.example", Reason: "it has no @"}},
		{"what is named is printable and short", "a\x1b@" + strings.Repeat("ü", 100), address.InvalidError{Text: "a @" + strings.Repeat("ü", 77), Reason: "a character before the @ is not allowed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := address.Parse(tt.in)
			assert.Empty(t, got)
			var invalid *address.InvalidError
			require.ErrorAs(t, err, &invalid)
			assert.Equal(t, tt.want, *invalid)
		})
	}
	t.Run("the message quotes the text and says why", func(t *testing.T) {
		_, err := address.First("zoe@")
		require.EqualError(t, err, `"zoe@" is not an e-mail address: there is nothing after the @`)
	})
}

func TestClean(t *testing.T) {
	domain := strings.Repeat("d", 60) + "." + strings.Repeat("e", 60) + "." + strings.Repeat("f", 58) + ".example"
	longest := strings.Repeat("x", 64) + "@a." + domain[1:]
	require.Len(t, longest, 254)

	t.Run("keeps the case of the local part and lowers the domain", func(t *testing.T) {
		got, err := address.Clean("Zoe.Client@CLIENT.Example")
		require.NoError(t, err)
		assert.Equal(t, "Zoe.Client@client.example", got)
	})
	t.Run("accepts 254 characters and no more", func(t *testing.T) {
		got, err := address.Clean(longest)
		require.NoError(t, err)
		assert.Equal(t, longest, got)

		_, err = address.Clean(strings.Replace(longest, "@a.", "@ab.", 1))
		require.ErrorContains(t, err, "it is longer than 254 characters")
	})
	for name, in := range map[string]string{
		"blanks":                    " zoe@client.example",
		"a newline":                 "zoe@client.example\r\nRCPT TO:<max@client.example>",
		"a newline before the @":    "zoe\n@client.example",
		"a parameter":               "zoe@client.example> NOTIFY=NEVER",
		"angle brackets":            "<zoe@client.example>",
		"a name":                    "Zoë <zoe@client.example>",
		"a NUL":                     "zoe\x00@client.example",
		"a full stop at the end":    "zoe@client.example.",
		"bytes that are not UTF-8":  "zoe@cl\xffient.example",
		"a source route":            "@relay.example:zoe@client.example",
		"a disguised slash":         "zoe@client.example\u2100x",
		"an invisible direction":    "zoe@\u202eclient.example",
		"a label of 64 characters":  "zoe@" + strings.Repeat("x", 64) + ".example",
		"an empty label":            "zoe@client..example",
		"a label with mixed script": "zoe@\u05d0a.example",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			got, err := address.Clean(in)
			assert.Empty(t, got)
			var invalid *address.InvalidError
			require.ErrorAs(t, err, &invalid)
		})
	}
}

func TestAddress(t *testing.T) {
	a, err := address.New("Zoë, \r\nBcc: Client", "Zoe@Client.example")
	require.NoError(t, err)
	assert.Equal(t, address.Address{Name: "Zoë, Bcc: Client", Mailbox: "Zoe@client.example"}, a)
	assert.Equal(t, "client.example", a.Domain())
	assert.False(t, a.IsZero())
	assert.True(t, address.Address{}.IsZero())
	assert.Empty(t, address.Address{}.Domain())

	_, err = address.New("Zoë", "zoe")
	require.EqualError(t, err, `"zoe" is not an e-mail address: it has no @`)

	t.Run("equal whatever the case and the name", func(t *testing.T) {
		assert.True(t, a.Equal(address.Address{Mailbox: "zoe@CLIENT.example"}))
		assert.False(t, a.Equal(address.Address{Mailbox: "zoe@client2.example"}))
	})
	for want, in := range map[string]address.Address{
		"zoe@client.example":                    {Mailbox: "zoe@client.example"},
		"Zoë Client <zoe@client.example>":       {Name: "Zoë Client", Mailbox: "zoe@client.example"},
		`"Client, Zoë" <zoe@client.example>`:    {Name: "Client, Zoë", Mailbox: "zoe@client.example"},
		`"a \"b\" c\\d" <zoe@client.example>`:   {Name: `a "b" c\d`, Mailbox: "zoe@client.example"},
		`"<max client>" <zoe@client.example>`:   {Name: "<max client>", Mailbox: "zoe@client.example"},
		`"Dr. Zoë (work)" <zoe@client.example>`: {Name: "Dr. Zoë (work)", Mailbox: "zoe@client.example"},
	} {
		t.Run("shown as "+want, func(t *testing.T) {
			assert.Equal(t, want, in.String())
			back, err := address.First(want)
			require.NoError(t, err)
			assert.Equal(t, in, back)
		})
	}
}

func TestParseLongFields(t *testing.T) {
	// Each of these would take minutes if reading were not linear.
	for name, field := range map[string]string{
		"quotes":   strings.Repeat(`"\"`, 200_000),
		"brackets": strings.Repeat("<", 500_000),
		"commas":   strings.Repeat("a,", 300_000),
		"different mailboxes": func() string {
			var b strings.Builder
			for i := range 60_000 {
				b.WriteString(strings.Repeat("x", i%50+1))
				b.WriteString("@client.example ")
			}
			return b.String()
		}(),
	} {
		t.Run("is quick with many "+name, func(t *testing.T) {
			got, _ := address.Parse(field)
			assert.LessOrEqual(t, len(got), 50)
		})
	}
}

func TestPrintable(t *testing.T) {
	for want, in := range map[string]string{
		"":                " \r\n\t\x00",
		"one two three":   "one\r\n two\u2028\u00a0three ",
		"Zoë 日本 👩\u200d🔧": "Zoë 日本 👩\u200d🔧",
		"[31mred":         "\x1b[31mred\u009b",
		"abc":             "a\u202e\u2066\u200fb\u200b\ufeffc",
		"ab":              "a\xff\xfeb",
	} {
		assert.Equal(t, want, address.Printable(in))
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`"Zoë, Client" <c@x.example>`, "a@x.example; b@y.example\nc@z.example", "mailto:a@x.example?cc=b@y.example",
		"a@x.example\r\nBcc: b@y.example", "=?utf-8?b?Ig0KQmNjOg==?= <a@x.example>", `"a"b@x.example`, "'' '<a@b.example>", "a@ﬁ.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		found, err := address.Parse(field)
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("%d addresses and error %v", len(found), err)
		}
		for _, a := range found {
			checkSafe(t, a)
		}
	})
}

// checkSafe fails when an address could do harm in a command, a header or on
// a terminal, or does not survive being written and read.
func checkSafe(t *testing.T, a address.Address) {
	t.Helper()
	for _, r := range a.Mailbox {
		if r <= ' ' || r > '~' || strings.ContainsRune(`<>()[]\",;:`, r) {
			t.Fatalf("mailbox %q has %q", a.Mailbox, r)
		}
	}
	if strings.Count(a.Mailbox, "@") != 1 || len(a.Mailbox) > 254 {
		t.Fatalf("mailbox %q is malformed", a.Mailbox)
	}
	if again, err := address.Clean(a.Mailbox); err != nil || again != a.Mailbox {
		t.Fatalf("mailbox %q is cleaned to %q, %v", a.Mailbox, again, err)
	}
	if a.Name != address.Printable(a.Name) || strings.Contains(a.Name, "=?") {
		t.Fatalf("name %q is not printable", a.Name)
	}
	if back, err := address.First(a.String()); err != nil || back != a {
		t.Fatalf("%#v is read back as %#v, %v", a, back, err)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := address.Parse(`"Zoë, at home" <zoe@client.example>; sam.seller@Example.COM`); err != nil {
			b.Fatal(err)
		}
	}
}
