package mails_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// The guide lists each property, at-rule and kind of selector of the mails, with the
// mail programs that know it. What one of them does not know has a row that says what
// its readers see.
func TestTheGuideListsAllCSS(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, m := range all(t) {
		collectCSS(t, m.HTML, used)
	}
	want := slices.Sorted(maps.Keys(used))
	for _, guide := range []string{"mail-programs.md", "fr/mail-programs.fr.md"} {
		var got []string
		for _, row := range cssTable(t, guide) {
			got = append(got, row.feature)
			for _, answer := range row.support {
				if answer != "yes" && answer != "oui" {
					assert.NotEmpty(t, row.fallback, "%s: %s", guide, row.feature)
				}
			}
		}
		slices.Sort(got)
		assert.Equal(t, want, got, guide)
	}
}

// collectCSS collects what a mail uses: in its style sheet, which conditional comments
// may hold, and in its attributes.
func collectCSS(t *testing.T, source string, used map[string]bool) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data == "style" {
			collectSheet(n.Data, used)
		}
		if style := attribute(n, "style"); style != "" {
			collectDeclarations(style, used)
		}
	}
}

var (
	rule      = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	condition = regexp.MustCompile(`@([a-z-]+) (?:screen and )?\(([a-z-]+)[^)]*\)`)
	selectors = map[string]*regexp.Regexp{
		"`.class`":     regexp.MustCompile(`\.[a-z]`),
		"`element`":    regexp.MustCompile(`(^|[\s,])[a-z]`),
		"`a b`":        regexp.MustCompile(`[a-z\])] +[.a-z\[]`),
		"`a, b`":       regexp.MustCompile(`,`),
		"`.a.b`":       regexp.MustCompile(`\.[a-z]+\.[a-z]`),
		"`[data-og…]`": regexp.MustCompile(`\[`),
		"`:root`":      regexp.MustCompile(`:root`),
	}
)

func collectSheet(sheet string, used map[string]bool) {
	for _, m := range condition.FindAllStringSubmatch(sheet, -1) {
		used["`@"+m[1]+" ("+m[2]+")`"] = true
	}
	for _, m := range rule.FindAllStringSubmatch(condition.ReplaceAllString(sheet, ""), -1) {
		for name, pattern := range selectors {
			if pattern.MatchString(strings.TrimSpace(m[1])) {
				used[name] = true
			}
		}
		collectDeclarations(m[2], used)
	}
}

func collectDeclarations(text string, used map[string]bool) {
	for declaration := range strings.SplitSeq(text, ";") {
		if name, value, found := strings.Cut(declaration, ":"); found {
			used["`"+strings.TrimSpace(name)+"`"] = true
			if strings.Contains(value, "!important") {
				used["`!important`"] = true
			}
		}
	}
}

// cssRow is a row of the guide's table.
type cssRow struct {
	feature string
	// support is what each mail program does, in the order of the columns.
	support  []string
	fallback string
}

// cssTable reads the table of a guide.
func cssTable(t *testing.T, guide string) []cssRow {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../../../docs", guide))
	require.NoError(t, err)
	var rows []cssRow
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		const columns = 8
		require.Len(t, cells, columns, line)
		rows = append(rows, cssRow{feature: cells[0], support: cells[2:7], fallback: cells[7]})
	}
	return rows
}
