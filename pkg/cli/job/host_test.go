package job

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestAllThatAsksAnOdooSharesOnePaceAndItIsToldOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := &Host{Console: console.New(console.Env{Stdout: &log, Stderr: &log, Clock: time.Now})}
	h.Verbose = true
	online := config.Odoo{URL: "https://company.odoo.com"}
	first := h.OdooOptions(online).Pace
	online.User = "an administrator"
	assert.Same(t, first, h.OdooOptions(online).Pace)
	assert.Same(t, first, h.OdooPages(online).Pace)
	assert.InDelta(t, 1, first.Rate(), 0)
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), &log)
	assert.Contains(t, log.String(), `level=DEBUG msg="Odoo is called slowly, and never in parallel" calls_per_second=1 `+
		`reason="Odoo Online permits no more: company.odoo.com"`)

	assert.Zero(t, h.OdooOptions(config.Odoo{URL: "https://odoo.example.com"}).Pace.Rate())
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), &log)
	online.Rate = 5
	assert.InDelta(t, 5, h.OdooOptions(online).Pace.Rate(), 0, "the setting was changed")
}
