package docs_test

import (
	"flag"
	"fmt"
	"go/build/constraint"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:generate go test -run=IsGenerated$ . -update

var update = flag.Bool("update", false, "write the documents that are generated")

const (
	scenariosFile   = "scenarios.md"
	scenariosFolder = "../pkg/scenario"
)

// topic is a heading of the document, with the names of its scenarios. A
// scenario belongs to the first topic that names it.
type topic struct {
	title string
	names []string
}

// topics are in the order of the document. A scenario that no topic names
// belongs to the first one.
func topics() []topic {
	return []topic{
		{"Reminders", nil},
		{"Archiving", []string{"archive-*"}},
		{"Feedback", []string{"feedback", "feedback-*"}},
		{"Nothing twice, nothing lost", []string{
			"once", "uncertain", "uncertain-*", "switched-off-settle", "odoo-*", "server-refuses", "refused", "refused-*", "journal*",
			"lock*", "signal*", "killed*", "clock*", "state-dir", "merged", "postfix*", "faults*",
		}},
		{"Safety", []string{
			"copied", "first-run", "guard", "injection", "stranger*", "user-changed", "rights", "secret*", "hostile*", "bounced*", "stripped",
		}},
		{"Settings and templates", []string{
			"config-*", "doctor*", "switch", "timezone", "templates*", "preview*", "api-key", "connection", "init*", "setup*", "at-once", "today",
		}},
		{"Upgrades", []string{"upgrade/*"}},
		{"Through a provider's mail server", []string{"relay/*", "relays/*"}},
		{"Output and help", []string{
			"documents", "dry-run", "quiet", "portions", "explain*", "runs*", "history*", "progress*", "help*", "errors*", "tables*", "usage*",
		}},
	}
}

func TestTheListOfScenariosIsGenerated(t *testing.T) {
	want := scenarioList(t)
	if *update {
		require.NoError(t, os.WriteFile(scenariosFile, []byte(want), 0o644))
	}
	got, err := os.ReadFile(scenariosFile)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "make docs writes it anew")
}

// scenarioList is the whole document.
func scenarioList(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(scenariosFolder + "/testdata/*.txtar")
	require.NoError(t, err)
	below, err := filepath.Glob(scenariosFolder + "/testdata/*/*.txtar")
	require.NoError(t, err)
	stages := standInStages(t)
	rows := map[string][]string{}
	for _, file := range slices.Concat(files, below) {
		path, err := filepath.Rel(scenariosFolder+"/testdata", file)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.ToSlash(path), ".txtar")
		title := topicOf(name)
		rows[title] = append(rows[title], scenarioRow(t, file, name, stages))
	}

	var b strings.Builder
	b.WriteString(`<!-- Written by "make docs" from pkg/scenario. -->

# Requirements and their tests

Each scenario is a script that runs crm-tool as its users do: as a process, against an Odoo and a mail server. Its first sentence is the
requirement, which is listed here. The [guide to scenarios](../pkg/scenario/testdata/README.md) explains the commands in the scripts.

` + "`make test-exhaustive`" + ` runs them against the stand-in for Odoo, as the versions in the tables; ` + "`make test`" + ` as the newest, and those
about archiving as the oldest too. ` + "`make test-relay`" + ` runs those with a provider's mail server. ` + "`make test-odoo`" + ` runs the
same files against a real Odoo, 19 or any other.
`)
	for _, topic := range topics() {
		if len(rows[topic.title]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| requirement | scenario | stand-in as Odoo | real Odoo |\n| --- | --- | --- | --- |\n%s",
			topic.title, strings.Join(rows[topic.title], ""))
	}
	b.WriteString("\n## Load, kills, concurrency, a browser, and mails\n\nThese are tests in Go: they kill runs, start many at once, " +
		"count calls, click, or read mails.\n\n| requirement | test | stand-in | real Odoo 19 |\n| --- | --- | --- | --- |\n")
	b.WriteString(testRows(t, scenariosFolder, "make test"))
	b.WriteString(testRows(t, "../pkg/scenario/browser", "make test-browser"))
	b.WriteString(testRows(t, "../pkg/scenario/mails", "make test"))
	return b.String()
}

