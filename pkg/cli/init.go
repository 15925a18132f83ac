package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/config"
)

// The files beside the configuration that hold its secrets.
const (
	odooSecretFile = "odoo.key"
	smtpSecretFile = "smtp.password"
)

// initFlags are the flags of `init`.
type initFlags struct{ force bool }

func newInitCmd(g *globals) *cobra.Command {
	flags := &initFlags{}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Ask for the connections, try each answer, write the configuration",
		Long: "Ask at the terminal for Odoo, the mail server and the sender, try each answer at once, and write the configuration\n" +
			"to where `crm-tool config path` says. Nothing is written in Odoo, and no mail is sent. What fails can be corrected,\n" +
			"or kept as it is.\n\n" +
			"The passwords go into files of their own beside the configuration, " + odooSecretFile + " and " + smtpSecretFile + ", so that it can be shown\n" +
			"to others and kept under version control. All of them have mode 0600. Settings that an existing file has\n" +
			"besides are kept; its remarks are not.\n\n" +
			"Without a terminal it prints a configuration with every setting and what it does, to be filled in.",
		Example: "  crm-tool init\n" +
			"  crm-tool init --config ./config.yaml     into this file\n" +
			"  crm-tool init < /dev/null > config.yaml  only the template",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return g.runInit(cmd.Context(), flags) },
	}
	cmd.Flags().BoolVar(&flags.force, "force", false, "replace files that exist without asking")
	return cmd
}

func (g *globals) runInit(ctx context.Context, flags *initFlags) error {
	if !g.AtTerminal() {
		template, err := config.Template(nil)
		if err != nil {
			return err
		}
		return g.Print("%s", template)
	}
	settings := g.settings()
	path, _ := settings.Path()
	target := newTarget(path)
	i := &interview{globals: g, values: fileValues(settings)}
	if proceed, err := i.mayReplace(ctx, target, flags); err != nil || !proceed {
		return err
	}
	const welcome = "The configuration will be %s. Each answer is tried at once; nothing is written in Odoo and no mail is sent. " +
		"What stands in brackets is taken when you just press Enter. Ctrl-C ends it without a trace."
	g.Say("\n%s", g.Prose(fmt.Sprintf(welcome, path)))
	for _, part := range []func(context.Context) error{i.odoo, i.mailServer, i.sender} {
		g.Say("\n")
		if err := part(ctx); err != nil {
			return err
		}
	}
	if err := target.write(i.values); err != nil {
		return err
	}
	return g.afterInit(target, i)
}

// fileValues are the settings of an existing file. Switches that are off because
// the file cannot be read stand on no line of it.
func fileValues(settings *config.Settings) map[string]string {
	values := map[string]string{}
	for _, v := range settings.List() {
		if v.Source.Layer == config.FromFile && v.Source.Line > 0 && v.Key.Kind != config.Password {
			values[v.Key.Name] = v.String()
		}
	}
	return values
}

// target are the files that are written.
type target struct{ config, odooSecret, smtpSecret string }

func newTarget(path string) target {
	dir := filepath.Dir(path)
	return target{config: path, odooSecret: filepath.Join(dir, odooSecretFile), smtpSecret: filepath.Join(dir, smtpSecretFile)}
}

// existing returns those that exist.
func (t target) existing() []string {
	var found []string
	for _, path := range []string{t.config, t.odooSecret, t.smtpSecret} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			found = append(found, path)
		}
	}
	return found
}

// mayReplace asks whether existing files may be replaced.
func (i *interview) mayReplace(ctx context.Context, t target, flags *initFlags) (bool, error) {
	existing := t.existing()
	if len(existing) == 0 || flags.force {
		return true, nil
	}
	i.Say("These files exist already:\n  %s\n", strings.Join(existing, "\n  "))
	yes, err := i.confirmed(ctx, "Replace them?", false)
	if err != nil || yes {
		return yes, err
	}
	return false, i.Tell("nothing was changed")
}

// write writes the secrets and then the configuration that names them. The
// names are relative: the folder can be moved as it is.
func (t target) write(answers map[string]string) error {
	values := maps.Clone(answers)
	for _, secret := range []struct{ key, path string }{{"odoo.password", t.odooSecret}, {"smtp.password", t.smtpSecret}} {
		text := values[secret.key]
		delete(values, secret.key)
		delete(values, secret.key+"_file")
		if text == "" {
			continue
		}
		if err := config.Save(secret.path, []byte(text+"\n")); err != nil {
			return err
		}
		values[secret.key+"_file"] = filepath.Base(secret.path)
	}
	text, err := config.Template(values)
	if err != nil {
		return err
	}
	return config.Save(t.config, []byte(text))
}

// afterInit says what was written, what does not count on this host, and what
// comes next.
func (g *globals) afterInit(t target, i *interview) error {
	settings := g.settings()
	for _, v := range settings.List() {
		if wanted, asked := i.values[v.Key.Name]; asked && v.Source.Layer > config.FromFile && !v.Is(wanted) {
			g.Say("note: on this host %s comes from %s and not from the file\n", v.Key.Name, v.Source)
		}
	}
	written := []string{t.config, t.odooSecret}
	if i.values["smtp.password"] != "" {
		written = append(written, t.smtpSecret)
	}
	if err := g.Tell("\nwritten, for you alone to read:\n  %s", strings.Join(written, "\n  ")); err != nil {
		return err
	}
	if len(i.untried) > 0 {
		if err := g.Tell("not proven to work: %s", strings.Join(i.untried, ", ")); err != nil {
			return err
		}
	}
	option := ""
	if g.configFile != "" {
		option = " --config " + g.configFile
	}
	return g.Tell("\nNext:\n"+
		"  crm-tool config check%[1]s        try all of it once more, with the templates\n"+
		"  crm-tool remind --dry-run%[1]s    who would get a reminder, and why others would not", option)
}
