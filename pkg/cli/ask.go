package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ask asks at the terminal for a line.
func (g *globals) ask(ctx context.Context, question string) (string, error) {
	g.say("%s", question)
	return awaited(ctx, func() (string, error) { return readLine(g.env.Stdin) })
}

// askSecret asks at the terminal for a line that is not shown, or else takes
// all of standard input.
func (g *globals) askSecret(ctx context.Context, question string) (string, error) {
	if g.env.ReadSecret == nil {
		text, err := io.ReadAll(io.LimitReader(g.env.Stdin, maxSecret))
		if err != nil {
			return "", fmt.Errorf("read the secret from standard input: %w", err)
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	}
	g.say("%s", question)
	secret, err := g.env.ReadSecret(ctx)
	g.say("\n")
	return secret, err
}

// readLine reads up to the end of a line and not beyond: what follows may be
// for somebody else.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) < maxSecret; {
		n, err := r.Read(b)
		if n > 0 && b[0] == '\n' {
			break
		}
		line = append(line, b[:n]...)
		if err != nil && len(line) == 0 {
			return "", fmt.Errorf("read an answer from standard input: %w", err)
		}
		if err != nil {
			break
		}
	}
	return strings.TrimSpace(string(line)), nil
}

// awaited waits for somebody at a terminal, or until the context ends: a read
// from a terminal ends by itself only with a line.
func awaited[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// secretReader reads a line from a terminal without showing it; nil when f is
// no terminal. The terminal shows again what is typed when the context ends.
func secretReader(f *os.File) func(context.Context) (string, error) {
	fd := int(f.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		secret, err := awaited(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
		if ctx.Err() != nil {
			_ = term.Restore(fd, state)
		}
		if err != nil {
			return "", fmt.Errorf("read the secret from the terminal: %w", err)
		}
		return strings.TrimRight(string(secret), "\r\n"), nil
	}
}
