//go:build !odoo

package scenario_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// diagnosis is what doctor -o json writes.
type diagnosis struct {
	Version int       `json:"version"`
	Checks  []finding `json:"checks"`
	Exit    int       `json:"exit"`
}

type finding struct {
	Name, Status, Message, Hint string
}

// patient is a system that doctor looks at: one at which all is well, until something is
// broken.
type patient struct {
	*simulation
	t *testing.T
}

// soundZone is the DNS in which all is well.
func soundZone() zone {
	return zone{
		"MX example.com":         {"mx.example.com."},
		"TXT example.com":        {"v=spf1 include:relay.example.net ~all", "other=text"},
		"TXT _dmarc.example.com": {"v=DMARC1; p=none"},
	}
}

// examine lets something happen to a patient with such an Odoo.
func examine(t *testing.T, o sandboxodoo.Options, do func(p *patient)) {
	t.Helper()
	o.AliasDomain = "example.com"
	simulateOn(t, o, true, func(t *testing.T, sim *simulation) {
		p := &patient{simulation: sim, t: t}
		p.keepJournal()
		p.set("CRM_TOOL_TIMEZONE=Europe/Paris", "CRM_TOOL_ODOO_API=xmlrpc", "CRM_TOOL_ODOO_PASSWORD_FILE="+p.file("password", sandboxodoo.BotPassword))
		p.env.Resolver = soundZone()
		p.pipeline(t, "client", 2, week)
		do(p)
	})
}

// set changes the environment; the last setting of a name counts.
func (p *patient) set(pairs ...string) { p.env.Environ = append(slices.Clone(pairs), p.env.Environ...) }

// file writes a file that only its owner can read, and returns its path.
func (p *patient) file(name, content string) string {
	path := filepath.Join(p.dir, name)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(p.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// works lets the tool run once.
func (p *patient) works() {
	_, status := p.tool(p.t, "remind")
	require.Equal(p.t, 0, status)
	p.mailbox.Reset()
}

// diagnose runs doctor.
func (p *patient) diagnose() diagnosis {
	env := p.env
	var out, log bytes.Buffer
	env.Args, env.Stdout, env.Stderr = []string{"doctor", "-o", "json"}, &out, &log
	status := cli.Main(env)
	var d diagnosis
	require.NoError(p.t, json.Unmarshal(out.Bytes(), &d), "%s\n%s", &out, &log)
	require.Equal(p.t, status, d.Exit)
	return d
}

// left counts the records in Odoo of which doctor could leave some.
func (p *patient) left() map[string]any {
	counts := map[string]any{}
	for _, model := range []string{
		leadModel, messageModel, "crm.team", "crm.stage", "crm.tag", "mail.activity", "mail.template", "mail.mail", "ir.attachment",
		"res.users", "res.partner", "res.company", "survey.survey", "survey.question", "survey.user_input", "ir.model.data",
	} {
		n, err := p.Execute(admin, model, "search_count", []any{[]any{}}, nil)
		if err == nil { // Not each version has each model.
			counts[model] = n
		}
	}
	return counts
}

// requireUntouched fails if doctor left something in Odoo, or sent something.
func (p *patient) requireUntouched(before map[string]any) {
	assert.Equal(p.t, before, p.left())
	assert.Empty(p.t, p.mailbox.Messages())
}

func TestDoctorFindsNothingOnASoundSystem(t *testing.T) {
	t.Parallel()
	for _, version := range []int{16, 17, 18, 19, 20} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			examine(t, sandboxodoo.Options{Version: version}, func(p *patient) {
				if version == 16 { // The bounce address cannot be read there.
					p.set("CRM_TOOL_MAIL_ENVELOPE_FROM=bounce@example.com")
				}
				for _, ran := range []bool{false, true} {
					if ran {
						p.works()
					}
					before := p.left()
					d := p.diagnose()
					assert.Equal(t, 0, d.Exit)
					for _, c := range d.Checks {
						assert.Contains(t, []string{"ok", "skipped"}, c.Status, c)
						assert.False(t, strings.HasPrefix(c.Message, "needs "), c)
					}
					p.requireUntouched(before)
				}
			})
		})
	}
}

// defect is something that is wrong with a system.
type defect struct {
	name string
	odoo sandboxodoo.Options
	do   func(p *patient)
	// check is the one that finds it, as a warning if exit is 0. With it, message and hint
	// are parts of what it says.
	check         string
	exit          int
	message, hint string
}

func TestDoctorFindsEachDefectAndNamesItsCure(t *testing.T) {
	t.Parallel()
	all := slices.Concat(hostDefects(), odooDefects(), rightDefects(), mailDefects())
	require.GreaterOrEqual(t, len(all), 40)
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			examine(t, d.odoo, func(p *patient) {
				d.do(p)
				before := p.left()
				got := p.diagnose()
				assert.Equal(t, d.exit, got.Exit)
				status := "error"
				if d.exit == 0 {
					status = "warning"
				}
				found := false
				for _, c := range got.Checks {
					if c.Name != d.check {
						assert.Contains(t, []string{"ok", "skipped"}, c.Status, c)
						continue
					}
					found = true
					assert.Equal(t, status, c.Status, c)
					assert.Contains(t, c.Message, d.message)
					assert.Contains(t, c.Message+"\n"+c.Hint, d.hint)
				}
				assert.True(t, found, "%s: %v", d.check, got.Checks)
				p.requireUntouched(before)
			})
		})
	}
}
