package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestKeys(t *testing.T) {
	names, variables := map[string]bool{}, map[string]bool{}
	for _, k := range config.Keys() {
		assert.False(t, names[k.Name], "%s stands in the table twice", k.Name)
		assert.False(t, variables[k.Env()], "%s is the variable of two keys", k.Env())
		names[k.Name], variables[k.Env()] = true, true

		assert.Regexp(t, `^([a-z0-9]+\.)*[a-z_]+$`, k.Name)
		assert.Regexp(t, `^[A-Z].*\.$`, k.Doc, "the doc of %s is a sentence", k.Name)
		assert.Equal(t, k.Kind == config.Choice, len(k.Choices) > 0, "only a choice has choices: %s", k.Name)
		if k.Kind == config.Password {
			file, ok := config.Lookup(k.Name + "_file")
			assert.True(t, ok, "%s has no twin", k.Name)
			assert.Equal(t, config.Path, file.Kind)
			command, ok := config.Lookup(k.Name + "_command")
			assert.True(t, ok, "%s has no command", k.Name)
			assert.Equal(t, config.Command, command.Kind)
			assert.False(t, file.Shared || command.Shared, "whoever shares settings must not name a command")
			assert.False(t, k.Shared, "%s would be readable by every salesperson", k.Name)
		}
		if k.Default != "" {
			canonical, err := config.ParseValue(k.Name, k.Default)
			require.NoError(t, err)
			assert.Equal(t, canonical, k.Default, "the default of %s is canonical", k.Name)
		}
	}
}

func TestSharedKeys(t *testing.T) {
	var shared []string
	for _, k := range config.Keys() {
		if k.Shared {
			shared = append(shared, k.Name)
		}
	}
	assert.Equal(t, []string{
		"mail.language", "timezone",
		"reminders.enabled", "reminders.days", "reminders.catch_up_days", "reminders.stop_on_reply", "reminders.min_days_between",
		"reminders.hold_for_activity", "reminders.quiet_days", "reminders.working_days", "reminders.window", "reminders.freeze", "reminders.opt_out_tag",
		"archive.enabled", "archive.after_days", "archive.keep", "archive.warn_days", "archive.reopen_on_answer",
		"feedback.enabled", "feedback.lookback_days", "feedback.deadline_days", "feedback.cooldown_days",
		"feedback.questionnaire", "feedback.rules", "feedback.check_page", "feedback.remind_after_days", "feedback.low_score",
		"feedback.score_field", "feedback.tags",
		"guard.max_records", "guard.max_share", "history.keep_days", "rules",
	}, shared)
}

func TestKeyNames(t *testing.T) {
	k, ok := config.Lookup("reminders.catch_up_days")
	require.True(t, ok)
	assert.Equal(t, "CRM_TOOL_REMINDERS_CATCH_UP_DAYS", k.Env())
	assert.Equal(t, "reminders", k.Section())
	assert.Equal(t, "catch_up_days", k.Leaf())

	k, ok = config.Lookup("state_dir")
	require.True(t, ok)
	assert.Equal(t, "CRM_TOOL_STATE_DIR", k.Env())
	assert.Empty(t, k.Section())
	assert.Equal(t, "state_dir", k.Leaf())
}

func TestResolveKey(t *testing.T) {
	for name, want := range map[string]string{
		"smtp.host":         "smtp.host",
		"timezone":          "timezone",
		"reminders":         "reminders.enabled",
		"reminders.enabled": "reminders.enabled",
		"feedback":          "feedback.enabled",
	} {
		t.Run(name+" is "+want, func(t *testing.T) {
			k, err := config.ResolveKey(name)
			require.NoError(t, err)
			assert.Equal(t, want, k.Name)
		})
	}
	for _, c := range []struct{ name, given, want string }{
		{"a section without a switch lists its keys", "guard", "guard: is a section, with guard.max_records, guard.max_share"},
		{"swapped letters", "smpt.host", "smpt.host: unknown setting; did you mean smtp.host?"},
		{"a missing letter", "reminders.day", "reminders.day: unknown setting; did you mean reminders.days?"},
		{"a longer word", "smtp.hostname", "smtp.hostname: unknown setting; did you mean smtp.host?"},
		{"dashes for underscores", "guard.max-share", "guard.max-share: unknown setting; did you mean guard.max_share?"},
		{"capitals", "SMTP.Host", "SMTP.Host: unknown setting; did you mean smtp.host?"},
		{"the wrong section", "mail.host", "mail.host: unknown setting; did you mean smtp.host?"},
		{"a switch that does not exist", "invoices.enabled", "invoices.enabled: unknown setting"},
		{"a setting that does not exist", "invoices.overdue", "invoices.overdue: unknown setting"},
		{"a section that does not exist", "invoices", "invoices: unknown setting"},
		{"nothing", "", "unknown setting"},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			_, err := config.ResolveKey(c.given)
			require.EqualError(t, err, c.want)
			assert.IsType(t, config.Problem{}, err)
		})
	}
}

// holidays are the dates that the example of all settings freezes.
func holidays(t *testing.T) []calendar.Period {
	t.Helper()
	var list []calendar.Period
	for _, text := range []string{"2026-12-24..2027-01-02", "2027-05-01"} {
		p, err := calendar.ParsePeriod(text)
		require.NoError(t, err)
		list = append(list, p)
	}
	return list
}
