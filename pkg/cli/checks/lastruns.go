package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
)

// lastRuns tells when each command last ran, and on which host.
func (s *Subject) lastRuns(context.Context) (string, error) {
	var told []string
	var all []error
	records := lastrun.Records(s.session.Shared)
	for _, command := range lastrun.Commands() {
		last, ran := records[command].Last()
		if !ran {
			continue
		}
		at := last.Finished.Format(time.RFC3339)
		told = append(told, fmt.Sprintf("%s at %s on %s", command, at, last.Host))
		switch {
		case records[command].Late(s.Host.Clock()):
			all = append(all, hinted(fmt.Sprintf("%s has not run since %s (on %s), and used to run far more often", command, at, last.Host),
				"see whether its schedule is still there, and whether that host is on"))
		case last.Exit != exit.Done:
			all = append(all, hinted(fmt.Sprintf("%s failed at %s on %s: %s", command, at, last.Host, exit.Lookup(last.Exit).Meaning),
				"crm-tool runs show last tells what happened, and the messages of that run more"))
		}
	}
	if len(told) == 0 {
		return "", skip("no scheduled run has left its time in Odoo yet")
	}
	message := "last runs: " + strings.Join(told, ", ")
	if len(all) > 0 {
		return message, caution{errors.Join(all...)}
	}
	return message, nil
}
