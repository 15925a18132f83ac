package examples_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

//go:generate go test -run=^TestTheCommandsOfTheDocumentsWork$ . -update

// document is one of the documents for people, as a path from here.
type document string

// pair is a document in the languages that there are.
type pair struct{ english, french document }

// pairs are the documents whose commands are run.
func pairs() []pair {
	out := []pair{{"../README.md", "../docs/fr/README.fr.md"}}
	for _, name := range []string{"installation", "user-guide", "technical-guide", "privacy", "deliverability", "compared-with"} {
		out = append(out, pair{document("../docs/" + name + ".md"), document("../docs/fr/" + name + ".fr.md")})
	}
	return out
}

func documents() []document {
	out := []document{ // In English alone.
		"../CHANGELOG.md", "../CONTRIBUTING.md", "../SECURITY.md", "../docs/architecture.md", "../docs/reliability.md",
	}
	for _, p := range pairs() {
		out = append(out, p.english, p.french)
	}
	return out
}

// onlyParsed are the commands that cannot run in a test, and why. The command
// and its flags must still exist.
func onlyParsed() map[string]string {
	return map[string]string{
		"init":                                   "asks at a terminal",
		"setup":                                  "asks at a terminal",
		"config set state_dir /var/lib/crm-tool": "the environment of these tests says otherwise",
		"demo":                                   "takes seconds, and has a test of its own",
		"demo --serve":                           "runs until somebody ends it",
	}
}

// programs are the others that documents may call. They are not run; a shell
// checks the syntax of their lines.
func programs() []string {
	return []string{
		"cd", "git", "go", "make", "rm", "sha256sum", "sudo",
	}
}

func TestTheCommandsOfTheDocumentsWork(t *testing.T) {
	settings, err := os.ReadFile(configFile)
	require.NoError(t, err)
	for _, d := range documents() {
		t.Run(filepath.Base(string(d)), func(t *testing.T) {
			path, err := filepath.Abs(string(d))
			require.NoError(t, err)
			text := d.read(t)
			s := newServers(t)
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile(configFile, settings, 0o600))
			require.NoError(t, os.WriteFile("admin.key", []byte(sandboxodoo.AdminPassword+"\n"), 0o600))
			r := reader{servers: s, environment: map[string]string{
				config.PathEnv: configFile,
				// Without these every run warns.
				"CRM_TOOL_MAIL_REPLY_TO":      "sales@northwind-office.example",
				"CRM_TOOL_MAIL_ENVELOPE_FROM": "bounces@northwind-office.example",
			}}

			shown := regexp.MustCompile("(?ms)^```(sh|console)\n(.*?)^```$").ReplaceAllStringFunc(text, func(block string) string {
				if strings.HasPrefix(block, "```console\n") {
					return r.console(block)
				}
				r.shell(block)
				return block
			})
			for _, words := range inProse(text) {
				r.lookUp(words)
			}
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(shown), 0o644))
			}
		})
	}
}

// reader follows a document from its beginning to its end.
type reader struct {
	*servers
	environment map[string]string
}

// shell runs the lines of a block that call crm-tool; each must succeed. A
// shell must be able to parse the others.
func (r *reader) shell(block string) {
	r.t.Helper()
	script := strings.TrimSuffix(strings.TrimPrefix(block, "```sh\n"), "```")
	check := exec.CommandContext(r.t.Context(), "bash", "-n")
	check.Stdin = strings.NewReader(script)
	output, err := check.CombinedOutput()
	require.NoError(r.t, err, "%s: %s", script, output)
	for line := range strings.Lines(script) {
		c, found, err := callIn(line)
		require.NoError(r.t, err)
		if !found {
			program, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			known := program == "" || strings.HasPrefix(program, "#") || slices.Contains(programs(), program)
			assert.True(r.t, known, "%s: nobody checks this line", line)
			continue
		}
		status, output := r.follow(c)
		assert.Zero(r.t, status, "%s: %s", line, output)
	}
}

// follow runs a call, or only checks that the command exists.
func (r *reader) follow(c call) (status int, output string) {
	r.t.Helper()
	if _, found := onlyParsed()[strings.Join(c.args, " ")]; found {
		return r.run(r.environment, append(c.args, "--help")...)
	}
	environment := maps.Clone(r.environment)
	maps.Copy(environment, c.environment)
	stdin := ""
	if c.stdin != "" {
		content, err := os.ReadFile(c.stdin)
		require.NoError(r.t, err)
		stdin = string(content)
	}
	return r.runWith(environment, stdin, c.args...)
}

