//go:build odoo && install

package install_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// cronJob is what of a CronJob decides how its container runs.
type cronJob struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
	Spec struct {
		JobTemplate struct {
			Spec struct {
				Template struct {
					Spec pod `yaml:"spec"`
				} `yaml:"template"`
			} `yaml:"spec"`
		} `yaml:"jobTemplate"`
	} `yaml:"spec"`
}

type pod struct {
	SecurityContext struct {
		RunAsUser  int `yaml:"runAsUser"`
		RunAsGroup int `yaml:"runAsGroup"`
		FSGroup    int `yaml:"fsGroup"`
	} `yaml:"securityContext"`
	Containers []struct {
		Args            []string `yaml:"args"`
		SecurityContext struct {
			AllowPrivilegeEscalation bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct {
				Drop []string `yaml:"drop"`
			} `yaml:"capabilities"`
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	} `yaml:"containers"`
	Volumes []struct {
		Secret struct {
			DefaultMode os.FileMode `yaml:"defaultMode"`
		} `yaml:"secret"`
	} `yaml:"volumes"`
}

const base = top + "/examples/kubernetes/base"

// reminders returns the pod of the manifests that reminds clients.
func reminders(t *testing.T) pod {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(base, "crm-tool.yaml"))
	require.NoError(t, err)
	for text := range strings.SplitSeq(string(content), "\n---\n") {
		var c cronJob
		if yaml.Unmarshal([]byte(text), &c) == nil && c.Kind == "CronJob" && c.Metadata.Name == "crm-tool-remind" {
			p := c.Spec.JobTemplate.Spec.Template.Spec
			require.Len(t, p.Containers, 1)
			require.Len(t, p.Containers[0].VolumeMounts, 1)
			require.Len(t, p.Volumes, 1)
			return p
		}
	}
	t.Fatalf("no CronJob crm-tool-remind in %s", base)
	return pod{}
}

// zone is a time zone that is nobody's default.
const zone = "Pacific/Chatham"

// settings are the variables of the manifests, with the values of an office.
func settings(t *testing.T, o *office, secrets string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(base, "settings.env"))
	require.NoError(t, err)
	own := map[string]string{
		"CRM_TOOL_ODOO_URL": o.URL, "CRM_TOOL_ODOO_DATABASE": o.Name, "CRM_TOOL_ODOO_USER": odootest.Bot,
		"CRM_TOOL_SMTP_HOST": "127.0.0.1", "CRM_TOOL_SMTP_USER": mailUser, "CRM_TOOL_MAIL_FROM": "Example Sales <sales@example.com>",
	}
	var out []string
	for line := range strings.Lines(string(content)) {
		name, value, isSetting := strings.Cut(strings.TrimSpace(line), "=")
		if !isSetting || strings.HasPrefix(name, "#") {
			continue
		}
		if mine, found := own[name]; found {
			value = mine
			delete(own, name)
		}
		out = append(out, name+"="+value)
	}
	require.Empty(t, own, "settings that the manifests do not have")
	return append(out, "CRM_TOOL_SMTP_PORT="+o.port(), "CRM_TOOL_SMTP_CA_FILE="+secrets+"/ca.pem", "CRM_TOOL_TIMEZONE="+zone)
}

// A container runtime runs the image as the manifests say, on a root that nobody
// may write to. Only the network is the host's.
func TestTheImageRunsAsTheManifestsSay(t *testing.T) {
	o := newOffice(t)
	c := newContainer(t, o)
	found := c.run(t, "doctor")
	// What the DNS says of the sender is not the container's affair.
	assert.NotRegexp(t, `(?m)^warning +[^d]`, found)
	assert.Contains(t, found, "days are counted in "+zone, "the image needs no zone database")
	assert.Empty(t, c.run(t, c.pod.Containers[0].Args...), "a run that went well says nothing")
	o.awaitReminder(t, 5*time.Second, func() string { return "the run said nothing" })
}

// container is what a container runtime is given: a folder with a root, and what is
// to run in it (OCI runtime specification, bundle).
type container struct {
	folder string
	image  image
	pod    pod
	spec   map[string]any
}

