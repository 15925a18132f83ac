package job

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// hookOnSignal is how long the command after a run may take once a signal came.
const hookOnSignal = 2 * time.Second

// before runs hooks.before. The run does not begin if it fails.
func (j *Job) before(ctx context.Context, line string) error {
	if !j.hasHooks() {
		return nil
	}
	return j.hook(ctx, "hooks.before", line, nil)
}

// hasHooks tells whether commands are run before and after the run.
func (j *Job) hasHooks() bool { return j.spec.Scheduled && !j.dry }

// after runs hooks.success or hooks.failure. What becomes of it changes nothing for the
// run, which is done.
func (j *Job) after(ctx context.Context, err error) {
	if !j.hasHooks() || j.hooks == nil {
		return
	}
	defer j.unlessPanic()
	setting, line := "hooks.success", j.hooks.Success
	if err != nil {
		setting, line = "hooks.failure", j.hooks.Failure
	}
	within := time.Hour // Its own limit is less.
	if ctx.Err() != nil {
		within = hookOnSignal
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if failure := j.hook(ctx, setting, line, j.outcome(err)); failure != nil {
		j.Host.Logger().Warn("the command after the run failed", "error", failure.Error())
	}
}

// outcome returns the variables that tell the command after a run how it ended.
func (j *Job) outcome(err error) []string {
	variables := []string{"CRM_TOOL_EXIT=" + strconv.Itoa(exit.Code(err)), "CRM_TOOL_SUMMARY=" + j.tally(err)}
	counts := j.counts()
	for _, o := range report.Outcomes() {
		if o != report.Planned {
			variables = append(variables, fmt.Sprintf("CRM_TOOL_%s=%d", strings.ToUpper(string(o)), counts.Of(o)))
		}
	}
	return variables
}

// hook runs a command, if there is one, and shows what it writes.
func (j *Job) hook(ctx context.Context, setting, line string, variables []string) error {
	if line == "" || j.Host.Commands == nil {
		return nil
	}
	variables = append(variables, "CRM_TOOL_RUN="+j.Head.Run, "CRM_TOOL_COMMAND="+j.Head.Command)
	output, err := j.Host.Commands.Hook(ctx, setting, line, variables)
	if text := strings.TrimSpace(string(output)); text != "" {
		j.Host.Note("%s: %s\n", setting, text)
	}
	return err
}
