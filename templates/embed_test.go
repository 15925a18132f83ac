package templates_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

func TestEveryLanguageHasEveryFile(t *testing.T) {
	t.Parallel()
	languages := templatestest.Languages(t)
	require.Subset(t, languages, []string{"de", "en", "fr"})
	want := []string{"questionnaires", "texts", "layout.html", "signature.html", "signature.txt"}
	for _, language := range languages {
		for _, mail := range []string{"feedback", "feedback-reminder", "reminder", "reminder-15", "reminder-30", "reminder-7", "warning"} {
			for _, part := range []string{"html", "subject", "txt"} {
				want = append(want, mail+"."+language+"."+part)
			}
		}
		want = append(want, "footer."+language+".html", "footer."+language+".txt")
	}
	assert.ElementsMatch(t, want, glob(t, "*"))
	for _, folder := range []string{"texts", "questionnaires"} {
		var want []string
		for _, english := range glob(t, folder+"/*.en.yaml") {
			for _, language := range languages {
				want = append(want, strings.Replace(english, ".en.", "."+language+".", 1))
			}
		}
		assert.ElementsMatch(t, want, glob(t, folder+"/*"))
	}
}

// glob returns the built-in files of a pattern.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := fs.Glob(templates.FS, pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// What is no prose: what stands between braces, and tags.
var (
	action = regexp.MustCompile(`\{\{.*?\}\}`)
	tag    = regexp.MustCompile(`<[^>]*>`)
)

func TestFrenchIsSetWithItsSpaces(t *testing.T) {
	t.Parallel()
	for name, text := range french(t) {
		assert.NotRegexp(t, `[^\x{00a0}][:;?!»]`, text, "%s: a no-break space stands before", name)
		assert.NotRegexp(t, `«[^\x{00a0}]`, text, "%s: a no-break space stands after", name)
		assert.NotContains(t, text, "'", name)
		assert.NotContains(t, text, `"`, name)
		assert.NotRegexp(t, `\S  `, text, name)
	}
}

// french returns the prose of the French files.
func french(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range glob(t, "*.fr.*") {
		raw, err := fs.ReadFile(templates.FS, name)
		require.NoError(t, err)
		text := tag.ReplaceAllString(action.ReplaceAllString(string(raw), "x"), "")
		// "Re:" is the same in every language (RFC 5322, section 3.6.5).
		out[name] = strings.NewReplacer("&nbsp;", "\u00a0", "Re: ", "").Replace(text)
	}
	return out
}

func TestFrenchTextsAreSetWithTheirSpaces(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "texts/*.fr.yaml") {
		raw, err := fs.ReadFile(templates.FS, file)
		require.NoError(t, err)
		var texts map[string]any
		require.NoError(t, yaml.Unmarshal(raw, &texts))
		for name, text := range texts {
			assert.NotRegexp(t, `[^\x{00a0}\x{202f}][:;?!»]|«[^\x{00a0}\x{202f}]|['"]|\S  `, action.ReplaceAllString(fmt.Sprint(text), "x"), "%s: %s", file, name)
		}
	}
}

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "texts/*.en.yaml") {
		for _, language := range templatestest.Languages(t) {
			other := strings.Replace(file, ".en.", "."+language+".", 1)
			assert.Equal(t, names(t, file), names(t, other), other)
		}
	}
}

// names lists the texts of a file in their order.
func names(t *testing.T, file string) []string {
	t.Helper()
	raw, err := fs.ReadFile(templates.FS, file)
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(raw, &document))
	var out []string
	for i := 0; i < len(document.Content[0].Content); i += 2 {
		out = append(out, document.Content[0].Content[i].Value)
	}
	return out
}

// What says in one part where to click, and in the other what to open.
var (
	button = regexp.MustCompile(`(?s)<table role="presentation" class="action".*?</table>`)
	link   = regexp.MustCompile(`(?m)^.*\n\{\{\.Link\}\}$`)
)

func TestHTMLAndTextOfAMailSayTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range glob(t, "[rf]*.html") {
		page, err := fs.ReadFile(templates.FS, name)
		require.NoError(t, err)
		plain, err := fs.ReadFile(templates.FS, strings.TrimSuffix(name, "html")+"txt")
		require.NoError(t, err)
		message := string(page)
		if !strings.HasPrefix(name, "footer.") {
			var defined bool
			_, message, defined = strings.Cut(message, "{{end -}}\n")
			assert.True(t, defined && strings.HasPrefix(string(page), `{{define "preheader"}}`), "%s begins with what an inbox shows", name)
		}
		prose := strings.ReplaceAll(tag.ReplaceAllString(button.ReplaceAllString(message, ""), ""), "&nbsp;", "\u00a0")
		assert.Equal(t, lines(link.ReplaceAllString(string(plain), "")), lines(prose), name)
	}
}

// lines are those with something on them, without the dashes of a list.
func lines(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimPrefix(line, "- "); line != "" {
			out = append(out, line)
		}
	}
	return out
}
