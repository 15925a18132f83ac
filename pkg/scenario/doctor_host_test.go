//go:build !odoo

package scenario_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	files "github.com/crm-tool/crm-tool/pkg/state"
)

// chmod changes who may do what with a file.
func (p *patient) chmod(path string, mode os.FileMode) string {
	require.NoError(p.t, os.Chmod(path, mode))
	return path
}

// template replaces a template by a file.
func (p *patient) template(name, content string) {
	p.set("CRM_TOOL_TEMPLATES_DIR=" + filepath.Dir(p.file("templates/"+name, content)))
}

// ours is state_dir, which is made.
func (p *patient) ours() string {
	dir := filepath.Join(p.dir, "state")
	require.NoError(p.t, os.MkdirAll(dir, 0o700))
	return dir
}

// hostDefects are those of the settings, of files and of this host.
func hostDefects() []defect {
	none := sandboxodoo.Options{}
	return []defect{
		{"a setting is mistyped", none, func(p *patient) {
			p.set("CRM_TOOL_CONFIG=" + p.file("config.yaml", "smtp: {hots: mail.example.com}\n"))
		}, "settings", 78, "smtp.hots", "did you mean smtp.host?"},
		{"a setting is missing", none, func(p *patient) { p.drop("CRM_TOOL_ODOO_DATABASE") }, "settings", 78, "odoo.database: is missing", "CRM_TOOL_ODOO_DATABASE"},
		{"the file of a secret is missing", none, func(p *patient) {
			p.set("CRM_TOOL_SMTP_PASSWORD_FILE=" + filepath.Join(p.dir, "gone"))
		}, "settings", 78, "smtp.password_file", "no such file"},
		{"everybody can read a secret", none, func(p *patient) {
			p.set("CRM_TOOL_SMTP_PASSWORD_FILE=" + p.chmod(p.file("open", mailPassword), 0o644))
		}, "settings", 0, "every user of this host can read it", "chmod"},
		{"everybody can change a secret", none, func(p *patient) {
			p.set("CRM_TOOL_SMTP_PASSWORD_FILE=" + p.chmod(p.file("open", mailPassword), 0o622))
		}, "settings", 0, "other users of this host can change it", "chmod go-w"},
		{"everybody can change the configuration", none, func(p *patient) {
			p.set("CRM_TOOL_CONFIG=" + p.chmod(p.file("config.yaml", "{}\n"), 0o666))
		}, "settings", 0, "other users of this host can change it", "chmod go-w"},
		{"everybody can replace the certificates", none, func(p *patient) {
			p.set("CRM_TOOL_SMTP_CA_FILE=" + p.file("open/ca.pem", string(p.mailbox.CA())))
			p.chmod(filepath.Join(p.dir, "open"), 0o777)
		}, "settings", 0, "can replace the files in", "chmod go-w"},
		{"the file of certificates has none", none, func(p *patient) {
			p.set("CRM_TOOL_ODOO_CA_FILE=" + p.file("empty.pem", "nothing"))
		}, "settings", 78, "contains no PEM certificate", "odoo.ca_file"},
		{"a template is broken", none, func(p *patient) { p.template("reminder.en.txt", "Dear {{.Client.Foo}}") }, "templates", 78, "reminder.en.txt", "Foo"},
		{"a template has placeholders of another program", none, func(p *patient) {
			p.template("reminder.en.txt", "Dear ${object.partner_id.name}")
		}, "templates", 78, "reminder.en.txt", "{{.Client"},
		{"a template cannot be read", none, func(p *patient) {
			p.template("footer.en.txt", "Bye")
			pipe := filepath.Join(p.dir, "templates", "reminder.en.txt")
			require.NoError(p.t, syscall.Mkfifo(pipe, 0o600))
		}, "templates", 78, "reminder.en.txt", "regular file"},
		{"everybody can change templates", none, func(p *patient) {
			p.template("reminder.en.subject", "Hello")
			p.chmod(filepath.Join(p.dir, "templates"), 0o777)
		}, "settings", 0, "can change", "chmod -R go-w"},
		{"state_dir is a file", none, func(p *patient) { p.set("CRM_TOOL_STATE_DIR=" + p.file("file", "")) }, "state_dir", 74, "not a directory", "state_dir"},
		{"everybody can replace locks and journals", none, func(p *patient) { p.chmod(p.ours(), 0o777) }, "state_dir", 0, "other users of this host can replace", "chmod go-w"},
		{"a lock is a link", none, func(p *patient) {
			require.NoError(p.t, os.Symlink("/etc/passwd", filepath.Join(p.ours(), "remind-1.lock")))
		}, "state_dir", 74, "it is a link", "remove it"},
		{"a run hangs", none, func(p *patient) {
			release, err := files.Lock(p.ours(), files.Job{Command: "remind"}, time.Now().Add(-13*time.Hour))
			require.NoError(p.t, err)
			p.t.Cleanup(release)
		}, "locks", 0, "has held the lock remind-", "kill -TERM"},
		{"a journal is damaged", none, func(p *patient) {
			path := filepath.Join(p.ours(), "remind-1.journal")
			require.NoError(p.t, os.WriteFile(path, []byte("nonsense\n"), 0o600))
			long := time.Now().Add(-time.Hour)
			require.NoError(p.t, os.Chtimes(path, long, long))
		}, "journals", 0, "remind-1.journal is damaged", "disk"},
		{"the folder of the metrics is missing", none, func(p *patient) {
			p.set("CRM_TOOL_MONITOR_METRICS_FILE=" + filepath.Join(p.dir, "nowhere", "crm-tool.prom"))
		}, "monitor.metrics_file", 74, "no such file or directory", "make that folder"},
		{"the clock of this host is behind", none, func(p *patient) {
			p.env.Clock = func() time.Time { return time.Now().Add(-3 * time.Minute) }
		}, "clock.host", 0, "the clock of this host is 3m0s behind Odoo's", "NTP"},
		{"the clock of this host is ahead", none, func(p *patient) {
			p.env.Clock = func() time.Time { return time.Now().Add(3 * time.Minute) }
		}, "clock.host", 0, "the clock of this host is 3m0s ahead of Odoo's", "NTP"},
		{"the clock of this host is a day off", none, func(p *patient) {
			p.env.Clock = func() time.Time { return time.Now().Add(24 * time.Hour) }
		}, "odoo.url", 78, "24h0m0s apart", "NTP"},
		{"the database of Odoo has another time", none, func(p *patient) {
			p.proxy.ahead = -3 * time.Minute
			p.env.Clock = func() time.Time { return time.Now().Add(-3 * time.Minute) }
		}, "clock.database", 78, "Odoo's answers are dated", "NTP"},
		{"the mail server is down", none, func(p *patient) {
			p.env.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
		}, "smtp.server", 69, "connection refused", "smtp.host"},
	}
}

// drop forgets a variable.
func (p *patient) drop(name string) {
	var left []string
	for _, pair := range p.env.Environ {
		if len(pair) < len(name) || pair[:len(name)] != name {
			left = append(left, pair)
		}
	}
	p.env.Environ = left
}
