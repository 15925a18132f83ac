package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/doctor"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/cli/names"
	"github.com/crm-tool/crm-tool/pkg/cli/rotation"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/config/schema"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

func newConfigCmd(h *job.Host) *cobra.Command {
	return command.Group("config",
		newConfigSetCmd(h),
		newConfigGetCmd(h),
		newConfigUnsetCmd(h),
		newConfigListCmd(h),
		doctor.NewConfigCheckCmd(h),
		newConfigPathCmd(h),
		newConfigAdoptCmd(h),
		newConfigSchemaCmd(h),
		rotation.NewCmd(h),
	)
}

func newConfigSetCmd(h *job.Host) *cobra.Command {
	var local bool
	cmd := &cobra.Command{
		Use:               "set KEY VALUE",
		Args:              command.Between(1, 2),
		ValidArgsFunction: completeKeyAndValue,
		RunE: withKey(func(cmd *cobra.Command, key config.Key, args []string) error {
			text, err := value(h, key, args)
			if err != nil {
				return err
			}
			value, err := config.ParseValue(key.Name, text)
			if err != nil {
				return &exit.UsageError{Err: err}
			}
			return changeSetting(cmd.Context(), h, key, local, &value)
		}),
	}
	cmd.Flags().BoolVar(&local, "local", false, "write to the file of this host, even a shared setting")
	return cmd
}

func newConfigUnsetCmd(h *job.Host) *cobra.Command {
	var local bool
	cmd := &cobra.Command{
		Use:               "unset KEY",
		Args:              command.Exactly(1),
		ValidArgsFunction: completeKey,
		RunE: withKey(func(cmd *cobra.Command, key config.Key, _ []string) error {
			return changeSetting(cmd.Context(), h, key, local, nil)
		}),
	}
	cmd.Flags().BoolVar(&local, "local", false, "remove it from the file of this host, even a shared setting")
	return cmd
}

// withKey finds the key that the first argument means.
func withKey(run func(*cobra.Command, config.Key, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		key, err := config.ResolveKey(args[0])
		if err != nil {
			return &exit.UsageError{Err: err}
		}
		return run(cmd, key, args[1:])
	}
}

// value takes the value from the command line, or a secret from standard input:
// every process of the host can see the command line.
func value(h *job.Host, key config.Key, args []string) (string, error) {
	switch {
	case key.Kind == config.Password && len(args) > 0:
		return "", exit.Usagef("%s is a secret: give it on standard input, not on the command line", key.Name)
	case key.Kind == config.Password:
		return h.PipedSecret()
	case len(args) == 0:
		return "", exit.Usagef("give %s a value: %s", key.Name, key.Doc)
	}
	return args[0], nil
}

// changeSetting writes a setting, or removes it when value is nil, and says what
// counts on this host afterwards.
func changeSetting(ctx context.Context, h *job.Host, key config.Key, local bool, value *string) error {
	settings := h.Settings()
	if key.Shared && !local {
		return changeShared(ctx, h, settings, key, value)
	}
	if value != nil && names.Named(key.Name) {
		// The file can be written without Odoo, and has to be when it cannot be reached.
		if s, err := h.Connect(ctx, settings); err == nil {
			defer s.Close()
			if err := checkNames(ctx, s, key, value); err != nil {
				return err
			}
		}
	}
	return changeFile(h, settings, key, value)
}

// changeShared writes a setting of all hosts into Odoo, or removes it.
func changeShared(ctx context.Context, h *job.Host, settings *config.Settings, key config.Key, value *string) error {
	if value != nil {
		if err := config.CheckShared(key.Name, *value); err != nil {
			return &exit.UsageError{Err: err}
		}
	}
	s, err := h.Connect(ctx, settings)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err = s.Gateway.CatchUp(ctx); err == nil {
		err = checkNames(ctx, s, key, value)
	}
	if err != nil {
		return err
	}
	if value == nil {
		err = s.Gateway.Unshare(ctx, key.Name)
	} else {
		err = s.Gateway.Share(ctx, key.Name, *value)
	}
	if err == nil {
		err = s.Refresh(ctx, settings)
	}
	if err != nil {
		return err
	}
	return effect(h, s.Settings, key, value, "Odoo, for every host")
}

// changeFile writes a setting of this host into its file, or removes it. A secret
// that has a file of its own is written there.
func changeFile(h *job.Host, settings *config.Settings, key config.Key, value *string) error {
	path, _ := settings.Path()
	secret := ""
	if key.Kind == config.Password {
		secret = settings.SecretFile(key)
	}
	beside, taken := settings.SecretBeside(key)
	var err error
	switch {
	case secret != "" && value == nil:
		return exit.WithHint(exit.Usagef("%s is kept in %s, not in %s", key.Name, secret, path), "crm-tool config unset "+key.Name+"_file")
	case secret != "" && *value == "":
		return exit.Usagef("standard input has no secret: %s was not changed", secret)
	case secret != "":
		if err := hostfile.Save(secret, []byte(*value+"\n")); err != nil {
			return err
		}
		return secretEffect(h, key, secret)
	case taken && value != nil:
		return exit.WithHint(exit.Usagef("%s cannot be set together with %s (%s)", key.Name, beside.Key.Name, beside.Source),
			"crm-tool config unset "+beside.Key.Name+", then set "+key.Name)
	case value == nil:
		_, err = configfile.Unset(path, key.Name)
	default:
		err = configfile.Set(path, key.Name, *value)
	}
	if err != nil {
		return err
	}
	return effect(h, h.Settings(), key, value, path)
}

