package examples_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func TestTheMakeTargetsInDocumentsExist(t *testing.T) {
	makefile := document("../Makefile").read(t)
	total := 0
	for _, d := range documents() {
		targets := regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(d.read(t), -1)
		total += len(targets)
		for _, target := range targets {
			assert.Regexp(t, `(?m)^`+target[1]+`:`, makefile, d)
		}
	}
	assert.NotZero(t, total)
}

func TestTheFilesInDocumentsAreRight(t *testing.T) {
	configurations, questionnaires := 0, 0
	for _, d := range documents() {
		for _, block := range d.blocks(t, "yaml") {
			if strings.HasPrefix(block, "title:") {
				questionnaires++
				_, err := questionnaire.Load(overlay.New(nil, fstest.MapFS{"questionnaires/visit.en.yaml": {Data: []byte(block)}}))
				require.NoError(t, err, d)
				continue
			}
			configurations++
			settings := config.Load(config.Options{
				Environ: []string{"HOME=/nonexistent"},
				Files: host(fstest.MapFS{
					"etc/crm-tool/config.yaml":   {Data: []byte(block), Mode: 0o640},
					"etc/crm-tool/odoo.key":      {Data: []byte("a key\n"), Mode: 0o640},
					"etc/crm-tool/smtp.password": {Data: []byte("a password\n"), Mode: 0o640},
					"etc/crm-tool/monitor.url":   {Data: []byte("https://hc-ping.com/a-key/crm-tool-{command}\n"), Mode: 0o640},
				}),
			})
			assert.Empty(t, settings.Warnings(), d)
			var need config.Need
			if strings.HasPrefix(block, "odoo:") {
				need = config.NeedOdoo | config.NeedMail
			}
			_, err := settings.Config(need)
			require.NoError(t, err, d)
		}
	}
	assert.Positive(t, configurations)
	assert.Positive(t, questionnaires)
}

func TestTheTechnicalGuidesNameEachCheck(t *testing.T) {
	for _, guide := range []document{"../docs/technical-guide.md", "../docs/fr/technical-guide.fr.md"} {
		for _, check := range checks.Names() {
			assert.True(t, strings.Contains(guide.read(t), "`"+string(check)+"`"), "add the check %s to the table in %s", check, guide)
		}
	}
}

func TestTheSettingsInDocumentsExist(t *testing.T) {
	var names, variables []string
	for _, key := range config.Keys() {
		names, variables = append(names, key.Name), append(variables, key.Env())
	}
	for _, check := range checks.Names() {
		names = append(names, string(check))
	}
	variables = append(variables, config.PathEnv, "CRM_TOOL_SHARDS")
	variables = append(variables, config.HookVariables()...)
	for _, d := range documents() {
		for _, name := range settingsIn(d.read(t)) {
			assert.Contains(t, names, name, d)
		}
		for _, variable := range regexp.MustCompile(`\bCRM_TOOL_[A-Z_]+\b`).FindAllString(d.read(t), -1) {
			// Those of the tests are no settings.
			assert.True(t, slices.Contains(variables, variable) || strings.HasPrefix(variable, "CRM_TOOL_TEST_"), "%s in %s", variable, d)
		}
	}
}

