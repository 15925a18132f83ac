//go:build packages

// Package packages_test installs, upgrades, removes and purges the packages of a
// release in clean systems, without network. "make test-packages" makes them.
package packages_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newerVersion is that of the release in the folder newer.
const newerVersion = "1.99.0"

// dist is what "make snapshot" made.
const dist = "../../../dist"

// made returns a folder that ".ci/packages more" made.
func made(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CRM_TOOL_TEST_PACKAGES")
	require.NotEmpty(t, dir, "make test-packages runs these tests")
	return filepath.Join(dir, name)
}

// again is of the same commit as dist, made elsewhere.
func again(t *testing.T) string { t.Helper(); return made(t, "again/dist") }

// newer is a release of a higher version, whose files in /etc are different.
func newer(t *testing.T) string { t.Helper(); return made(t, "newer/dist") }

// file returns the only file of a folder with a name like this.
func file(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	require.NoError(t, err)
	require.Len(t, found, 1, "make test-packages makes %s in %s", pattern, dir)
	return found[0]
}

// run returns what a command prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", cmd, out)
	return string(out)
}

// system is a copy of a clean Debian.
type system struct {
	t   *testing.T
	dir string
}

func newSystem(t *testing.T) system {
	t.Helper()
	s := system{t: t, dir: filepath.Join(t.TempDir(), "root")}
	run(t, "../../../.ci/debian-root", "copy", s.dir)
	// A test that needs a download fails at once.
	lists, err := filepath.Glob(s.path("/var/lib/apt/lists/*"))
	require.NoError(t, err)
	for _, list := range lists {
		require.NoError(t, os.RemoveAll(list))
	}
	return s
}

// path is where a file of the system is on this host.
func (s system) path(name string) string { return filepath.Join(s.dir, name) }

// sh returns what a script prints in the system, as root and without network.
func (s system) sh(script string) string {
	s.t.Helper()
	return run(s.t, "unshare", "--net", "../../../.ci/debian-root", "run", s.dir, "sh", "-ec", script)
}

// copy puts a package into the system, as /root/NAME.
func (s system) copy(from, name string) {
	s.t.Helper()
	run(s.t, "cp", from, s.path("/root/"+name))
}

// apt runs apt-get with nobody there to answer a question.
func (s system) apt(args string) string {
	s.t.Helper()
	return s.sh("cd /root; DEBIAN_FRONTEND=noninteractive apt-get -q -y " + args + " </dev/null")
}

// withSystemd puts a systemctl into the system that writes down its arguments.
func (s system) withSystemd() {
	s.t.Helper()
	s.sh(`mkdir -p /run/systemd/system
		printf '#!/bin/sh\necho "$@" >>/root/systemctl\n' >/usr/bin/systemctl
		chmod 755 /usr/bin/systemctl`)
}

// systemctl returns the calls of systemctl since it was last asked.
func (s system) systemctl() []string {
	s.t.Helper()
	return strings.Split(strings.TrimSpace(s.sh("touch /root/systemctl; cat /root/systemctl; rm /root/systemctl")), "\n")
}

// requireModes compares modes and owners of files with "MODE USER:GROUP PATH".
func (s system) requireModes(want ...string) {
	s.t.Helper()
	var names []string
	for _, line := range want {
		names = append(names, line[strings.Index(line, "/"):])
	}
	got := s.sh("stat -c '%a %U:%G %n' " + strings.Join(names, " "))
	require.Equal(s.t, want, strings.Split(strings.TrimSpace(got), "\n"))
}

