package demo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
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

func TestThePastComesFirstAndIsNotShown(t *testing.T) {
	t.Parallel()
	var commands []string
	shown, err := show(t, func(_ context.Context, env console.Env) error {
		commands = append(commands, "crm-tool "+strings.Join(env.Args, " "))
		assert.FileExists(t, env.Getenv("CRM_TOOL_CONFIG"))
		assert.Equal(t, "2026-06-21", env.Clock().Format(time.DateOnly))
		_, err := io.WriteString(env.Stdout, "what a run prints")
		return err
	})
	require.EqualError(t, err, "the past of Desks for twelve developers: there is no mail to nora@lindqvist-soft.example to answer")
	assert.Equal(t, []string{"crm-tool remind"}, commands)
	assert.Empty(t, shown)
}

func TestACommandThatFailsEndsTheDemonstration(t *testing.T) {
	t.Parallel()
	broken := errors.New("down")
	_, err := show(t, func(context.Context, console.Env) error { return broken })
	require.ErrorIs(t, err, broken)
	assert.EqualError(t, err, "crm-tool remind, 155 days ago: down")
}
