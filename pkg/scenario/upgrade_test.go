//go:build upgrade

package scenario_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// withOlder says that an older version takes turns with this one.
const withOlder = true

// Two versions serve one Odoo in turn, as hosts do that are not upgraded at the
// same moment.
func TestVersionsUnderstandWhatTheOtherLeft(t *testing.T) {
	_, err := exec.LookPath("crm-tool-old")
	require.NoError(t, err, "make test-upgrade builds the older version and runs this test")
	for _, version := range archiveVersions(t) {
		t.Run(fmt.Sprintf("Odoo %d", version), func(t *testing.T) {
			runScenarios(t, version, "upgrade/*")
		})
	}
}
