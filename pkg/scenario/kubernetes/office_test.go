package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// crm is an Odoo with an empty CRM: the stand-in, or a database on a real server.
type crm interface {
	Execute(user, model, method string, args []any, kwargs map[string]any) (any, error)
	SetCreated(model string, ids []int64, at time.Time) error
}

// standIn is an Odoo in memory.
type standIn struct{ *sandboxodoo.Server }

func (s standIn) SetCreated(model string, ids []int64, at time.Time) error {
	for _, id := range ids {
		if err := s.SetCreateDate(model, id, at); err != nil {
			return err
		}
	}
	return nil
}

// office is what the pods work with: an Odoo behind a proxy that counts the calls, and a mail server.
type office struct {
	crm

	mailbox *sandboxsmtp.Mailbox
	calls   atomic.Int64
	// settings are those of the ConfigMap, secrets the files of the Secret.
	settings, secrets map[string]string
}

// mailPassword is the mail server's.
const mailPassword = "password of the mailbox"

// newOffice makes one for a test. Odoo is at url.
func newOffice(t *testing.T, c crm, url, database, user, password string) *office {
	t.Helper()
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{User: "crm-tool", Password: mailPassword})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	o := &office{crm: c, mailbox: mailbox}
	o.secrets = map[string]string{"odoo.key": password, "smtp.password": mailPassword, "smtp.pem": string(mailbox.CA())}
	o.settings = map[string]string{
		"CRM_TOOL_ODOO_URL": o.countedAt(t, url), "CRM_TOOL_ODOO_DATABASE": database, "CRM_TOOL_ODOO_USER": user,
		"CRM_TOOL_SMTP_HOST": "127.0.0.1", "CRM_TOOL_SMTP_PORT": strconv.Itoa(mailbox.Port()),
		"CRM_TOOL_SMTP_CA_FILE": "/run/secrets/crm-tool/smtp.pem",
		// All are due at once, which is unusually much.
		"CRM_TOOL_GUARD_MAX_SHARE": "0",
	}
	return o
}

// newSandboxOffice makes one whose Odoo is the stand-in.
func newSandboxOffice(t *testing.T) *office {
	t.Helper()
	s, err := sandboxodoo.New(sandboxodoo.Options{Clock: time.Now})
	require.NoError(t, err)
	_, err = s.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return newOffice(t, standIn{s}, s.URL(), sandboxodoo.Database, sandboxodoo.BotLogin, sandboxodoo.BotPassword)
}

// countedAt returns the URL of a proxy before Odoo.
func (o *office) countedAt(t *testing.T, odoo string) string {
	t.Helper()
	target, err := url.Parse(odoo)
	require.NoError(t, err)
	behind := &httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog: log.New(io.Discard, "", 0), // Pods end in the middle of calls, and Odoo does.
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.calls.Add(1)
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// install installs crm-tool in the cluster with an overlay over a folder of the examples, as a company would write it, and
// returns the CronJob of the reminders. It has the schedule, unless that is empty.
func (o *office) install(t *testing.T, c *cluster, over, schedule string) batch.CronJob {
	t.Helper()
	const folder = "overlays/office/"
	files, keys, literals := map[string]string{}, slices.Sorted(maps.Keys(o.secrets)), ""
	for _, name := range keys {
		files[folder+name] = o.secrets[name]
	}
	for _, name := range slices.Sorted(maps.Keys(o.settings)) {
		literals += "\n      - " + name + "=" + o.settings[name]
	}
	patches := ""
	if schedule != "" {
		patches = fmt.Sprintf(`
patches:
  - target: {kind: CronJob, name: crm-tool-remind}
    patch: |
      - {op: replace, path: /spec/schedule, value: %q}
      - {op: replace, path: /spec/timeZone, value: UTC}`, schedule)
	}
	files[folder+"kustomization.yaml"] = fmt.Sprintf(`apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: %s
resources: [%s]
configMapGenerator:
  - name: crm-tool
    behavior: merge
    literals:%s
secretGenerator:
  - name: crm-tool
    files: [%s]
    options: {labels: {app.kubernetes.io/name: crm-tool}}%s
`, c.namespace, over, literals, strings.Join(keys, ", "), patches)
	return named(t, applyAll(t, c.namespace, rendered(t, "overlays/office", files)), "crm-tool-remind")
}

// pipeline makes opportunities that are due, one for each client.
func (o *office) pipeline(t *testing.T, n int) (ids []int64) {
	t.Helper()
	found, err := o.Execute("admin", "res.users", "search", []any{[]any{[]any{"login", "=", "sam"}}}, nil)
	require.NoError(t, err)
	seller := numbers(t, found)[0]
	for len(ids) < n {
		rows := make([]any, min(200, n-len(ids)))
		for i := range rows {
			name := fmt.Sprintf("client-%d", len(ids)+i)
			rows[i] = map[string]any{"type": "opportunity", "name": name, "email_from": name + "@client.example", "user_id": seller}
		}
		made, err := o.Execute("admin", "crm.lead", "create", []any{rows}, map[string]any{"context": map[string]any{"tracking_disable": true}})
		require.NoError(t, err)
		ids = append(ids, numbers(t, made)...)
	}
	require.NoError(t, o.SetCreated("crm.lead", ids, time.Now().Add(-7*24*time.Hour)))
	return ids
}

// numbers reads a list of ids.
func numbers(t *testing.T, answer any) (ids []int64) {
	t.Helper()
	list, ok := answer.([]any)
	require.True(t, ok, "%T", answer)
	for _, id := range list {
		n, ok := id.(int64)
		require.True(t, ok, "%T", id)
		ids = append(ids, n)
	}
	return ids
}

// mailed counts the mails of each opportunity, whose name is its client's.
func (o *office) mailed(ids []int64) map[int64]int {
	counts := map[int64]int{}
	for _, m := range o.mailbox.Messages() {
		name, _, _ := strings.Cut(m.Recipients[0], "@")
		at, err := strconv.Atoi(strings.TrimPrefix(name, "client-"))
		if err != nil || at >= len(ids) {
			continue
		}
		counts[ids[at]]++
	}
	return counts
}

// once returns the count 1 for every id.
func once(ids []int64) map[int64]int {
	counts := map[int64]int{}
	for _, id := range ids {
		counts[id] = 1
	}
	return counts
}

// document is what a test reads of a report.
type document struct {
	Items []struct {
		Opportunity int64
	}
	Counts map[string]int
}

// run runs crm-tool on this host, with the settings of the pods, and returns its report.
func (o *office) run(t *testing.T, words ...string) document {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Getenv(programEnv), append(words, "-o", "json")...)
	cmd.Env = []string{"HOME=" + dir, "CRM_TOOL_STATE_DIR=none", "CRM_TOOL_MAIL_FROM=Example Sales <sales@example.com>", "CRM_TOOL_SMTP_USER=crm-tool"}
	for name, value := range o.settings {
		cmd.Env = append(cmd.Env, name+"="+strings.Replace(value, "/run/secrets/crm-tool", dir, 1))
	}
	for name, text := range o.secrets {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	cmd.Env = append(cmd.Env, "CRM_TOOL_ODOO_PASSWORD_FILE="+dir+"/odoo.key", "CRM_TOOL_SMTP_PASSWORD_FILE="+dir+"/smtp.password")
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	require.NoError(t, cmd.Run(), "%v: %s", words, &messages)
	var d document
	require.NoError(t, json.Unmarshal(out.Bytes(), &d))
	return d
}
