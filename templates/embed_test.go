package templates_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/templates"
)

func TestEveryMailHasItsThreeFilesInBothLanguages(t *testing.T) {
	t.Parallel()
	want := []string{"questionnaires", "texts", "layout.html", "signature.html", "signature.txt"}
	for _, mail := range []string{"feedback", "feedback-reminder", "reminder", "reminder-15", "reminder-30", "reminder-7", "warning"} {
		for _, language := range []string{"en", "fr"} {
			for _, part := range []string{"html", "subject", "txt"} {
				want = append(want, mail+"."+language+"."+part)
			}
		}
	}
	want = append(want, "footer.en.html", "footer.en.txt", "footer.fr.html", "footer.fr.txt")
	got, err := fs.Glob(templates.FS, "*")
	require.NoError(t, err)
	assert.ElementsMatch(t, want, got)
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
	files, err := fs.Glob(templates.FS, "*.fr.*")
	require.NoError(t, err)
	require.Len(t, files, 23)
	out := map[string]string{}
	for _, name := range files {
		raw, err := fs.ReadFile(templates.FS, name)
		require.NoError(t, err)
		text := tag.ReplaceAllString(action.ReplaceAllString(string(raw), "x"), "")
		// "Re:" is the same in every language (RFC 5322, section 3.6.5).
		out[name] = strings.NewReplacer("&nbsp;", "\u00a0", "Re: ", "").Replace(text)
	}
	return out
}

func TestTheFrenchReportIsSetWithItsSpaces(t *testing.T) {
	t.Parallel()
	raw, err := fs.ReadFile(templates.FS, "texts/report.fr.yaml")
	require.NoError(t, err)
	var texts map[string]string
	require.NoError(t, yaml.Unmarshal(raw, &texts))
	for name, text := range texts {
		assert.NotRegexp(t, `[^\x{00a0}\x{202f}][:;?!»]|['"]|\S  `, action.ReplaceAllString(text, "x"), name)
	}
}

func TestEveryTextIsInBothLanguages(t *testing.T) {
	t.Parallel()
	english, err := fs.Glob(templates.FS, "texts/*.en.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, english)
	for _, file := range english {
		assert.Equal(t, names(t, file), names(t, strings.Replace(file, ".en.", ".fr.", 1)), file)
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

func TestHTMLAndTextOfAMailSayTheSame(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(templates.FS, "[rf]*.html")
	require.NoError(t, err)
	require.Len(t, files, 14)
	// A button in one is a line with an address in the other.
	button := strings.NewReplacer("Give your opinion\n", "", "Donner votre avis\n", "",
		"Give your opinion here:\n{{.Link}}\n", "", "Donnez votre avis ici\u00a0:\n{{.Link}}\n", "", " -}}", "}}")
	for _, name := range files {
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
		prose := strings.ReplaceAll(tag.ReplaceAllString(message, ""), "&nbsp;", "\u00a0")
		assert.Equal(t, lines(button.Replace(string(plain))), lines(button.Replace(prose)), name)
	}
}

// lines are those with something on them.
func lines(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimLeft(line, " "); line != "" {
			out = append(out, line)
		}
	}
	return out
}
