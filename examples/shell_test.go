package examples_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// call is a call of crm-tool in a line for the shell.
type call struct {
	args []string
	// environment holds what is set for this call alone.
	environment map[string]string
	// stdin is the file that standard input is taken from, if any.
	stdin string
}

// callIn finds the call of crm-tool in a line for the shell. Who runs it, and
// where its output goes, makes no difference here. It is false when the line
// does not call crm-tool.
func callIn(line string) (call, bool, error) {
	words, err := shellWords(line)
	if err != nil {
		return call{}, false, fmt.Errorf("%s: %w", line, err)
	}
	c := call{environment: map[string]string{}}
	assignment := regexp.MustCompile(`^([A-Z_]+)=(.*)$`)
	for len(words) > 0 && words[0] != "crm-tool" {
		m := assignment.FindStringSubmatch(words[0])
		switch {
		case words[0] == "sudo":
		case words[0] == "-u" && len(words) > 1:
			words = words[1:]
		case m != nil:
			c.environment[m[1]] = m[2]
		default:
			return call{}, false, nil
		}
		words = words[1:]
	}
	if len(words) == 0 {
		return call{}, false, nil
	}
	for i, word := range words[1:] {
		if word == "<" && i+2 < len(words) {
			c.stdin = words[i+2]
		}
		if strings.HasPrefix(word, "|") || regexp.MustCompile(`^\d?[<>]`).MatchString(word) {
			break
		}
		c.args = append(c.args, word)
	}
	return c, true, nil
}

// shellWords splits a line as a shell does, as far as the documents go: words
// in single and double quotes, and a comment at the end.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open := false // a word has begun
	var quote rune
	for i, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == '\\' || r == '`' || r == '$':
			return nil, fmt.Errorf("%q at byte %d means something to a shell that this test does not know", r, i)
		case r == '#' && !open:
			return words, nil
		case r == ' ' || r == '\t' || r == '\n':
			if open {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

func TestACallIsFoundInALineForTheShell(t *testing.T) {
	none := map[string]string{}
	cases := map[string]struct {
		line string
		want call
		none bool
	}{
		"a call alone":            {line: "crm-tool remind -v", want: call{args: []string{"remind", "-v"}, environment: none}},
		"a comment is no part":    {line: "crm-tool remind   # mails them", want: call{args: []string{"remind"}, environment: none}},
		"somebody else runs it":   {line: "sudo -u crm-tool crm-tool remind", want: call{args: []string{"remind"}, environment: none}},
		"root runs it":            {line: "sudo crm-tool remind", want: call{args: []string{"remind"}, environment: none}},
		"output goes elsewhere":   {line: "crm-tool remind 2>&1 >/dev/null | grep x", want: call{args: []string{"remind"}, environment: none}},
		"a pipe follows":          {line: "crm-tool remind | grep x", want: call{args: []string{"remind"}, environment: none}},
		"input comes from a file": {line: "crm-tool setup --yes < admin.key", want: call{args: []string{"setup", "--yes"}, environment: none, stdin: "admin.key"}},
		"a setting for this call": {
			line: "CRM_TOOL_SMTP_PORT=25 crm-tool remind",
			want: call{args: []string{"remind"}, environment: map[string]string{"CRM_TOOL_SMTP_PORT": "25"}},
		},
		"words in quotes are one": {line: `crm-tool explain 'Office chairs' ""`, want: call{args: []string{"explain", "Office chairs", ""}, environment: none}},
		"another program is none": {line: "make test", none: true},
		"a user is none":          {line: "sudo useradd --system crm-tool", none: true},
		"an empty line is none":   {line: "", none: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, found, err := callIn(c.line)
			require.NoError(t, err)
			assert.Equal(t, !c.none, found)
			assert.Equal(t, c.want, got)
		})
	}
	for name, line := range map[string]string{
		"a quote that is not closed is told": "crm-tool explain 'Office",
		"what a shell would fill in is told": "crm-tool explain $ID",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := callIn(line)
			assert.Error(t, err)
		})
	}
}
