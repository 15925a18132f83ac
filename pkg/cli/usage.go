package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// strayArgument explains an argument that is no command, by the likeliest
// meaning or by where to look.
func strayArgument(cmd *cobra.Command, arg string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if near := config.Nearest(arg, names); near != "" {
		return &usageError{err: fmt.Errorf("%s has no command %q; did you mean %s?", cmd.CommandPath(), arg, near)}
	}
	return &usageError{err: fmt.Errorf("%s has no command %q; see %s --help", cmd.CommandPath(), arg, cmd.CommandPath())}
}

// flagError turns an error of pflag into a usageError.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return &usageError{err: err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := config.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return &usageError{err: fmt.Errorf("%w; did you mean --%s?", err, near)}
	}
	return &usageError{err: fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}

// exactly is cobra.ExactArgs with an error that shows the right form.
func exactly(n int) cobra.PositionalArgs {
	return between(n, n)
}

// between is cobra.RangeArgs with an error that shows the right form.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if n := len(args); n >= least && n <= most {
			return nil
		}
		wanted := fmt.Sprintf("%d arguments", most)
		switch {
		case least != most:
			wanted = fmt.Sprintf("%d to %d arguments", least, most)
		case most == 0:
			wanted = "no arguments"
		case most == 1:
			wanted = "1 argument"
		}
		return &usageError{err: fmt.Errorf("%s takes %s, not %d; write: %s", cmd.CommandPath(), wanted, len(args), cmd.UseLine())}
	}
}

// choice is a flag with a closed set of values; the first is the default.
type choice struct {
	value   *string
	allowed []string
}

var _ pflag.Value = (*choice)(nil)

// String returns the value.
func (c *choice) String() string {
	if c.value == nil || *c.value == "" {
		return ""
	}
	return *c.value
}

// Set checks the value.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		cause := "choose one of " + strings.Join(c.allowed, ", ")
		if near := config.Nearest(s, c.allowed); near != "" {
			cause += "; did you mean " + near + "?"
		}
		return errors.New(cause)
	}
	*c.value = s
	return nil
}

// Type names the values in the help.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }
