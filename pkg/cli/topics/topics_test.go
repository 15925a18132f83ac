package topics_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/topics"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// rowsOf returns what a topic lists, by name.
func rowsOf(t *testing.T, topic string) map[string]string {
	t.Helper()
	found, ok := topics.Find(topic)
	require.True(t, ok)
	rows := map[string]string{}
	for _, p := range found.Parts() {
		for _, r := range p.Rows {
			assert.NotEmpty(t, r.Meaning, r.Name)
			rows[r.Name] = r.Meaning
		}
	}
	return rows
}

func TestEverySettingHasItsVariable(t *testing.T) {
	t.Parallel()
	rows := rowsOf(t, "environment")
	for _, k := range config.Keys() {
		assert.Contains(t, rows[k.Env()], k.Name)
		assert.Contains(t, rows[k.Env()], k.Doc)
		assert.Contains(t, rows[k.Env()], strings.Replace(k.Default, "true", "", 1))
	}
	assert.Contains(t, rows, config.PathEnv)
	assert.Equal(t, "smtp.port, default 587. Its port: 587 for starttls, 465 for implicit.", rows["CRM_TOOL_SMTP_PORT"])
}

func TestEverySettingIsListedWithItsValues(t *testing.T) {
	t.Parallel()
	rows := rowsOf(t, "configuration")
	for _, k := range config.Keys() {
		assert.Contains(t, rows, k.Name)
		assert.Equal(t, k.Shared, strings.HasSuffix(rows[k.Name], "; shared"), k.Name)
	}
	assert.Equal(t, "whole number, 1 to 65535; default 587", rows["smtp.port"])
	assert.Equal(t, "starttls, implicit, none; default starttls", rows["smtp.tls"])
	assert.Equal(t, "on, off; default on; shared", rows["reminders.enabled"])
}

func TestEveryFieldAndFunctionOfTemplatesIsListed(t *testing.T) {
	t.Parallel()
	rows := rowsOf(t, "templates")
	for _, f := range append(render.Fields(), render.Functions()...) {
		assert.Equal(t, f.Description, rows[f.Name])
	}
	assert.Equal(t, "the reminder of day 7", rows["reminder-7"])
}

func TestTopicsFitATerminal(t *testing.T) {
	t.Parallel()
	for _, topic := range topics.All() {
		for width, most := range map[int]int{0: 80, 70: 70, 80: 80, 200: 80} {
			for line := range strings.Lines(topic.Text(width)) {
				assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), most, "%s: %s", topic.Name, line)
			}
		}
	}
}

func TestThereIsNoOtherTopic(t *testing.T) {
	t.Parallel()
	_, ok := topics.Find("weather")
	assert.False(t, ok)
}