func newContainer(t *testing.T, o *office) *container {
	t.Helper()
	images, _, _ := readImages(t)
	c := &container{folder: t.TempDir(), image: images["amd64"], pod: reminders(t)}
	root := filepath.Join(c.folder, "rootfs")
	require.NoError(t, os.Mkdir(root, 0o755))
	unpack := exec.CommandContext(t.Context(), "tar", "--extract", "--numeric-owner", "--preserve-permissions", "--directory", root)
	unpack.Stdin = bytes.NewReader(c.image.layer)
	out, err := unpack.CombinedOutput()
	require.NoError(t, err, string(out))
	volume := secretVolume(t, c.pod, map[string]string{
		"odoo.key": o.Password(odootest.Bot), "smtp.password": mailPassword, "ca.pem": string(o.mailbox.CA()),
	})

	out, err = c.runc(t, "spec").CombinedOutput()
	require.NoError(t, err, string(out))
	content, err := os.ReadFile(filepath.Join(c.folder, "config.json"))
	require.NoError(t, err)
	c.spec = decode[map[string]any](t, content)
	user, mine := c.pod.SecurityContext, c.pod.Containers[0]
	secrets := mine.VolumeMounts[0].MountPath
	require.Equal(t, []string{"ALL"}, mine.SecurityContext.Capabilities.Drop)
	c.spec["process"] = map[string]any{ // It has no capabilities, as none are named.
		"cwd":             "/",
		"env":             append(c.image.Config.Env, settings(t, o, secrets)...),
		"user":            map[string]any{"uid": user.RunAsUser, "gid": user.RunAsGroup, "additionalGids": []int{user.FSGroup}},
		"noNewPrivileges": !mine.SecurityContext.AllowPrivilegeEscalation,
	}
	c.spec["root"] = map[string]any{"path": "rootfs", "readonly": mine.SecurityContext.ReadOnlyRootFilesystem}
	mounts, _ := c.spec["mounts"].([]any)
	c.spec["mounts"] = append(mounts, map[string]any{
		"destination": secrets, "source": volume, "type": "bind", "options": []string{"rbind", "ro"},
	})
	c.spec["linux"] = map[string]any{"namespaces": []map[string]string{{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}}}
	return c
}

func (c *container) runc(t *testing.T, args ...string) *exec.Cmd {
	command := exec.CommandContext(t.Context(), "runc", args...)
	command.Dir = c.folder
	return command
}

// run runs the program with arguments, and returns what it says.
func (c *container) run(t *testing.T, args ...string) string {
	t.Helper()
	process, _ := c.spec["process"].(map[string]any)
	process["args"] = append(c.image.Config.Entrypoint, args...)
	content, err := json.Marshal(c.spec)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(c.folder, "config.json"), content, 0o600))
	out, err := c.runc(t, "run", fmt.Sprintf("crm-tool-test-%d", os.Getpid())).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// secretVolume makes a folder as Kubernetes makes it of a secret: files in a folder
// of their own, behind links, that the group fsGroup may read.
func secretVolume(t *testing.T, p pod, files map[string]string) string {
	t.Helper()
	volume := t.TempDir()
	data := filepath.Join(volume, "..2026_11_30_08_00_00.1")
	require.NoError(t, os.Mkdir(data, 0o755))
	for name, content := range files {
		path := write(t, filepath.Join(data, name), content, p.Volumes[0].Secret.DefaultMode)
		require.NoError(t, os.Chown(path, 0, p.SecurityContext.FSGroup))
		require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(volume, name)))
	}
	require.NoError(t, os.Symlink(filepath.Base(data), filepath.Join(volume, "..data")))
	for _, dir := range []string{data, volume} {
		require.NoError(t, os.Chown(dir, 0, p.SecurityContext.FSGroup))
	}
	require.NoError(t, syscall.Chmod(data, 0o2755))
	require.NoError(t, syscall.Chmod(volume, 0o3777))
	return volume
}
