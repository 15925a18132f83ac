package instance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/instance"
)

func TestSettingsAreToldFromTheRestOfTheSharedState(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]string{"reminders.days": "[7]", "timezone": "UTC"}, instance.Settings(map[string]string{
		"reminders.days": "[7]", "timezone": "UTC", "first-run": "{}", "serves/00ff": "{}",
	}))
}
