//go:build packages

package packages_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	begun   = []string{"daemon-reload"}
	removed = []string{
		"--quiet disable crm-tool-remind.timer crm-tool-archive.timer crm-tool-feedback.timer",
		"stop crm-tool-*.timer crm-tool@*.service",
		"daemon-reload",
	}
)

func TestTheDebIsInstalledUpgradedRemovedAndPurged(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	s.copy(file(t, dist, "*_amd64.deb"), "crm-tool.deb")
	s.copy(file(t, newer(t), "*_amd64.deb"), "newer.deb")
	s.withSystemd()
	before := s.files()

	s.apt("install ./crm-tool.deb")
	s.requireInstalled("/usr/share/zsh/vendor-completions/_crm-tool")
	assert.Equal(t, begun, s.systemctl(), "no timer is enabled")
	assert.Empty(t, s.sh("dpkg -V crm-tool"))

	s.edit()
	s.apt("install ./newer.deb")
	assert.Contains(t, s.sh("crm-tool version"), newerVersion)
	assert.Equal(t, begun, s.systemctl(), "timers and runs go on")
	s.requireEdited()
	assert.Contains(t, s.sh("cat /usr/share/crm-tool/config.yaml"), "newer", "what is new can be read")

	s.apt("remove crm-tool")
	assert.Equal(t, removed, s.systemctl())
	s.requireKept("/etc/crm-tool/config.yaml")
	s.requireSilentCrontab()
	s.apt("install ./crm-tool.deb")
	s.requireEdited()
	s.systemctl()

	out := s.apt("purge crm-tool")
	assert.Contains(t, out, "crm-tool: what else is in /etc/crm-tool stays: templates")
	assert.Equal(t, []string{"/etc/crm-tool", "/etc/crm-tool/templates", "/etc/crm-tool/templates/footer.en.tmpl"}, added(before, s.files()))
	s.sh("rm -r /etc/crm-tool")
	s.apt("install ./newer.deb")
	s.requireInstalled("/usr/share/zsh/vendor-completions/_crm-tool")
	s.apt("purge crm-tool")
	assert.Empty(t, added(before, s.files()))
}

func TestTheRpmIsInstalledUpgradedAndRemoved(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	s.withSystemd()
	old, higher := file(t, dist, "*.x86_64.rpm"), file(t, newer(t), "*.x86_64.rpm")
	before := s.files()
	// No package of this system is known to rpm, so none can give what is required.
	requires := run(t, "rpm", "-qp", "--requires", old)
	assert.Equal(t, "/usr/sbin/groupadd\n/usr/sbin/useradd\n", requires)
	s.sh("test -x /usr/sbin/groupadd && test -x /usr/sbin/useradd")

	s.rpm("--install", old)
	s.requireInstalled("/usr/share/zsh/site-functions/_crm-tool")
	assert.Equal(t, begun, s.systemctl())

	s.edit()
	s.rpm("--upgrade", higher)
	assert.Contains(t, s.sh("crm-tool version"), newerVersion)
	assert.Equal(t, begun, s.systemctl(), "timers and runs go on")
	s.requireEdited()
	assert.Contains(t, s.sh("cat /etc/crm-tool/config.yaml.rpmnew"), "newer")

	s.rpm("--erase", "crm-tool")
	assert.Equal(t, removed, s.systemctl())
	s.requireKept("/etc/crm-tool/config.yaml.rpmsave")
	assert.Equal(t, []string{
		"/etc/crm-tool", "/etc/crm-tool/config.yaml.rpmnew", "/etc/crm-tool/config.yaml.rpmsave", "/etc/crm-tool/odoo.key",
		"/etc/crm-tool/templates", "/etc/crm-tool/templates/footer.en.tmpl",
		"/etc/cron.d/crm-tool.rpmnew", "/etc/cron.d/crm-tool.rpmsave",
		"/var/lib/crm-tool", "/var/lib/crm-tool/remind.lock",
	}, added(before, s.files()))
	s.sh("rm -r /etc/crm-tool /etc/cron.d/crm-tool.rpm*")
	s.rpm("--install", higher)
	s.requireInstalled("/usr/share/zsh/site-functions/_crm-tool")
}

// TestTheUserIsMadeAsAlpineDoes runs the script of the packages where BusyBox makes users.
func TestTheUserIsMadeAsAlpineDoes(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	out := s.sh(`mkdir /root/alpine; cd /root/alpine
		for name in addgroup adduser; do printf '#!/bin/sh\necho %s "$@"\n' $name >$name; chmod 755 $name; done
		ln -s /usr/bin/grep /usr/bin/getent .`)
	require.Empty(t, out)
	script, err := os.ReadFile("../../../.packaging/preinstall")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.path("/root/preinstall"), script, 0o755))
	assert.Equal(t, "addgroup -S crm-tool\nadduser -S -D -H -G crm-tool -h /var/lib/crm-tool -s /sbin/nologin crm-tool\n",
		s.sh("PATH=/root/alpine /bin/sh /root/preinstall"))
}

// rpm runs rpm on the system. It makes the list of its packages there.
func (s system) rpm(args ...string) {
	s.t.Helper()
	out := run(s.t, "unshare", append([]string{"--net", "rpm", "--force-debian", "--nodeps", "--root", s.dir}, args...)...)
	assert.NotContains(s.t, out, "warning: user")
	assert.NotContains(s.t, out, "scriptlet failed")
}

// requireSilentCrontab runs the lines of the crontab as cron does.
func (s system) requireSilentCrontab() {
	s.t.Helper()
	found := 0
	for line := range strings.Lines(s.sh("cat /etc/cron.d/crm-tool")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		_, command, ok := strings.Cut(line, " crm-tool ")
		require.True(s.t, ok, line)
		assert.Empty(s.t, s.sh(command))
		found++
	}
	assert.Equal(s.t, 4, found)
}

// files are the files that a package could have left. The user stays; dpkg, rpm
// and apt write things down; and some folders are those of packages
// that this system does not have.
func (s system) files() []string {
	s.t.Helper()
	out := s.sh("find /etc /usr /opt /srv /home /var/lib /var/spool /var/cache -xdev" +
		" ! -path '/etc/*-' ! -path '/var/lib/dpkg*' ! -path '/var/lib/apt*' ! -path '/var/cache/apt*' ! -path '/var/cache/debconf*'" +
		" ! -path '/usr/share/fish*' ! -path '/usr/share/zsh*' ! -path /usr/share/licenses ! -path '/var/lib/rpm*' ! -path '/usr/lib/sysimage*' ! -name '.updated' | sort")
	return strings.Split(strings.TrimSpace(out), "\n")
}

// added returns what is new.
func added(before, after []string) []string {
	known := map[string]bool{}
	for _, name := range before {
		known[name] = true
	}
	var list []string
	for _, name := range after {
		if !known[name] {
			list = append(list, name)
		}
	}
	return list
}