// secretEffect prints where a secret was written. It fails when that is not the
// one that counts on this host.
func secretEffect(h *job.Host, key config.Key, path string) error {
	if counts := h.Settings().Telling(key); counts.Source.Layer != config.FromFile {
		h.Say("written to %s, but on this host %s comes from %s\n", path, key.Name, counts.Source)
		return exit.ErrIneffective
	}
	return h.Tell("%s = <redacted> (%s)", key.Name, path)
}

// checkNames refuses a value with a name that Odoo does not have: each run would
// stop because of it.
func checkNames(ctx context.Context, s *job.Session, key config.Key, value *string) error {
	if value == nil || !names.Named(key.Name) {
		return nil
	}
	err := s.Names().Check(ctx, key.Name, *value)
	wrong, ok := errors.AsType[*config.ProblemsError](err)
	if !ok {
		return err
	}
	var all []error
	for _, p := range wrong.Problems {
		p.Place = ""
		all = append(all, &exit.UsageError{Err: p})
	}
	return errors.Join(all...)
}

// effect prints what counts now. It fails when that is not what was written.
func effect(h *job.Host, settings *config.Settings, key config.Key, wanted *string, where string) error {
	value, err := settings.Value(key.Name)
	if err != nil {
		return err
	}
	if told := settings.Telling(key); wanted != nil && told.Source.Layer > value.Source.Layer {
		h.Say("written to %s, but on this host %s comes from %s\n", where, key.Name, told.Source)
		return exit.ErrIneffective
	}
	if wanted != nil && !value.Is(*wanted) {
		h.Say("written to %s, but on this host %s is %s, from %s\n", where, key.Name, value, value.Source)
		return exit.ErrIneffective
	}
	return h.Tell("%s = %s (%s)", key.Name, value, value.Source)
}

// allSettings returns this host's settings with the shared ones. When Odoo cannot
// be reached, it returns the former and the reason.
func allSettings(ctx context.Context, h *job.Host) (*config.Settings, error) {
	settings := h.Settings()
	s, err := h.Connect(ctx, settings)
	if err != nil {
		return settings, err
	}
	defer s.Close()
	return s.Settings, nil
}

func newConfigGetCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:               "get KEY",
		Args:              command.Exactly(1),
		ValidArgsFunction: completeKey,
		RunE: withKey(func(cmd *cobra.Command, key config.Key, _ []string) (err error) {
			settings := h.Settings()
			if key.Shared {
				if settings, err = allSettings(cmd.Context(), h); err != nil {
					return err
				}
			}
			value, err := settings.Value(key.Name)
			if err != nil {
				return err
			}
			return h.Print("%s\n", value)
		}),
	}
}

func newConfigListCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "list",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := allSettings(cmd.Context(), h)
			rows := [][]string{}
			for _, v := range settings.List() {
				rows = append(rows, []string{v.Key.Name, v.String(), v.Source.String()})
			}
			if err != nil {
				err = fmt.Errorf("the settings shared in Odoo are not shown: %w", err)
			}
			header := []string{"SETTING", "VALUE", "FROM"}
			return errors.Join(err, h.WriteRows(header, rows))
		},
	}
}

func newConfigPathCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "path",
		Args: command.Exactly(0),
		RunE: func(*cobra.Command, []string) error {
			path, exists := h.Settings().Path()
			if !exists {
				h.Note("the file does not exist yet; `crm-tool init` makes it\n")
			}
			return h.Print("%s\n", path)
		},
	}
}

func newConfigAdoptCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "adopt",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := h.Connect(cmd.Context(), h.Settings())
			if err != nil {
				return err
			}
			defer s.Close()
			if err := s.Instance.Adopt(cmd.Context(), s.Gateway, s.Gateway.Now()); err != nil {
				return err
			}
			s.Show(cmd.Context())
			return h.Tell("crm-tool now serves %s (database %s)", s.Instance.URL, strings.TrimSpace(s.Instance.Database))
		},
	}
}

func newConfigSchemaCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "schema",
		Args: command.Exactly(0),
		RunE: func(*cobra.Command, []string) error { return h.Print("%s", schema.JSON()) },
	}
}

func completeKey(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	if len(args) == 0 {
		for _, key := range config.Keys() {
			found = append(found, cobra.CompletionWithDesc(key.Name, key.Doc))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// completeKeyAndValue completes the name of a setting, and then its value.
func completeKeyAndValue(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return completeKey(cmd, args, typed)
	}
	key, err := config.ResolveKey(args[0])
	if err == nil && key.Kind == config.Path {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return key.Values(), cobra.ShellCompDirectiveNoFileComp
}