// settingsIn returns the settings that are named as code, in a sentence or in a
// command that sets one.
func settingsIn(text string) []string {
	sections := map[string]bool{}
	for _, key := range config.Keys() {
		section, _, _ := strings.Cut(key.Name, ".")
		sections[section] = true
	}
	notSettings := []string{"odoo.key", "feedback.html", "odoo.com"} // Files of the examples, and a domain.
	var names []string
	for _, code := range slices.Concat(codes(text), regexp.MustCompile(`config (?:get|set|unset) \S+`).FindAllString(text, -1)) {
		for _, name := range regexp.MustCompile(`^[a-z_]+\.[a-z_]+$|[a-z_]+\.[a-z_]+$`).FindAllString(code, 1) {
			section, _, _ := strings.Cut(name, ".")
			if sections[section] && !slices.Contains(notSettings, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// status is a row of the table of exit statuses.
type status struct {
	code    string
	mails   bool
	meaning string
}

func TestTheExitStatusesInDocumentsAreThoseOfTheProgram(t *testing.T) {
	code, help := newServers(t).run(nil, "help", "exit-codes")
	require.Zero(t, code)
	var want []status
	for _, m := range regexp.MustCompile(`(?m)^ +(\d+) +(yes|no) +(.+)$`).FindAllStringSubmatch(help, -1) {
		want = append(want, status{code: m[1], mails: m[2] == "yes", meaning: m[3]})
	}
	require.NotEmpty(t, want)
	assert.Equal(t, want, statuses(t, "../docs/technical-guide.md", "yes", "no"))

	translated := statuses(t, "../docs/fr/technical-guide.fr.md", "oui", "non")
	require.Len(t, translated, len(want))
	for i := range translated {
		translated[i].meaning = want[i].meaning
	}
	assert.Equal(t, want, translated)
}

// statuses reads the table of exit statuses.
func statuses(t *testing.T, d document, yes, no string) []status {
	t.Helper()
	var out []status
	table := regexp.MustCompile(`(?m)^\| (\d+) \| (.+) \| (` + yes + `|` + no + `) \|$`)
	for _, m := range table.FindAllStringSubmatch(d.read(t), -1) {
		out = append(out, status{code: m[1], mails: m[3] == yes, meaning: m[2]})
	}
	return out
}

func TestTheReasonsInDocumentsAreThoseOfTheProgram(t *testing.T) {
	var want []string
	declared := regexp.MustCompile(`Reason = "([a-z-]+)"`)
	for _, m := range declared.FindAllStringSubmatch(document("../pkg/crm/reason.go").read(t), -1) {
		want = append(want, m[1])
	}
	require.NotEmpty(t, want)
	row := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]+\\.) \\|$")
	for _, d := range []document{"../docs/technical-guide.md", "../docs/fr/technical-guide.fr.md"} {
		var got []string
		for _, m := range row.FindAllStringSubmatch(d.read(t), -1) {
			got = append(got, m[1])
			if d == "../docs/technical-guide.md" {
				assert.Equal(t, report.Explain(crm.Reason(m[1])), m[2])
			}
		}
		assert.ElementsMatch(t, want, got, d)
	}
}

func TestTheSchedulesInDocumentsAreTheExample(t *testing.T) {
	want, err := parseCrontab(document("crontab").read(t))
	require.NoError(t, err)
	shown := 0
	for _, d := range documents() {
		for _, block := range d.blocks(t, "") {
			if !strings.Contains(block, program) {
				continue
			}
			shown++
			got, err := parseCrontab(block)
			require.NoError(t, err, d)
			assert.Equal(t, want, got, d)
		}
	}
	assert.Positive(t, shown)
}

func TestTheFieldsOfReportsAreDescribed(t *testing.T) {
	fields := regexp.MustCompile(`json:"([a-z_]+)`).FindAllStringSubmatch(document("../pkg/report/json.go").read(t), -1)
	require.NotEmpty(t, fields)
	for _, d := range []document{"../docs/technical-guide.md", "../docs/fr/technical-guide.fr.md"} {
		described := codes(d.read(t))
		for _, field := range fields {
			assert.Contains(t, described, field[1], d)
		}
	}
}

func TestTheInstallationGuideHelpsAtEveryFailure(t *testing.T) {
	for _, d := range []document{"../docs/installation.md", "../docs/fr/installation.fr.md"} {
		for _, s := range statuses(t, "../docs/technical-guide.md", "yes", "no") {
			if s.code != "0" {
				assert.Regexp(t, `(?m)^\| [0-9, ]*\b`+s.code+`\b[0-9, ]* \|`, d.read(t), d)
			}
		}
	}
}

func TestDocumentsSayTheSameInEveryLanguage(t *testing.T) {
	for _, p := range pairs() {
		t.Run(filepath.Base(string(p.english)), func(t *testing.T) {
			english, french := p.english.read(t), p.french.read(t)
			assert.Equal(t, settingsIn(english), settingsIn(french))
			assert.Equal(t, commandsIn(english), commandsIn(french))
			assert.Equal(t, named(english), named(french))
			assert.Equal(t, numbersOfHeadings(english), numbersOfHeadings(french), "the same chapters")
			assert.Equal(t, linked(t, p.english), linked(t, p.french))
			assert.Equal(t, p.english.blocks(t, "console"), p.french.blocks(t, "console"))
		})
	}
}

// commandsIn returns the lines of the blocks for the shell, comments left out.
func commandsIn(text string) []string {
	var out []string
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	return out
}

// named returns the flags, reasons, outcomes and variables that are named as
// code, each once.
func named(text string) []string {
	var out []string
	for _, code := range codes(text) {
		if regexp.MustCompile(`^(-[a-z-]+|[a-z]+-[a-z-]+|CRM_TOOL_[A-Z_]+)$`).MatchString(code) {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// numbersOfHeadings returns the headings' depths.
func numbersOfHeadings(text string) []int {
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(text, "")
	var out []int
	for _, m := range regexp.MustCompile(`(?m)^(#+) `).FindAllStringSubmatch(prose, -1) {
		out = append(out, len(m[1]))
	}
	return out
}

// linked returns the files and pages that a document leads to, each once. One
// in its own language stands for the other, and a document's own twin for
// nothing.
func linked(t *testing.T, d document) []string {
	t.Helper()
	own := regexp.MustCompile(`fr/([a-zA-Z-]+)\.fr\.md$`)
	target := func(name string) string {
		name = strings.Replace(own.ReplaceAllString(name, "$1.md"), "docs/README.md", "README.md", 1)
		return strings.Replace(name, ".fr.png", ".png", 1)
	}
	var out []string
	for _, m := range regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`).FindAllStringSubmatch(d.read(t), -1) {
		name := m[1]
		if !strings.Contains(name, "://") {
			name = target(filepath.Join(filepath.Dir(string(d)), name))
		}
		if name != target(string(d)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
