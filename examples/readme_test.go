package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// usage is the exit status of a wrong command line.
const usage = 64

// readmes are the same document in the languages that there are, each with its
// words for yes and no.
func readmes() map[string]struct{ yes, no string } {
	return map[string]struct{ yes, no string }{
		"../README.md":            {"yes", "no"},
		"../docs/fr/README.fr.md": {"oui", "non"},
	}
}

func TestTheCommandsOfTheReadmeWork(t *testing.T) {
	settings, err := os.ReadFile(configFile)
	require.NoError(t, err)
	for name := range readmes() {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text := readDocument(t, name)
			o := newOffice(t)
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile(configFile, settings, 0o600))
			environment := map[string]string{config.PathEnv: configFile}
			for _, command := range []string{"remind", "archive"} { // What can be undone.
				status, output := o.run(environment, command)
				require.Zero(t, status, output)
			}

			inBlocks, inProse := commands(text)
			assert.GreaterOrEqual(t, len(inBlocks), 10)
			for _, args := range inBlocks {
				status, output := o.run(environment, args...)
				assert.Zero(t, status, "%v: %s", args, output)
			}
			for _, args := range inProse {
				status, output := o.run(environment, args...)
				assert.NotEqual(t, usage, status, "%v: %s", args, output)
			}
		})
	}
}

func TestTheMakeTargetsOfTheReadmeExist(t *testing.T) {
	makefile := readDocument(t, "../Makefile")
	for name := range readmes() {
		targets := regexp.MustCompile(`(?m)^make ([a-z-]+)`).FindAllStringSubmatch(readDocument(t, name), -1)
		require.NotEmpty(t, targets, name)
		for _, target := range targets {
			assert.Regexp(t, `(?m)^`+target[1]+`:`, makefile, name)
		}
	}
}

func TestTheConfigurationOfTheReadmeIsRight(t *testing.T) {
	for name := range readmes() {
		blocks := blocksOf(readDocument(t, name), "yaml")
		require.Len(t, blocks, 1, name)
		settings := config.Load(config.Options{
			Environ: []string{"HOME=/nonexistent"},
			Files: host(fstest.MapFS{
				"etc/crm-tool/config.yaml":   {Data: []byte(blocks[0]), Mode: 0o640},
				"etc/crm-tool/odoo.key":      {Data: []byte("a key\n"), Mode: 0o640},
				"etc/crm-tool/smtp.password": {Data: []byte("a password\n"), Mode: 0o640},
			}),
		})
		assert.Empty(t, settings.Warnings(), name)
		_, err := settings.Config(config.NeedOdoo | config.NeedMail)
		require.NoError(t, err, name)
	}
}

func TestTheExitStatusesOfTheReadmeAreThoseOfTheProgram(t *testing.T) {
	status, help := newOffice(t).run(nil, "help", "exit-codes")
	require.Zero(t, status)
	type row struct {
		status  string
		mails   bool
		meaning string
	}
	var want []row
	for _, m := range regexp.MustCompile(`(?m)^ +(\d+) +(yes|no) +(.+)$`).FindAllStringSubmatch(help, -1) {
		want = append(want, row{status: m[1], mails: m[2] == "yes", meaning: m[3]})
	}
	require.NotEmpty(t, want)
	for name, words := range readmes() {
		var got []row
		table := regexp.MustCompile(`(?m)^\| (\d+) \| (.+) \| (` + words.yes + `|` + words.no + `) \|$`)
		for _, m := range table.FindAllStringSubmatch(readDocument(t, name), -1) {
			got = append(got, row{status: m[1], mails: m[3] == words.yes, meaning: m[2]})
		}
		if words.yes != "yes" { // The meanings are translated.
			require.Len(t, got, len(want), name)
			for i := range got {
				got[i].meaning = want[i].meaning
			}
		}
		assert.Equal(t, want, got, name)
	}
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

// blocksOf returns the blocks of code in a language.
func blocksOf(text, language string) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// commands returns the arguments of crm-tool wherever a document shows it:
// line by line in blocks for the shell, and within sentences, where words in
// capitals stand for something else.
func commands(text string) (inBlocks, inProse [][]string) {
	called := regexp.MustCompile(`^(?:sudo (?:-u crm-tool )?)?crm-tool (.+)$`)
	for line := range strings.Lines(strings.Join(blocksOf(text, "sh"), "")) {
		line, _, _ = strings.Cut(line, " #")
		if m := called.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			inBlocks = append(inBlocks, strings.Fields(regexp.MustCompile(`\s*(\d?>|\|).*`).ReplaceAllString(m[1], "")))
		}
	}
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(text, "")
	for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(prose, -1) {
		m := called.FindStringSubmatch(code[1])
		if m != nil && !regexp.MustCompile(`\b[A-Z]{2,}\b`).MatchString(m[1]) {
			inProse = append(inProse, strings.Fields(m[1]))
		}
	}
	return inBlocks, inProse
}
