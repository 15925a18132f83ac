package shell

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// hookTimeout is how long a hook may take.
const hookTimeout = time.Minute

// HookError says that the command in a setting failed.
type HookError struct {
	// Setting is the setting's key, as in hooks.before.
	Setting string
	Err     error
}

func (e *HookError) Error() string { return fmt.Sprintf("the command in %s %v", e.Setting, e.Err) }

// Unwrap returns the cause.
func (e *HookError) Unwrap() error { return e.Err }

// Hint tells how to look for the cause.
func (e *HookError) Hint() string {
	return "try it as the user of crm-tool: sh -c followed by what crm-tool config get " + e.Setting + " prints, in quotes"
}

// Hook runs the command in a setting of hooks, with further variables. It returns what
// the command writes to standard output. An error is a [*HookError].
func (c *Commands) Hook(ctx context.Context, setting, line string, variables []string) ([]byte, error) {
	output, err := run(ctx, line, slices.Concat(c.environ, variables), hookTimeout)
	if err != nil {
		return nil, &HookError{Setting: setting, Err: err}
	}
	return output, nil
}
