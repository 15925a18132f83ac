//go:build odoo && install

package install_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// guides are the installation guide in each language, and the heading of the
// section whose commands are run.
func guides() map[string]string {
	return map[string]string{
		"docs/installation.md":       "## Installed in ten minutes",
		"docs/fr/installation.fr.md": "## Installé en dix minutes",
	}
}

// machineTime is the most that the commands may take in all: what the guide says.
const machineTime = time.Minute

// The commands are those of the guide, one a line, in a Debian that has nothing
// but cron and sudo. Cron itself then runs what was scheduled.
func TestTheGuideLeadsToTheFirstRun(t *testing.T) {
	o := newOffice(t)
	h := newHost(t)
	debs, err := filepath.Glob(filepath.Join(top, "dist", "*_amd64.deb"))
	require.NoError(t, err)
	require.Len(t, debs, 1, "run make test-install")
	authority := write(t, filepath.Join(h.dir, "etc/ssl/company.pem"), string(o.mailbox.CA()), 0o644)

	answers := []exchange{
		{"Odoo's address", o.URL},
		{"Name of the database", o.Name},
		{"Login of crm-tool's user in Odoo", odootest.Bot},
		{"Its password or API key", o.Password(odootest.Bot)},
		{"Mail server", "127.0.0.1"},
		{"Its encryption", ""},
		{"Its port", o.port()},
		{"A PEM file with the authority", strings.TrimPrefix(authority, h.dir)},
		{"Login at the mail server", mailUser},
		{"Its password", mailPassword},
		{"Sender of all mails", "Example Sales <sales@example.com>"},
		{"Where clients' answers go", "sales@example.com"},
	}
	section := readSection(t, "docs/installation.md")
	begin := time.Now()
	for _, line := range section.commands {
		var talk []exchange
		if strings.Contains(line, "crm-tool init") {
			talk = answers
		}
		if deb := regexp.MustCompile(`\./(\S+\.deb)`).FindStringSubmatch(line); deb != nil {
			copyFile(t, debs[0], filepath.Join(h.dir, "root", deb[1]))
		}
		start := time.Now()
		said := h.terminal(t, line, talk)
		t.Logf("%.1f s: %s\n%s", time.Since(start).Seconds(), line, said)
	}
	took := time.Since(begin)
	t.Logf("%d commands and %d answers took %.1f s of machine time", len(section.commands), len(answers), took.Seconds())
	assert.Equal(t, section.counted, []int{len(section.commands), len(answers)}, "commands and answers, as the guide counts them")
	assert.Less(t, took, machineTime)
	assert.Empty(t, o.mailbox.Messages(), "nobody is mailed before the schedule does")

	h.advance(t)
	h.startCron(t)
	o.awaitReminder(t, 3*time.Minute, func() string { return h.read(t, "var/mail/cron") })
	assert.Empty(t, h.read(t, "var/mail/cron"), "cron mails nothing of a run that went well")
}

// The commands are the same in each language, and so are the numbers.
func TestTheGuidesSayTheSame(t *testing.T) {
	want := readSection(t, "docs/installation.md")
	for file := range guides() {
		assert.Equal(t, want, readSection(t, file), file)
	}
}

// section is the part of a guide that is carried out.
type section struct {
	commands []string
	// counted are the numbers that the prose prints in bold: of commands, and of answers.
	counted []int
}

func readSection(t *testing.T, file string) section {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, file))
	require.NoError(t, err)
	_, text, found := strings.Cut(string(content), guides()[file]+"\n")
	require.True(t, found, "%s has no section %s", file, guides()[file])
	text, _, _ = strings.Cut(text, "\n## ")
	block := regexp.MustCompile("(?s)```sh\n(.*?)```").FindStringSubmatch(text)
	require.NotNil(t, block, "%s has no commands", file)
	var s section
	for line := range strings.Lines(block[1]) {
		s.commands = append(s.commands, strings.TrimSpace(line))
	}
	for _, number := range regexp.MustCompile(`\*\*(\d+)\*\*`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(number[1])
		require.NoError(t, err)
		s.counted = append(s.counted, n)
	}
	return s
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "cp", from, to).CombinedOutput()
	require.NoError(t, err, string(out))
}