// requireInstalled looks at all that every package brings, while nothing is set.
func (s system) requireInstalled(zsh string) {
	s.t.Helper()
	s.requireModes(
		"755 root:root /usr/bin/crm-tool",
		"750 root:crm-tool /etc/crm-tool",
		"640 root:crm-tool /etc/crm-tool/config.yaml",
		"700 crm-tool:crm-tool /var/lib/crm-tool",
		"644 root:root /etc/cron.d/crm-tool",
		"644 root:root /usr/lib/systemd/system/crm-tool@.service",
		"644 root:root /usr/lib/systemd/system/crm-tool@doctor.service.d/commands.conf",
		"644 root:root /usr/lib/systemd/system/crm-tool@feedback.service.d/commands.conf",
		"644 root:root /usr/lib/systemd/system/crm-tool-remind.timer",
		"644 root:root /usr/lib/systemd/system/crm-tool-archive.timer",
		"644 root:root /usr/lib/systemd/system/crm-tool-feedback.timer",
		"644 root:root /usr/share/man/man1/crm-tool.1.gz",
		"644 root:root /usr/share/man/man1/crm-tool-remind.1.gz",
		"644 root:root /usr/share/bash-completion/completions/crm-tool",
		"644 root:root /usr/share/fish/vendor_completions.d/crm-tool.fish",
		"644 root:root "+zsh,
	)
	assert.Contains(s.t, s.sh("getent passwd crm-tool"), ":/var/lib/crm-tool:/usr/sbin/nologin\n")
	assert.Contains(s.t, s.sh("crm-tool version"), "crm-tool ")
	assert.Contains(s.t, s.sh("zcat /usr/share/man/man1/crm-tool-remind.1.gz"), ".TH ")
	assert.Contains(s.t, s.sh("zcat /usr/share/doc/crm-tool/licenses.gz"), "github.com/spf13/cobra ")
	s.sh("bash -n /usr/share/bash-completion/completions/crm-tool")
	for line := range strings.Lines(s.sh("cat /etc/cron.d/crm-tool")) {
		assert.True(s.t, strings.HasPrefix(line, "#"), "cron runs nothing yet: %s", line)
	}
	// Its own user reads the configuration, and nobody else does.
	assert.Equal(s.t, "/etc/crm-tool/config.yaml\n", s.sh("sudo -u crm-tool crm-tool config path"))
	assert.Regexp(s.t, `(?m)^state_dir +/var/lib/crm-tool +/etc/crm-tool/config.yaml`, s.sh("sudo -u crm-tool crm-tool config list 2>&1 || test $? = 78"))
	assert.Contains(s.t, s.sh("! sudo -u crm-tool crm-tool config check 2>&1"), "hint: nothing is configured yet: crm-tool init asks")
	s.sh("! sudo -u nobody cat /etc/crm-tool/config.yaml 2>/dev/null")
}

// edit does what the people of this system do after the installation.
func (s system) edit() {
	s.t.Helper()
	s.sh(`crm-tool config set odoo.url https://odoo.example.com --config /etc/crm-tool/config.yaml
		sed -i 's/^#\([0-9]\)/\1/' /etc/cron.d/crm-tool
		install -m 640 -g crm-tool /dev/null /etc/crm-tool/odoo.key
		mkdir /etc/crm-tool/templates
		echo 'A footer.' >/etc/crm-tool/templates/footer.en.tmpl
		sudo -u crm-tool touch /var/lib/crm-tool/remind.lock`)
}

// requireEdited holds all of edit to be there still.
func (s system) requireEdited() {
	s.t.Helper()
	assert.Equal(s.t, "https://odoo.example.com\n", s.sh("sudo -u crm-tool crm-tool config get odoo.url"))
	assert.Equal(s.t, "4\n", s.sh("grep -c '^[0-9]' /etc/cron.d/crm-tool"))
	s.requireKept("/etc/crm-tool/config.yaml")
}

// requireKept holds the configuration, secrets, templates and state to be there
// with their owners and modes, also without the package.
func (s system) requireKept(config string) {
	s.t.Helper()
	s.requireModes(
		"640 root:crm-tool "+config,
		"640 root:crm-tool /etc/crm-tool/odoo.key",
		"644 root:root /etc/crm-tool/templates/footer.en.tmpl",
		"700 crm-tool:crm-tool /var/lib/crm-tool",
		"644 crm-tool:crm-tool /var/lib/crm-tool/remind.lock",
	)
	assert.Contains(s.t, s.sh("cat "+config), "https://odoo.example.com")
}