func topicOf(name string) string {
	for _, topic := range topics() {
		for _, pattern := range topic.names {
			if matched, err := path.Match(pattern, name); err == nil && matched {
				return topic.title
			}
		}
	}
	return topics()[0].title
}

// scenarioRow is the row of one script.
func scenarioRow(t *testing.T, file, name string, stages []stage) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	script := string(content)
	var versions []string
	for _, s := range stages {
		if matched, err := path.Match(s.names, name); err == nil && matched &&
			(s.version == newestVersion || !strings.Contains(script, "[!newest] skip")) {
			versions = append(versions, s.version)
		}
	}
	if len(versions) == 0 {
		versions = []string{"no"}
	}
	return fmt.Sprintf("| %s | [%s](%s) | %s | 19 |\n",
		cell(requirement(t, script)), name, filepath.ToSlash(file), strings.Join(versions, ", "))
}

// requirement is the first paragraph of a script.
func requirement(t *testing.T, script string) string {
	t.Helper()
	first, _, found := strings.Cut(script, "\n\n")
	require.True(t, found)
	var words []string
	for line := range strings.Lines(first) {
		words = append(words, strings.Fields(strings.TrimPrefix(line, "#"))...)
	}
	return strings.Join(words, " ")
}

// cell makes a text fit for a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
}

const newestVersion = "19"

// stage is a version of Odoo that the stand-in plays, and for which scripts.
type stage struct{ version, names string }

// standInStages reads them from the tests that run the scripts, oldest first.
func standInStages(t *testing.T) []stage {
	t.Helper()
	stages := []stage{
		{version: newestVersion, names: "*"},
		{version: "16", names: "upgrade/*"},
		{version: newestVersion, names: "upgrade/*"},
		{version: newestVersion, names: "relay*/*"},
	}
	source, err := os.ReadFile(scenariosFolder + "/versions_exhaustive_test.go")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`runScenarios\(t, (\d+), "([^"]+)"\)`).FindAllStringSubmatch(string(source), -1) {
		stages = append(stages, stage{version: m[1], names: m[2]})
	}
	require.Greater(t, len(stages), 1)
	slices.SortFunc(stages, func(a, b stage) int { return strings.Compare(a.version, b.version) })
	return stages
}

// target is what runs tests: a goal of make, and the build tags that it sets.
type target struct {
	name string
	tags []string
}

// testRows are the tests of a folder beside the scripts, and what runs them.
func testRows(t *testing.T, folder, standIn string) string {
	t.Helper()
	files, err := filepath.Glob(folder + "/*_test.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	declared := regexp.MustCompile(`(?m)^func Test([A-Z]\w+)\(t \*testing\.T\)`)
	var b strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(content), "runScenarios(") {
			continue // Its tests run the scripts.
		}
		first, _, _ := strings.Cut(string(content), "\n")
		where := firstTarget(t, first, target{name: standIn}, target{"make test-exhaustive", []string{"exhaustive"}}, target{"make test-mails", []string{"mails"}}) + " | " +
			firstTarget(t, first, target{"make test-odoo", []string{"odoo"}}, target{"make test-faults", []string{"odoo", "faults"}})
		for _, m := range declared.FindAllStringSubmatch(string(content), -1) {
			fmt.Fprintf(&b, "| %s | [%s](%s) | %s |\n", sentence(m[1]), filepath.Base(file), filepath.ToSlash(file), where)
		}
	}
	return b.String()
}

// firstTarget returns the first of the targets that builds a file with that
// first line, which may be its constraint; empty when none does.
func firstTarget(t *testing.T, line string, targets ...target) string {
	t.Helper()
	for _, goal := range targets {
		if !constraint.IsGoBuild(line) {
			return "`" + goal.name + "`"
		}
		expr, err := constraint.Parse(line)
		require.NoError(t, err)
		if expr.Eval(func(tag string) bool { return slices.Contains(goal.tags, tag) }) {
			return "`" + goal.name + "`"
		}
	}
	return ""
}

// sentence makes one of a test's name.
func sentence(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i == 0 || !unicode.IsUpper(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteRune(' ')
		if strings.HasPrefix(string(runes[i:]), "Odoo") {
			b.WriteRune(r)
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String() + "."
}
