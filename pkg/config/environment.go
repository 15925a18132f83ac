package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// environment reads the variables that are settings, and reports those that are
// mistyped settings.
func (l *loader) environment() []entry {
	keys := map[string]Key{}
	for _, k := range allKeys() {
		keys[k.Env()] = k
	}
	var entries []entry
	for _, name := range slices.Sorted(maps.Keys(l.env)) {
		source := Source{Layer: FromEnvironment, Name: name}
		k, ok := keys[name]
		switch {
		case !ok && looksLikeSetting(name):
			l.problems = append(l.problems, unknown(name, name, nearestVariable(name)))
		case ok && (l.env[name] != "" || k.Kind == Switch):
			e, bad := newEntry(k, l.env[name], source)
			entries, l.problems = append(entries, e), append(l.problems, bad...)
		}
	}
	return entries
}

// HookVariables returns the variables that commands in the settings of hooks get, which
// may run crm-tool.
func HookVariables() []string {
	return []string{
		"CRM_TOOL_RUN", "CRM_TOOL_COMMAND", "CRM_TOOL_EXIT", "CRM_TOOL_SUMMARY", "CRM_TOOL_SENT", "CRM_TOOL_ARCHIVED", "CRM_TOOL_RESTORED",
		"CRM_TOOL_COLLECTED", "CRM_TOOL_SKIPPED", "CRM_TOOL_FAILED",
	}
}

// looksLikeSetting reports whether an unknown variable is a mistyped setting: it
// begins with a section or is close to a known name. Other variables with the
// prefix may belong to a wrapper script (CRM_TOOL_VERSION) or to Kubernetes, which
// sets some for each service, such as CRM_TOOL_SMTP_SERVICE_HOST.
func looksLikeSetting(name string) bool {
	rest, ok := strings.CutPrefix(name, envPrefix)
	if !ok || name == PathEnv || rest == "SHARDS" || slices.Contains(HookVariables(), name) || strings.HasPrefix(rest, "TEST_") {
		return false
	}
	kubernetes := regexp.MustCompile(`_SERVICE_(HOST|PORT)(_|$)|_PORT_[0-9]+_(TCP|UDP|SCTP)(_|$)`)
	if kubernetes.MatchString(name) {
		return false
	}
	for _, section := range sections() {
		if strings.HasPrefix(rest, strings.ToUpper(strings.ReplaceAll(section, ".", "_"))+"_") {
			return true
		}
	}
	return nearestVariable(name) != ""
}

// nearestVariable compares names without the prefix that all have in common.
func nearestVariable(name string) string {
	flat := keyNames()
	for i := range flat {
		flat[i] = strings.ReplaceAll(flat[i], ".", "_")
	}
	near := nearest(strings.TrimPrefix(name, envPrefix), flat)
	if near == "" {
		return ""
	}
	return envPrefix + strings.ToUpper(near)
}