// lookUp checks that a command with such flags exists. A group of commands
// takes no other arguments, though it prints help for any.
func (r *reader) lookUp(words []string) {
	r.t.Helper()
	status, help := r.run(r.environment, append(words, "--help")...)
	assert.Zero(r.t, status, "%v: %s", words, help)
	if !strings.Contains(help, "\nCommands:\n") {
		return
	}
	_, usage, _ := strings.Cut(help, "\nUsage:\n")
	path := strings.Fields(strings.TrimPrefix(strings.TrimSpace(usage), "crm-tool"))
	for i, word := range words {
		if regexp.MustCompile(`^[a-z-]*[a-z]$`).MatchString(word) && !strings.HasPrefix(word, "-") {
			assert.True(r.t, i < len(path) && path[i] == word, "%v: there is no such command", words)
		}
	}
}

// console runs the lines of a block that begin with "$ ", and returns the block
// with what they print now. What differs from run to run stays unchanged.
func (r *reader) console(block string) string {
	r.t.Helper()
	var shown strings.Builder
	lines := strings.SplitAfter(strings.TrimSuffix(strings.TrimPrefix(block, "```console\n"), "```"), "\n")
	for i := 0; i < len(lines); i++ {
		command, found := strings.CutPrefix(lines[i], "$ ")
		if !found {
			require.Empty(r.t, lines[i], "no command precedes this line")
			continue
		}
		c, found, err := callIn(command)
		require.NoError(r.t, err)
		require.True(r.t, found, command)
		_, output := r.follow(c)
		var stood strings.Builder
		for i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "$ ") {
			i++
			stood.WriteString(lines[i])
		}
		output = strings.TrimRight(output, "\n") + "\n"
		switch {
		case lasting(output) == lasting(stood.String()):
			output = stood.String()
		case !*update:
			assert.Equal(r.t, output, stood.String(), "what %s prints; make docs writes it anew", command)
		}
		shown.WriteString("$ " + command + output)
	}
	return "```console\n" + shown.String() + "```"
}

// lasting is what a command prints every time: no durations, nothing random.
func lasting(output string) string {
	output = regexp.MustCompile(`\b\d+(\.\d+)?m?s\b`).ReplaceAllString(output, "DURATION")
	output = regexp.MustCompile(`\b\d{8}T\d{6}Z-[0-9a-f]{4}\b`).ReplaceAllString(output, "RUN")
	return regexp.MustCompile(`(<crm-tool\.[a-z]+\.[0-9.]+\.)[0-9A-Za-z]+@`).ReplaceAllString(output, "${1}TOKEN@")
}

// inProse returns the arguments of crm-tool that sentences show as code, with
// its name or only that of a command. Words in capitals are placeholders.
func inProse(text string) [][]string {
	var out [][]string
	for _, code := range codes(text) {
		words, err := shellWords(code)
		if err != nil || len(words) == 0 {
			continue
		}
		for len(words) > 1 && (words[0] == "sudo" || words[0] == "-u") || len(words) > 2 && words[1] == "crm-tool" {
			words = words[1:]
		}
		switch {
		case words[0] == "crm-tool":
			out = append(out, words[1:])
		case len(words) > 1 && slices.Contains(commandNames(), words[0]):
			out = append(out, words)
		}
	}
	return out
}

// commandNames are the first words of what crm-tool does.
func commandNames() []string {
	return []string{
		"archive", "config", "completion", "demo", "explain", "feedback", "help", "init", "preview", "remind", "runs", "setup",
		"templates", "version",
	}
}

// codes returns the code within the sentences of a document.
func codes(text string) []string {
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(text, "")
	var out []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(prose, -1) {
		out = append(out, m[1])
	}
	return out
}

// read returns the text of a document.
func (d document) read(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(string(d))
	require.NoError(t, err)
	return string(content)
}

// blocks returns the blocks of code in a language.
func (d document) blocks(t *testing.T, language string) []string {
	t.Helper()
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(d.read(t), -1) {
		if m[1] == language {
			blocks = append(blocks, m[2])
		}
	}
	return blocks
}
