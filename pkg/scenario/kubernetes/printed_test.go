package kubernetes_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"

	"github.com/crm-tool/crm-tool/pkg/cli"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// host is a configured host, with an Odoo in memory.
type host struct {
	dir     string
	environ []string
}

func newHost(t *testing.T, environ ...string) *host {
	t.Helper()
	odoo, err := sandboxodoo.New(sandboxodoo.Options{})
	require.NoError(t, err)
	_, err = odoo.Start()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, odoo.Close()) })
	h := &host{dir: t.TempDir()}
	h.environ = append([]string{
		"HOME=" + h.dir, "CRM_TOOL_ODOO_URL=" + odoo.URL(), "CRM_TOOL_ODOO_DATABASE=" + sandboxodoo.Database,
		"CRM_TOOL_ODOO_USER=" + sandboxodoo.BotLogin, "CRM_TOOL_ODOO_PASSWORD_FILE=" + h.write(t, "odoo.key", sandboxodoo.BotPassword),
		"CRM_TOOL_STATE_DIR=none",
	}, environ...)
	return h
}

// write makes a file on the host.
func (h *host) write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(h.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// run runs crm-tool and returns what it prints.
func (h *host) run(t *testing.T, words ...string) string {
	t.Helper()
	var out, messages bytes.Buffer
	status := cli.Main(cli.Env{
		Args: words, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages, Environ: h.environ, Abort: func(int) {},
		Clock: func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }, // The sandbox's.
	})
	require.Zero(t, status, messages.String())
	return out.String()
}

// data returns the data of a ConfigMap in a manifest.
func data(t *testing.T, manifest, name string) map[string]string {
	t.Helper()
	for _, o := range objectsOf(t, manifest) {
		if value, err := o.read(); err == nil && o.Metadata.Name == name {
			if m, ok := value.(*core.ConfigMap); ok {
				return m.Data
			}
		}
	}
	return nil
}

func TestTheScheduleIsAccepted(t *testing.T) {
	h := newHost(t, "CRM_TOOL_SMTP_HOST=smtp.example.com", "CRM_TOOL_SMTP_PORT=2525", "CRM_TOOL_SMTP_USER=ann", "CRM_TOOL_SMTP_PASSWORD=a-password",
		"CRM_TOOL_ODOO_PUBLIC_URL=https://odoo.example.com:8443", `CRM_TOOL_MAIL_FROM="Sales & 'more'" <sales@example.com>`)
	printed := h.run(t, "schedule", "kubernetes")
	jobs := install(t, "printed", printed)
	assert.Len(t, jobs, 4)
	settings := data(t, printed, "crm-tool")
	assert.Equal(t, `Sales & 'more' <sales@example.com>`, settings["CRM_TOOL_MAIL_FROM"])
	assert.Equal(t, "/run/secrets/crm-tool/odoo.key", settings["CRM_TOOL_ODOO_PASSWORD_FILE"])
	assert.Contains(t, printed, "--from-file=odoo.key="+h.dir+"/odoo.key")
	assert.Equal(t, "/run/secrets/crm-tool/smtp.password", settings["CRM_TOOL_SMTP_PASSWORD_FILE"])
	assert.Contains(t, printed, " --from-file=smtp.password=smtp.password\n", "a secret in no file gets one")
	assert.Contains(t, printed, "# smtp.password is in no file here.")
	assert.Contains(t, printed, "# odoo.url names this host (http://127.0.0.1:")
	assert.NotContains(t, printed, "# smtp.host names this host")
	for _, secret := range []string{sandboxodoo.BotPassword, "a-password", "<redacted>"} {
		assert.NotContains(t, printed, secret)
	}
	for _, o := range objectsOf(t, printed) {
		value, err := o.read()
		require.NoError(t, err)
		policy, ok := value.(*networking.NetworkPolicy)
		if !ok {
			continue
		}
		var ports []int32
		for _, rule := range policy.Spec.Egress {
			for _, port := range rule.Ports {
				ports = append(ports, port.Port.IntVal)
			}
		}
		for _, port := range []int32{53, 443, 2525, 8443} {
			assert.Contains(t, ports, port)
		}
	}
}

func TestTheScheduleBringsTheFilesOfTheHost(t *testing.T) {
	h := newHost(t)
	h.environ = append(h.environ, "CRM_TOOL_TEMPLATES_DIR="+filepath.Join(h.dir, "templates"))
	h.run(t, "templates", "init", filepath.Join(h.dir, "templates"))
	printed := h.run(t, "schedule", "kubernetes", "--every", "30m", "--image", "ghcr.io/crm-tool/crm-tool@sha256:"+strings.Repeat("0", 64))
	jobs := install(t, "files", printed)
	require.Len(t, jobs, 4)
	assert.Regexp(t, `^\d+,\d+ 8-19 \* \* 1-5$`, jobs[0].Spec.Schedule)

	files := data(t, printed, "crm-tool-templates")
	volume := podOf(jobs[0]).Volumes[slices.IndexFunc(podOf(jobs[0]).Volumes, func(v core.Volume) bool { return v.ConfigMap != nil })]
	require.Len(t, volume.ConfigMap.Items, len(files))
	for _, item := range volume.ConfigMap.Items {
		text, err := os.ReadFile(filepath.Join(h.dir, "templates", item.Path))
		require.NoError(t, err)
		assert.Equal(t, string(text), files[item.Key], item.Path)
	}
}

func TestTheScheduleOfAHostWithLittleIsAccepted(t *testing.T) {
	h := newHost(t, "CRM_TOOL_MAIL_TRANSPORT=odoo", "CRM_TOOL_FEEDBACK_ENABLED=off", "CRM_TOOL_REMINDERS_WORKING_DAYS=true", "CRM_TOOL_REMINDERS_WINDOW=09:00-10:30")
	printed := h.run(t, "schedule", "kubernetes")
	jobs := install(t, "little", printed)
	require.Len(t, jobs, 2)
	assert.Regexp(t, regexp.MustCompile(`^\d+ 9 \* \* \*$`), jobs[0].Spec.Schedule)
	assert.Contains(t, printed, "# Questionnaires are switched off")
	assert.NotContains(t, printed, "587")
}
