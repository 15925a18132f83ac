package topics

import (
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// environment says which variables crm-tool reads: one for each setting, and a few
// more.
func environment() []Part {
	parts := []Part{
		{Text: "Every setting has a variable, which counts more than the configuration file and than what is shared in Odoo; " +
			"a switch that is off in one of them is off. A variable that is empty counts as not set, but for a switch: " +
			"it cannot be read, and is off. A name that looks like a mistyped setting ends a run with exit status 78.\n\n" +
			"Keep secrets out of the environment if you can: other programs of the same user can read it. Name a file or a command instead."},
		{Title: "Variables that are no settings", Rows: others()},
	}
	for _, section := range sections() {
		part := Part{Title: titleOf(section)}
		for _, k := range keysIn(section) {
			part.Rows = append(part.Rows, Row{k.Env(), strings.TrimSuffix(k.Name+", "+defaultOf(k), ", ") + ". " + k.Doc})
		}
		parts = append(parts, part)
	}
	return parts
}

// others are the variables that belong to no setting.
func others() []Row {
	return []Row{
		{config.PathEnv, "The path of the configuration file; the flag --config counts more. It must exist then."},
		{"CRM_TOOL_SHARDS", "How many parts share a run, with JOB_COMPLETION_INDEX as the number of this one, from 0; the flag --shard counts more."},
		{"JOB_COMPLETION_INDEX", "The number of this part. Kubernetes sets it in an indexed job."},
		{"XDG_CONFIG_HOME, HOME", "Where the configuration file is looked for: see crm-tool help configuration."},
		{"XDG_STATE_HOME, HOME", "Where the folder state_dir is by default, unless root runs crm-tool."},
		{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The proxy on the way to Odoo, and the hosts without one. Mail servers are reached without a proxy."},
		{"SSL_CERT_FILE, SSL_CERT_DIR", "The certificate authorities to trust in place of the system's. odoo.ca_file and smtp.ca_file add to them."},
		{"NO_COLOR", "No colours if it is not empty; the flag --no-color does the same."},
		{"TERM", "With dumb, a run shows no line about its progress."},
		{"TMPDIR", "Where crm-tool demo makes its folder."},
	}
}

// configuration says where settings come from, and lists them.
func configuration() []Part {
	parts := []Part{
		{
			Text: "Settings come from four places. For each setting, the first place that has it counts:",
			Rows: []Row{
				{"1. the environment", "CRM_TOOL_SMTP_HOST is smtp.host: see crm-tool help environment."},
				{"2. the configuration file", "YAML, for this host."},
				{"3. Odoo", "The settings that are marked shared, for every host."},
				{"4. the default", "As listed below."},
			},
		},
		{Text: "Switches differ: reminders, archive and feedback are off if any place says off, or cannot be read.\n\n" +
			"crm-tool config set writes shared settings into Odoo and the others into the file; with --local, the file gets any of them. " +
			"crm-tool config list shows every setting, its value, and where that comes from."},
		{
			Title: "The file",
			Text:  "The first of these counts. crm-tool config path prints which it is:",
			Rows: []Row{
				{"--config FILE", "It must exist."},
				{"$" + config.PathEnv, "It must exist."},
				{"$XDG_CONFIG_HOME/crm-tool/", "config.yaml; without the variable, ~/.config/crm-tool/config.yaml."},
				{"/etc/crm-tool/config.yaml", "For all users."},
			},
		},
		{Text: "crm-tool init writes it, with a comment on every setting. A relative path in it is relative to its folder. " +
			"crm-tool config schema prints its JSON Schema, by which editors complete and check it. " +
			"crm-tool help environment says what each setting does."},
	}
	for _, section := range sections() {
		part := Part{Title: titleOf(section)}
		for _, k := range keysIn(section) {
			meaning := values(k)
			if d := defaultOf(k); d != "" {
				meaning += "; " + d
			}
			if k.Shared {
				meaning += "; shared"
			}
			part.Rows = append(part.Rows, Row{k.Name, meaning})
		}
		parts = append(parts, part)
	}
	return parts
}

// values says in a few words what values a setting has.
func values(k config.Key) string {
	if words := k.Values(); words != nil {
		return strings.Join(words, ", ")
	}
	text := string(k.Kind)
	if low, high, ok := k.Range(); ok {
		text += fmt.Sprintf(", %s to %s", low, high)
	}
	return text
}

// defaultOf says what the default is, or nothing if the setting's description does.
func defaultOf(k config.Key) string {
	switch {
	case k.Default == "":
		return ""
	case k.Kind == config.Switch && k.Default == "true":
		return "default on"
	}
	return "default " + k.Default
}

// sections returns the sections in the order of the file, and last an empty one for
// the settings without.
func sections() []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, k := range config.Keys() {
		if s := k.Section(); !seen[s] {
			seen[s] = true
			names = append(names, s)
		}
	}
	return append(names, "")
}

func titleOf(section string) string {
	if section == "" {
		return "Settings without a section"
	}
	return "Settings " + section + ".*"
}

func keysIn(section string) []config.Key {
	var keys []config.Key
	for _, k := range config.Keys() {
		if k.Section() == section {
			keys = append(keys, k)
		}
	}
	return keys
}
