package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const composeFile = "odoo/compose.yaml"

// composeService is what the tests look at in a service of Docker Compose.
type composeService struct {
	Image       string            `yaml:"image"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"`
	Ports       []string          `yaml:"ports"`
	Entrypoint  []string          `yaml:"entrypoint"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck map[string]any `yaml:"healthcheck"`
}

type compose struct {
	Name     string                    `yaml:"name"`
	Services map[string]composeService `yaml:"services"`
	Volumes  map[string]any            `yaml:"volumes"`
}

func readCompose(t *testing.T) compose {
	t.Helper()
	content, err := os.ReadFile(composeFile)
	require.NoError(t, err)
	var c compose
	require.NoError(t, yaml.Unmarshal(content, &c))
	require.NotEmpty(t, c.Services)
	return c
}

func TestTheOdooOfComposeMountsWhatThereIs(t *testing.T) {
	c := readCompose(t)
	for name, service := range c.Services {
		inside := map[string]bool{}
		for _, volume := range service.Volumes {
			from, to, found := strings.Cut(volume, ":")
			require.True(t, found, volume)
			inside[strings.TrimSuffix(to, ":ro")] = true
			if _, named := c.Volumes[from]; named {
				continue
			}
			info, err := os.Stat(filepath.Join("odoo", from))
			require.NoError(t, err, "%s mounts it", name)
			assert.True(t, info.Mode().IsRegular(), from)
		}
		for _, word := range service.Entrypoint {
			assert.True(t, !strings.HasPrefix(word, "/") || inside[word], "%s starts %s", name, word)
		}
	}
}

func TestTheOdooOfComposeWaitsForWhatItNeeds(t *testing.T) {
	c := readCompose(t)
	for name, service := range c.Services {
		for other, on := range service.DependsOn {
			require.Contains(t, c.Services, other, name)
			if on.Condition == "service_healthy" {
				assert.NotEmpty(t, c.Services[other].Healthcheck["test"], "%s waits for %s", name, other)
			}
		}
	}
	for _, name := range []string{"odoo", "template"} {
		assert.Contains(t, c.Services, c.Services[name].Environment["HOST"])
	}
	settings, err := os.ReadFile("odoo/odoo.conf")
	require.NoError(t, err)
	for line := range strings.Lines(string(settings)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		if slices.Contains([]string{"db_replica_host", "smtp_server"}, name) {
			assert.Contains(t, c.Services, value, name)
		}
	}
}

func TestTheOdooOfComposeIsOneOfAVersionAndForThisHostAlone(t *testing.T) {
	c := readCompose(t)
	assert.Contains(t, c.Name, "${ODOO:-19}", "each version has data of its own")
	for name, service := range c.Services {
		image, version, _ := strings.Cut(service.Image, ":")
		switch image {
		case "odoo":
			assert.Equal(t, "${ODOO:-19}", version)
		default:
			assert.Regexp(t, `^v?\d+\.\d+`, version, "%s is pinned", name)
		}
		for _, port := range service.Ports {
			assert.True(t, strings.HasPrefix(port, "127.0.0.1:"), port)
		}
	}
}

func TestTheScriptsOfComposeCanBeRead(t *testing.T) {
	scripts, err := filepath.Glob("odoo/*.sh")
	require.NoError(t, err)
	for _, script := range append(scripts, "odoo/env", "odoo/sql") {
		out, err := exec.CommandContext(t.Context(), "bash", "-n", script).CombinedOutput()
		require.NoError(t, err, "%s", out)
		info, err := os.Stat(script)
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o111, "%s can be started", script)
	}
}
