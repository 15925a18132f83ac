package interview

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// fileValues are the settings of an existing file, with the secrets that are not asked
// for: they stay where they stand. Switches that are off because the file cannot be read
// stand on no line of it.
func fileValues(settings *config.Settings) map[string]string {
	values := map[string]string{}
	for _, v := range settings.List() {
		if v.Source.Layer == config.FromFile && v.Source.Line > 0 && v.Key.Kind != config.Password {
			values[v.Key.Name] = v.String()
		}
	}
	for name, secret := range settings.SecretsInFile() {
		if name != "odoo.password" && name != "smtp.password" {
			values[name] = secret.Reveal()
		}
	}
	return values
}

// files are the paths of the files that are written.
type files struct{ config, odooSecret, smtpSecret string }

func newFiles(path string) files {
	dir := filepath.Dir(path)
	return files{config: path, odooSecret: filepath.Join(dir, OdooSecretFile), smtpSecret: filepath.Join(dir, SMTPSecretFile)}
}

func (f files) existing() []string {
	var found []string
	for _, path := range []string{f.config, f.odooSecret, f.smtpSecret} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			found = append(found, path)
		}
	}
	return found
}

// mayReplace asks whether existing files may be replaced.
func (i *interview) mayReplace(ctx context.Context, f files, force bool) (bool, error) {
	existing := f.existing()
	if len(existing) == 0 || force {
		return true, nil
	}
	if slices.Equal(existing, []string{f.config}) && i.Settings().IsBlank() {
		return true, nil
	}
	i.Say("These files exist already:\n  %s\n", strings.Join(existing, "\n  "))
	yes, _, err := i.confirm(ctx, "Replace them?", false)
	if err != nil || yes {
		return yes, err
	}
	return false, i.Tell("nothing was changed")
}

// write writes the secrets and then the configuration that names them. The
// names are relative: the folder can be moved as it is.
func (f files) write(answers map[string]string) error {
	values := maps.Clone(answers)
	for _, secret := range []struct{ key, path string }{{"odoo.password", f.odooSecret}, {"smtp.password", f.smtpSecret}} {
		text := values[secret.key]
		delete(values, secret.key)
		delete(values, secret.key+"_file")
		delete(values, secret.key+"_command")
		if text == "" {
			continue
		}
		if err := hostfile.SaveBeside(f.config, secret.path, []byte(text+"\n")); err != nil {
			return err
		}
		values[secret.key+"_file"] = filepath.Base(secret.path)
	}
	text, err := configfile.Template(values)
	if err != nil {
		return err
	}
	return hostfile.Save(f.config, []byte(text))
}

// readers says who may read what was written.
func (f files) readers() (string, error) {
	info, err := os.Stat(f.odooSecret)
	if err != nil {
		return "", fmt.Errorf("look at what was written: %w", err)
	}
	if group := hostfile.Me().ReadingGroup(info); group != "" {
		return "you and the group " + group, nil
	}
	return "you alone", nil
}

// conclude says what was written, what does not count on this host, and what to
// do next.
func (i *interview) conclude(f files) error {
	settings := i.Settings()
	for _, v := range settings.List() {
		if wanted, asked := i.values[v.Key.Name]; asked && v.Source.Layer > config.FromFile && !v.Is(wanted) {
			i.Say("note: on this host %s comes from %s and not from the file\n", v.Key.Name, v.Source)
		}
	}
	written := []string{f.config, f.odooSecret}
	if i.values["smtp.password"] != "" {
		written = append(written, f.smtpSecret)
	}
	readers, err := f.readers()
	if err != nil {
		return err
	}
	if err := i.Tell("\nwritten, for %s to read:\n  %s", readers, strings.Join(written, "\n  ")); err != nil {
		return err
	}
	if len(i.untried) > 0 {
		if err := i.Tell("not proven to work: %s", strings.Join(i.untried, ", ")); err != nil {
			return err
		}
	}
	option := ""
	if i.ConfigFile != "" {
		option = " --config " + i.ConfigFile
	}
	return i.Tell("\nNext:\n"+
		"  crm-tool config check%[1]s        try all of it once more, with the templates\n"+
		"  crm-tool remind --dry-run%[1]s    who would get a reminder, and why others would not", option)
}
