package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// Subcommands is the check of the arguments of a command that has subcommands
// and takes nothing else: an argument is a subcommand that does not exist.
func Subcommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if near := spelling.Nearest(args[0], names); near != "" {
		return exit.Usagef("%s has no command %q; did you mean %s?", cmd.CommandPath(), args[0], near)
	}
	return exit.Usagef("%s has no command %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
}

// FlagError turns an error of pflag into an [exit.UsageError] that names the
// nearest flag.
func FlagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return &exit.UsageError{Err: err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := spelling.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return exit.Usagef("%w; did you mean --%s?", err, near)
	}
	return exit.Usagef("%w; see %s --help", err, cmd.CommandPath())
}

// Exactly is [cobra.ExactArgs] with an error that shows the right form.
func Exactly(n int) cobra.PositionalArgs { return Between(n, n) }

// Between is [cobra.RangeArgs] with an error that shows the right form.
func Between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if n := len(args); n >= least && n <= most {
			return nil
		}
		wanted := fmt.Sprintf("%d arguments", most)
		switch {
		case most == 1:
			wanted = "1 argument"
		case least != most:
			wanted = fmt.Sprintf("%d to %d arguments", least, most)
		case most == 0:
			wanted = "no arguments"
		}
		return exit.Usagef("%s takes %s, not %d; write: %s", cmd.CommandPath(), wanted, len(args), cmd.UseLine())
	}
}

// Choice is the value of a flag that takes one of a few words.
type Choice[T ~string] struct {
	value   *T
	allowed []T
}

var _ pflag.Value = (*Choice[string])(nil)

// NewChoice returns a flag's value. What value holds now is the default.
func NewChoice[T ~string](value *T, allowed ...T) *Choice[T] {
	return &Choice[T]{value: value, allowed: allowed}
}

// String returns the value.
func (c *Choice[T]) String() string {
	if c.value == nil {
		return ""
	}
	return string(*c.value)
}

// Set checks the value.
func (c *Choice[T]) Set(s string) error {
	if !slices.Contains(c.allowed, T(s)) {
		cause := "choose one of " + strings.Join(c.Choices(), ", ")
		if near := spelling.Nearest(s, c.Choices()); near != "" {
			cause += "; did you mean " + near + "?"
		}
		return errors.New(cause)
	}
	*c.value = T(s)
	return nil
}

// Choices returns the words that it takes.
func (c *Choice[T]) Choices() []string {
	words := make([]string, len(c.allowed))
	for i, word := range c.allowed {
		words[i] = string(word)
	}
	return words
}

// Type names the choices in the help.
func (c *Choice[T]) Type() string { return strings.Join(c.Choices(), "|") }
