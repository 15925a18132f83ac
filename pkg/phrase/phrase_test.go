package phrase_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
	"github.com/crm-tool/crm-tool/templates"
)

// greetings is a kind of texts.
type greetings struct {
	Title string              `text:"title"`
	Hello phrase.Text[person] `text:"hello"`
	Days  [2]string           `text:"days"`
	Sign  sign                `text:"sign"`
}

type person struct {
	Name string
	Age  int
}

// sign is a text with a rule of its own.
type sign string

func (s *sign) Parse(source string) error {
	if !strings.HasPrefix(source, "-") {
		return errors.New("must begin with a hyphen")
	}
	*s = sign(source)
	return nil
}

// files makes a folder of texts.
func files(texts map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range texts {
		out["texts/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// builtin is what the program carries.
func builtin() fs.FS {
	return files(map[string]string{
		"greetings.en.yaml": "title: Greetings\nhello: Hello {{.Name}}\ndays: [Monday, Tuesday]\nsign: -x\n",
		"greetings.fr.yaml": "title: Salutations\nhello: Bonjour {{.Name}}{{if eq .Age 0}}, bébé{{end}}\ndays: [lundi, mardi]\nsign: -y\n",
		"farewells.en.yaml": "title: Farewells\n",
	})
}

func load(own map[string]string) (*phrase.Set[greetings], error) {
	return phrase.Load[greetings](overlay.New(files(own), builtin()), "greetings")
}

// says writes out what there is in a language.
func says(set *phrase.Set[greetings], wishes ...string) string {
	texts, code := set.In(wishes...)
	return fmt.Sprintf("%s: %s, %s, %s, %s", code, texts.Title, texts.Hello.Fill(person{"Zoë", 0}), texts.Days[1], texts.Sign)
}

func TestTheLanguageIsTheFirstThatThereIs(t *testing.T) {
	t.Parallel()
	set, err := load(nil)
	require.NoError(t, err)
	const english, french = "en: Greetings, Hello Zoë, Tuesday, -x", "fr: Salutations, Bonjour Zoë, bébé, mardi, -y"
	assert.Equal(t, french, says(set, "fr_CA"))
	assert.Equal(t, french, says(set, "de_DE", "fr-FR"))
	assert.Equal(t, english, says(set, "en_US", "fr"))
	assert.Equal(t, english, says(set, "de_DE"))
	assert.Equal(t, english, says(set))
}

func TestAnotherLanguageNeedsAFileAlone(t *testing.T) {
	t.Parallel()
	set, err := load(map[string]string{
		"greetings.de.yaml": "title: Grüße\nhello: Guten Tag, {{.Name}}\ndays: [Montag, Dienstag]\nsign: -z\n",
	})
	require.NoError(t, err)
	assert.Equal(t, "de: Grüße, Guten Tag, Zoë, Dienstag, -z", says(set, "de_AT"))
	assert.Equal(t, "fr: Salutations, Bonjour Zoë, bébé, mardi, -y", says(set, "fr"))
}

func TestATextThatAFileLacksIsTakenFromTheNextOne(t *testing.T) {
	t.Parallel()
	set, err := load(map[string]string{
		"greetings.fr.yaml":    "hello: Salut {{.Name}}\n",
		"greetings.fr_CA.yaml": "title: Allô\n",
		"greetings.de.yaml":    "# nothing yet\n",
	})
	require.NoError(t, err)
	assert.Equal(t, "fr: Salutations, Salut Zoë, mardi, -y", says(set, "fr"), "from the built-in file of the language")
	assert.Equal(t, "fr_CA: Allô, Salut Zoë, mardi, -y", says(set, "fr_CA"), "from the language without the country")
	assert.Equal(t, "de: Greetings, Hello Zoë, Tuesday, -x", says(set, "de"), "from English")
}

func TestWhitespaceAroundATextIsDropped(t *testing.T) {
	t.Parallel()
	set, err := load(map[string]string{"greetings.en.yaml": "\ufefftitle: >\r\n  Many\r\n  greetings\r\nhello: |\n  Hello\n  {{.Name}}\n"})
	require.NoError(t, err)
	assert.Equal(t, "en: Many greetings, Hello Zoë, Tuesday, -x", says(set, "en"))
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	const other = "may only show a field, as in {{.Name}}, or depend on one with {{if}}, {{else}} and {{end}}"
	const name = ": must be named NAME.LANG.yaml, with LANG as in fr or fr_CA"
	for _, c := range []struct{ name, file, text, want string }{
		{"a text that there is not", "greetings.de.yaml", "title: x\nhelo: x", `greetings.de.yaml, line 2: there is no text "helo"; did you mean hello?`},
		{"a name far from any", "greetings.de.yaml", "frobnicate: x", `greetings.de.yaml, line 1: there is no text "frobnicate"; there is title, hello, days, sign`},
		{"a text twice", "greetings.de.yaml", "title: x\ntitle: y", "greetings.de.yaml, line 2: title is already set in line 1"},
		{"a merge key", "greetings.fr.yaml", "<<: {title: x}", "greetings.fr.yaml, line 1: the file has a key that is not a plain name (merge keys are not supported)"},
		{"a field that there is not", "greetings.fr.yaml", "\nhello: x {{.Nam}}", "greetings.fr.yaml, line 2: hello shows a field that it does not have, Nam; did you mean Name?"},
		{"a field within a field", "greetings.fr.yaml", "hello: x {{.Name.First}}", "greetings.fr.yaml, line 1: hello cannot work out {{.Name.First}}"},
		{"a condition that depends on nothing", "greetings.fr.yaml", "hello: '{{if false}}{{else if eq .Age \"1\"}}x{{end}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"a comparison of a number with a text", "greetings.fr.yaml", "hello: '{{if eq .Age \"1\"}}x{{end}}'", `greetings.fr.yaml, line 1: hello cannot work out {{eq .Age "1"}}`},
		{"a condition without a value", "greetings.fr.yaml", "hello: '{{if eq .Age}}x{{end}}'", "greetings.fr.yaml, line 1: hello cannot work out {{eq .Age}}"},
		{"a comparison with several values", "greetings.fr.yaml", "hello: '{{if eq .Age 0 \"x\"}}x{{end}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"in the other case", "greetings.fr.yaml", "hello: '{{if .Age}}{{else}}{{.Nme}}{{end}}'", "greetings.fr.yaml, line 1: hello shows a field that it does not have, Nme; did you mean Name?"},
		{"a function", "greetings.fr.yaml", "hello: '{{printf \"%99999999d\" .Age}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"a loop", "greetings.fr.yaml", "hello: '{{range 1000000}}x{{end}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"a pipeline", "greetings.fr.yaml", "hello: '{{.Name | html}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"a variable", "greetings.fr.yaml", "hello: '{{$x := .Name}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"everything at once", "greetings.fr.yaml", "hello: '{{.}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"another template", "greetings.fr.yaml", "hello: '{{template \"x\"}}'", "greetings.fr.yaml, line 1: hello " + other},
		{"a template of its own", "greetings.fr.yaml", "hello: '{{define \"x\"}}{{end}}x'", "greetings.fr.yaml, line 1: hello " + other},
		{"an open brace", "greetings.fr.yaml", "hello: '{{.Name'", "greetings.fr.yaml, line 1: hello is not a text with fields: unclosed action"},
		{"braces where there are no fields", "greetings.fr.yaml", "title: '{{.Name}}'", "greetings.fr.yaml, line 1: title has no fields to show"},
		{"a text that is empty", "greetings.fr.yaml", "title:", "greetings.fr.yaml, line 1: title is empty"},
		{"a list that is short", "greetings.fr.yaml", "days: [lundi]", "greetings.fr.yaml, line 1: days must be a list of 2"},
		{"a list with a gap", "greetings.fr.yaml", "days: [lundi, '']", "greetings.fr.yaml, line 1: days is empty"},
		{"a text in the place of a list", "greetings.fr.yaml", "days: lundi", "greetings.fr.yaml, line 1: days must be a list of 2"},
		{"a list in the place of a text", "greetings.fr.yaml", "title: [x]", "greetings.fr.yaml, line 1: title must be one value; put a text with : or # or that begins with [ or { in quotes"},
		{"a rule of its own", "greetings.fr.yaml", "sign: x", "greetings.fr.yaml, line 1: sign must begin with a hyphen"},
		{"no names", "greetings.fr.yaml", "- x", "greetings.fr.yaml, line 1: must have names with texts"},
		{"no YAML", "greetings.fr.yaml", "title: [", "greetings.fr.yaml, line 1: is not valid YAML: did not find expected node content"},
		{"nothing", "greetings.fr.yaml", "", "greetings.fr.yaml: is empty"},
		{"a kind that there is not", "greting.fr.yaml", "x", "greting.fr.yaml" + name + "; did you mean greetings?"},
		{"a language that there is not", "greetings.french.yaml", "x", "greetings.french.yaml" + name + "; did you mean greetings?"},
		{"another ending", "farewells.fr.yml", "x", "farewells.fr.yml" + name + "; did you mean farewells?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(map[string]string{c.file: c.text})
			require.EqualError(t, err, "texts/"+c.want)
			_, ok := errors.AsType[*overlay.FileError](err)
			assert.True(t, ok)
		})
	}
	_, err := load(map[string]string{"greetings.fr.yaml": "title:\nhello: '{{'", "greetings.de.yaml": "x: y"})
	assert.Len(t, strings.Split(err.Error(), "\n"), 3)
}

func TestAFileOfAnotherNameIsLeftAlone(t *testing.T) {
	t.Parallel()
	_, err := load(map[string]string{"README.md": "[", ".greetings.fr.yaml": "[", "greetings.fr.yaml~": "[", "old.yaml/x.txt": "["})
	assert.NoError(t, err)
}

func TestEveryTextMustBeBuiltIn(t *testing.T) {
	t.Parallel()
	_, err := phrase.Load[greetings](overlay.New(nil, files(map[string]string{"greetings.fr.yaml": "title: x\nsign: -x"})), "greetings")
	assert.EqualError(t, err, "texts/greetings.en.yaml: days is missing\ntexts/greetings.en.yaml: hello is missing\n"+
		"texts/greetings.en.yaml: sign is missing\ntexts/greetings.en.yaml: title is missing\n"+
		"texts/greetings.fr.yaml: days is missing\ntexts/greetings.fr.yaml: hello is missing")
	_, err = phrase.Load[greetings](overlay.New(nil, fstest.MapFS{}), "greetings")
	assert.EqualError(t, err, "list texts: open texts: file does not exist")
	assert.Empty(t, phrase.Text[person]{}.Fill(person{}))
}

func TestFilesAreListedWithWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	got, err := phrase.Files(overlay.New(files(map[string]string{"greetings.fr.yaml": "[", "greetings.de.yaml": "["}), builtin()))
	require.NoError(t, err)
	assert.Equal(t, []overlay.File{
		{Path: "texts/farewells.en.yaml", Name: "farewells", Language: "en"},
		{Path: "texts/greetings.de.yaml", Name: "greetings", Language: "de", Own: true},
		{Path: "texts/greetings.en.yaml", Name: "greetings", Language: "en"},
		{Path: "texts/greetings.fr.yaml", Name: "greetings", Language: "fr", Own: true},
	}, got)
}

func TestDates(t *testing.T) {
	t.Parallel()
	set, err := phrase.Load[phrase.Dates](overlay.New(nil, templates.FS), phrase.DatesKind)
	require.NoError(t, err)
	first, third := calendar.Date{Year: 2026, Month: time.August, Day: 1}, calendar.Date{Year: 2026, Month: time.February, Day: 3}
	for language, want := range map[string][]string{
		"en": {"1 August 2026", "3 February 2026", "August 2026", "Feb 2026"},
		"fr": {"1er août 2026", "3 février 2026", "août 2026", "févr. 2026"},
	} {
		dates, _ := set.In(language)
		assert.Equal(t, want, []string{
			dates.Date(first), dates.Date(third), dates.InMonth(time.Date(2026, time.August, 1, 0, 0, 0, 0, time.UTC)), dates.InShortMonth(time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)),
		})
	}
}

func TestPlaceholdersOfOtherProgramsAreRefusedInAUsersText(t *testing.T) {
	t.Parallel()
	_, err := load(map[string]string{"greetings.de.yaml": "title: Hallo\nhello: Hallo ${object.name}\ndays: [Montag, '%%day%%']\n"})
	const end = ", another program's placeholder, which would not be filled in; the built-in file shows the fields of this text, as in {{.Name}}"
	assert.EqualError(t, err, "texts/greetings.de.yaml, line 2: hello shows ${object.name}"+end+"\n"+
		"texts/greetings.de.yaml, line 3: days shows %%day%%"+end)
}
