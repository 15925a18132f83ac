package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALineIsReadAndNothingBeyond(t *testing.T) {
	t.Parallel()
	stdin := strings.NewReader(" yes \r\nsecret")
	line, err := readLine(stdin)
	require.NoError(t, err)
	assert.Equal(t, "yes", line)
	line, err = readLine(stdin)
	require.NoError(t, err)
	assert.Equal(t, "secret", line, "the last line needs no end")
	_, err = readLine(stdin)
	require.ErrorIs(t, err, io.EOF)
}

func TestAQuestionEndsWithASignal(t *testing.T) {
	t.Parallel()
	silent, hangUp := io.Pipe()
	defer hangUp.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("ended by interrupt")
	var stderr bytes.Buffer
	c := New(Env{Stdin: silent, Stderr: &stderr})
	cancel(interrupt)
	_, err := c.Ask(ctx, "Go on? ")
	require.ErrorIs(t, err, interrupt)
	assert.Equal(t, "Go on? ", stderr.String())
}

func TestAFileIsNoTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer file.Close()
	assert.Nil(t, secretReader(file))
}
