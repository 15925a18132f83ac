//go:build packages

package packages_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheSameCommitGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	if changes := run(t, "git", "status", "--porcelain"); changes != "" {
		t.Skip("something is not committed, so that a clone is different")
	}
	for _, pattern := range []string{"*.deb", "*.rpm", "*.apk", "*.tar.gz", "*.cdx.json", "*_checksums.txt"} {
		files, err := filepath.Glob(filepath.Join(again(t), pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, name := range files {
			want, err := os.ReadFile(name)
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(dist, filepath.Base(name)))
			require.NoError(t, err)
			assert.True(t, string(want) == string(got), "%s is different", filepath.Base(name))
		}
	}
}

func TestTheChecksumsAreSigned(t *testing.T) {
	t.Parallel()
	sums := file(t, newer(t), "*_checksums.txt")
	out := run(t, "gpg", "--homedir", made(t, "gnupg"), "--batch", "--verify", sums+".asc", sums)
	assert.Contains(t, out, "Good signature")
	run(t, "sh", "-c", "cd "+newer(t)+" && sha256sum --strict --check --quiet *_checksums.txt")
	content, err := os.ReadFile(sums)
	require.NoError(t, err)
	// Archives of two systems, packages of three kinds, and what each binary is made of, each for two processors.
	assert.Equal(t, 4+6+4, strings.Count(string(content), "\n"))
}

func TestWhatABinaryIsMadeOfIsListed(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(file(t, newer(t), "*_linux_amd64.cdx.json"))
	require.NoError(t, err)
	var list struct {
		BOMFormat  string
		Metadata   struct{ Component struct{ Version string } }
		Components []struct{ Name, Version string }
	}
	require.NoError(t, json.Unmarshal(content, &list))
	assert.Equal(t, "CycloneDX", list.BOMFormat)
	assert.Equal(t, "v"+newerVersion, list.Metadata.Component.Version)
	listed := map[string]string{}
	for _, c := range list.Components {
		listed[c.Name] = c.Version
	}
	wanted := 0
	for line := range strings.Lines(run(t, "go", "version", "-m", file(t, newer(t), "*_linux_amd64*/crm-tool"))) {
		if fields := strings.Fields(line); fields[0] == "dep" {
			wanted++
			assert.Equal(t, fields[2], listed[fields[1]], fields[1])
		}
	}
	assert.Greater(t, wanted, 10)
}

func TestEveryPackageHasTheSameFiles(t *testing.T) {
	t.Parallel()
	common := []string{
		"drwxr-x--- root:crm-tool /etc/crm-tool",
		"drwx------ crm-tool:crm-tool /var/lib/crm-tool",
		"-rwxr-xr-x root:root /usr/bin/crm-tool",
		"-rw-r--r-- root:root /usr/share/man/man1/crm-tool.1.gz",
		"-rw-r--r-- root:root /usr/share/man/man1/crm-tool-config-set.1.gz",
		"-rw-r--r-- root:root /usr/share/man/man7/crm-tool-configuration.7.gz",
		"-rw-r--r-- root:root /usr/share/bash-completion/completions/crm-tool",
		"-rw-r--r-- root:root /usr/share/fish/vendor_completions.d/crm-tool.fish",
		"-rw-r--r-- root:root /usr/share/doc/crm-tool/licenses.gz",
	}
	configuration := []string{"-rw-r----- root:crm-tool /etc/crm-tool/config.yaml", "-rw-r--r-- root:root /etc/cron.d/crm-tool"}
	units := []string{
		"-rw-r--r-- root:root /usr/lib/systemd/system/crm-tool@.service",
		"-rw-r--r-- root:root /usr/lib/systemd/system/crm-tool-remind.timer",
	}
	for _, pattern := range []string{"*_amd64.deb", "*_arm64.deb"} {
		got := list(t, run(t, "dpkg-deb", "--contents", file(t, dist, pattern)), 0, 1, 5)
		assert.Subset(t, got, append(units, common...), pattern)
		for _, line := range configuration {
			assert.NotContains(t, got, line, "dpkg would ask about it")
		}
	}
	for _, pattern := range []string{"*.x86_64.rpm", "*.aarch64.rpm"} {
		out := run(t, "rpm", "-qp", "--queryformat", `[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]`, file(t, dist, pattern))
		assert.Subset(t, list(t, out, 0, 1, 2), append(append(units, configuration...), common...), pattern)
	}
	for _, pattern := range []string{"*_x86_64.apk", "*_aarch64.apk"} {
		got := apk(t, file(t, dist, pattern))
		assert.Subset(t, got, append(configuration, common...), pattern)
		assert.Subset(t, got, []string{
			"-rwxr-xr-x root:root /.pre-install", "-rwxr-xr-x root:root /.post-install",
			"-rwxr-xr-x root:root /.pre-deinstall", "-rwxr-xr-x root:root /.post-deinstall",
		}, pattern)
		for _, line := range units {
			assert.NotContains(t, got, line, "Alpine has no systemd")
		}
	}
}

// list reads "MODE USER/GROUP ... PATH", and returns "MODE USER:GROUP /PATH" of each line.
func list(t *testing.T, text string, mode, owner, name int) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		require.Greater(t, len(fields), name, line)
		path := filepath.Join("/", strings.TrimPrefix(fields[name], "."))
		lines = append(lines, fields[mode]+" "+strings.Replace(fields[owner], "/", ":", 1)+" "+path)
	}
	return lines
}

// apk returns "MODE USER:GROUP /PATH" of what is in a package of Alpine. Debian has
// no apk to install it, but it is an archive as others are.
func apk(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	var lines []string
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		require.NoError(t, err)
		if header.Name == ".PKGINFO" {
			info, err := io.ReadAll(archive)
			require.NoError(t, err)
			assert.Regexp(t, `(?m)^pkgver = \d+\.\d+\.\d+(_pre\d+)?$`, string(info))
			assert.Regexp(t, `(?m)^depend = ca-certificates-bundle$`, string(info))
		}
		owner, group := header.Uname, header.Gname
		if header.Uid == 0 && header.Gid == 0 && owner == "" {
			owner, group = "root", "root"
		}
		lines = append(lines, fmt.Sprintf("%s %s:%s %s", header.FileInfo().Mode(), owner, group, filepath.Join("/", header.Name)))
	}
}
