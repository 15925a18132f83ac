package docs_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheReferenceSaysWhatTheCommandsSay(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "run", "../cmd/gendocs", "-check", ".").CombinedOutput()
	assert.NoError(t, err, "%s", output)
}
