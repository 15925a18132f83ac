package demo_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/demo"
)

// show runs a demonstration whose commands are run by run.
func show(t *testing.T, run func(context.Context, console.Env) error) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := console.New(console.Env{Stdout: &out, Stderr: &out, Width: 80, Clock: func() time.Time {
		return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	}})
	err := demo.Run(t.Context(), c, demo.Options{Dir: t.TempDir()}, run)
	return out.String(), err
}

func TestCommandsAreShownAndRunWithTheSandbox(t *testing.T) {
	t.Parallel()
	var commands []string
	shown, err := show(t, func(_ context.Context, env console.Env) error {
		commands = append(commands, "crm-tool "+strings.Join(env.Args, " "))
		assert.FileExists(t, env.Getenv("CRM_TOOL_CONFIG"))
		assert.Zero(t, env.ErrWidth, "there is no line of progress below it")
		return nil
	})
	require.EqualError(t, err, "before crm-tool remind: there is no mail to rosa@vidal-legal.example to answer")
	require.Len(t, commands, 2)
	for _, command := range commands {
		assert.Contains(t, shown, "\n$ "+command+"\n")
	}
}

func TestACommandThatFailsEndsTheDemonstration(t *testing.T) {
	t.Parallel()
	broken := errors.New("down")
	_, err := show(t, func(context.Context, console.Env) error { return broken })
	require.ErrorIs(t, err, broken)
	assert.True(t, strings.HasPrefix(err.Error(), "crm-tool remind --save-mails "+string(filepath.Separator)), err)
}
