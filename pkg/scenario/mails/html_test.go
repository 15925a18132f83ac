//go:build mails

package mails_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/scenario/mails"
)

// forgiven are the remarks of the checker that stand against a mail although it is
// right, each with its reason.
func forgiven() map[string]string {
	return map[string]string{
		`^The “(cellpadding|cellspacing|border|width|bgcolor)” attribute on the “table” element is obsolete\.`: "Outlook on Windows lays out with Word, which reads these and not their CSS",
		`^The “(align|bgcolor|height|valign)” attribute on the “td” element is obsolete\.`:                     "the same",
		`^CSS: “mso-padding-alt”: Property “mso-padding-alt” doesn't exist\.$`:                                 "it is Word's: a link has no padding there, so the cell of a button has it",
		`^CSS: “mso-hide”: Property “mso-hide” doesn't exist\.$`:                                               "it is Word's: it hides what others hide by display",
		`^Trailing slash on void elements has no effect`:                                                       "signatures are cleaned by a library that writes <br/>",
	}
}

func TestEveryMailIsValidHTML(t *testing.T) {
	t.Parallel()
	list := all(t)
	pages := save(t, list, ".html", func(m mails.Mail) string { return m.HTML })
	needed := map[string]bool{}
	for _, r := range check(t, pages) {
		pardon := ""
		for pattern := range forgiven() {
			if regexp.MustCompile(pattern).MatchString(r.Message) {
				pardon, needed[pattern] = pattern, true
			}
		}
		assert.NotEmpty(t, pardon, "%s: %s: %s", filepath.Base(r.URL), r.Message, r.Extract)
	}
	for pattern := range forgiven() {
		assert.True(t, needed[pattern], "nothing needs to be forgiven: %s", pattern)
	}
}

func TestTheCheckerFindsFaults(t *testing.T) {
	t.Parallel()
	m := all(t)[0]
	m.HTML = strings.NewReplacer("margin: 0;", "margn: 0;", "</body>", `<a href="https://example.com"><div></body>`).Replace(m.HTML)
	var found []string
	for _, r := range check(t, save(t, []mails.Mail{m}, ".html", func(m mails.Mail) string { return m.HTML })) {
		if r.Type == "error" {
			found = append(found, r.Message)
		}
	}
	assert.Contains(t, found, "CSS: “margn”: Property “margn” doesn't exist.")
	assert.Contains(t, found, "Unclosed element “div”.")
}

// remark is what the checker says about a page.
type remark struct {
	Type    string `json:"type"`
	URL     string `json:"url"`
	Message string `json:"message"`
	Extract string `json:"extract"`
}

// check lets the Nu Html Checker look at pages: HTML and the CSS in it.
func check(t *testing.T, pages []string) []remark {
	t.Helper()
	args := append([]string{"-jar", filepath.Join(judges(t), "vnu.jar"), "--format", "json", "--stdout", "--exit-zero-always"}, pages...)
	var found struct {
		Messages []remark `json:"messages"`
	}
	require.NoError(t, json.Unmarshal(run(t, "", "java", args...), &found))
	return found.Messages
}
