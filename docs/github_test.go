package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestTheHostedChecksRunTheScriptThatDevelopersRun(t *testing.T) {
	content, err := os.ReadFile("../.github/workflows/ci.yml")
	require.NoError(t, err)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Run string `yaml:"run"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	require.NoError(t, yaml.Unmarshal(content, &workflow))
	var commands []string
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			commands = append(commands, step.Run)
		}
	}
	assert.Contains(t, commands, ".ci/run")
}

func TestTheFormsForIssuesAskForWhatIsNeeded(t *testing.T) {
	forms, err := filepath.Glob("../.github/ISSUE_TEMPLATE/*.yml")
	require.NoError(t, err)
	found := 0
	for _, file := range forms {
		if filepath.Base(file) == "config.yml" {
			continue
		}
		found++
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var form struct {
			Name, Description string
			Body              []struct {
				Type, ID   string
				Attributes struct{ Label, Value string }
			}
		}
		require.NoError(t, yaml.Unmarshal(content, &form), file)
		assert.NotEmpty(t, form.Name, file)
		assert.NotEmpty(t, form.Description, file)
		for _, field := range form.Body {
			assert.NotEmpty(t, field.Attributes.Label+field.Attributes.Value, file)
		}
		if strings.HasSuffix(file, "bug.yml") {
			assert.Contains(t, string(content), "crm-tool version")
		}
	}
	assert.Equal(t, 2, found)
}
