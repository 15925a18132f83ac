package scenario_test

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func hostileCommands() commandGroup {
	return commandGroup{
		"huge":     huge,
		"rename":   rename,
		"harmless": harmless,
	}
}

// unescaped reads the escapes of Go in an argument, such as \n and \u202e.
func (s *script) unescaped(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	read, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	require.NoError(s, err, "%s", text)
	return read
}

// huge puts a long text into a variable.
func huge(s *script, args []string) {
	s.arguments(args, "VARIABLE", "LENGTH")
	n, err := strconv.Atoi(args[1])
	require.NoError(s, err)
	s.ts.Setenv(args[0], strings.Repeat("x", n))
}

// rename changes the name of a record, which is given by its id or as the only
// one with a name.
func rename(s *script, args []string) {
	s.arguments(args, "MODEL", "ID|NAME", "NEW")
	id, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		id = s.one(args[0], "name", args[1])
	}
	s.write(args[0], []int64{id}, map[string]any{"name": s.unescaped(args[2])})
}

// harmless checks that nothing which the last program printed acts on a
// terminal, and that no mail and no entry of ours has more to it than text.
func harmless(s *script, args []string) {
	s.arguments(args)
	for _, stream := range []string{"stdout", "stderr"} {
		text := strings.ReplaceAll(s.ts.ReadFile(stream), "\r\n", "\n")
		i := strings.IndexFunc(text, func(r rune) bool {
			return r == unicode.ReplacementChar || unicode.In(r, unicode.Cc, unicode.Cf) && r != '\n'
		})
		require.Negative(s, i, "%s: %q", stream, text[max(i, 0):])
	}
	known := []string{
		"Auto-Submitted", "Cc", "Content-Language", "Content-Type", "Date", "From", "List-Unsubscribe", "Message-Id", "Mime-Version", "Reply-To", "Subject", "To",
		"X-Auto-Response-Suppress",
	}
	for _, m := range s.mailbox.Messages() {
		l, err := m.Parse()
		require.NoError(s, err)
		for fields := l.Header.Fields(); fields.Next(); {
			require.Contains(s, known, fields.Key())
		}
		require.Len(s, m.Recipients, len(l.To)+len(l.Cc))
		require.False(s, strings.ContainsFunc(l.Subject, hiddenInMail), "%q", l.Subject)
		require.False(s, strings.ContainsFunc(strings.ReplaceAll(l.Text, "\n", ""), hiddenInMail), "%q", l.Text)
		s.onlyText(l.HTML)
	}
	for _, m := range s.search(messageModel, []any{[]any{"message_id", "=like", "<crm-tool.%"}}, "body") {
		s.onlyText(m.text("body"))
	}
}

// hiddenInMail tells whether a character of a mail would act on the text
// around it.
func hiddenInMail(r rune) bool {
	return unicode.IsControl(r) && r != '\r' || unicode.Is(unicode.Bidi_Control, r)
}

// onlyText checks that a fragment of HTML runs nothing.
func (s *script) onlyText(fragment string) {
	root, err := html.Parse(strings.NewReader(fragment))
	require.NoError(s, err)
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		require.NotContains(s, []string{"script", "iframe", "object", "form", "svg", "img"}, n.Data)
		for _, a := range n.Attr {
			require.False(s, strings.HasPrefix(a.Key, "on"), "%s of %s", a.Key, n.Data)
			if a.Key == "href" {
				require.Regexp(s, `^(https?://|mailto:|tel:)`, a.Val)
			}
		}
	}
}
